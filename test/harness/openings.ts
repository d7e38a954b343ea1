import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { createGithubStore } from "../../src/github/store.ts";
import { syncRepositories } from "../../src/github/sync-repositories.ts";
import { createDescribePullRequestTask } from "../../src/jobs/tasks/describe-pull-request.ts";
import { createOpenPullRequestTask } from "../../src/jobs/tasks/open-pull-request.ts";
import { createAccess } from "../../src/people/access.ts";
import { createAddPicture } from "../../src/sessions/pictures/add-picture.ts";
import { createPullRequests } from "../../src/sessions/pull-requests/open-pull-request.ts";
import { createRecordPushes } from "../../src/sessions/pull-requests/record-pushes.ts";
import { createReleaseOpenings } from "../../src/sessions/pull-requests/release-openings.ts";
import { createGatewayAccess } from "../../src/sessions/sandbox/gateway-access.ts";
import { hashToken } from "../../src/sessions/sandbox/gateway-token.ts";
import { createAccountsFixture } from "./accounts.ts";
import { startGateway } from "./gateway.ts";
import { git, withToken, writeFiles } from "./playground-github.ts";
import { createPullRequestRows } from "./pull-request-rows.ts";

const SHOP = { owner: "acme", name: "shop" };

/**
 * From a sandbox's door to GitHub: gateway, domain, jobs, people who are linked or not, and the playground's GitHub. The
 * turns of agents are rows, and what an agent does is done by hand.
 */
export async function createOpeningsFixture() {
	const fixture = await createAccountsFixture({
		releases: (core) => [createReleaseOpenings({ enqueue: core.jobs.enqueue })],
	});
	const { database, core, github, now } = fixture;
	const { db } = database;
	const domain = { db, enqueue: core.jobs.enqueue, now, newId: core.newId };
	const rows = createPullRequestRows(db);
	await syncRepositories({
		github: github.github,
		store: createGithubStore(db),
		newId: core.newId,
		log: core.log,
	});
	const shop = await db.selectFrom("repositories").select("id").where("name", "=", "shop").executeTakeFirst();
	const repositoryId = shop?.id ?? "";
	const access = createAccess({
		db,
		readPermission: github.github.readPermission,
		refreshRepositories: async () => {},
		canLink: true,
		now,
	});
	const sessionUrl = (sessionId: string) => `https://bobbin.example/sessions/${sessionId}`;
	const pullRequests = createPullRequests({
		...{ ...domain, github: github.github, access, canLink: true, sessionUrl, log: core.log },
		tokens: fixture.accounts.userTokens,
	});
	await core.listener.start();
	await core.jobs.work([
		createOpenPullRequestTask({ pullRequests }),
		createDescribePullRequestTask({ ...domain, github: github.github, sessionUrl, log: core.log }),
	]);
	const pushes = createRecordPushes({ ...domain, readBranchHead: github.github.readBranchHead });
	const gateway = await startGateway({
		...createGatewayAccess({ db, access }),
		git: {
			url: github.github.gitUrl,
			token: async (repository, access) =>
				(await github.github.installationToken({ ...repository, permissions: { contents: access } })).token,
			forgetTokens: github.github.forgetTokens,
		},
		pushes,
		openPullRequest: pullRequests.open,
		addPicture: createAddPicture(domain),
	});
	let count = 0;

	/** A session on acme/shop with a sandbox and its checkout. */
	async function startSession() {
		const sessionId = await rows.session(repositoryId, { base_branch: "main" });
		const prefix = `bobbin/${sessionId.slice(0, 8)}`;
		const token = randomUUID();
		await db
			.insertInto("sandboxes")
			.values({
				...{ id: randomUUID(), session_id: sessionId, repository_id: repositoryId, provider: "local" },
				...{ name: sessionId, state: "ready", token_hash: hashToken(token) },
			})
			.execute();
		const checkout = join(github.workDir, sessionId);
		await git(
			github.workDir,
			"clone",
			"-q",
			withToken(`${gateway.url}/gateway/git/acme/shop.git`, token),
			sessionId,
		);
		await git(checkout, "checkout", "-q", "-b", prefix);

		return {
			sessionId,
			branch: prefix,
			checkout,
			/** Somebody's turn begins, and the one before is over. */
			async turnOf(personId: string): Promise<string> {
				await db.updateTable("prompts").set({ status: "done" }).where("session_id", "=", sessionId).execute();
				return rows.prompt(sessionId, personId, { status: "running", started_at: new Date(now()) });
			},
			/** Commits a line and pushes it. */
			async push(branch = prefix): Promise<string> {
				await writeFiles(checkout, { [`src/new-${++count}.ts`]: `export const n = ${count};\n` });
				await git(checkout, "add", "-A");
				await git(checkout, "commit", "-qm", "More");
				await git(checkout, "push", "-q", "origin", `HEAD:refs/heads/${branch}`);
				return git(checkout, "rev-parse", "HEAD");
			},
			/** The agent shows a picture. */
			async show(title: string, bytes: Uint8Array): Promise<{ status: number; body: { id?: string } }> {
				const answer = await fetch(`${gateway.url}/gateway/tools/add_screenshot`, {
					method: "POST",
					headers: { authorization: `Bearer ${token}` },
					body: JSON.stringify({ title, data: Buffer.from(bytes).toString("base64") }),
				});
				return { status: answer.status, body: (await answer.json()) as { id?: string } };
			},
			/** The agent's tool. */
			async open(input: { branch?: string; base?: string; draft?: boolean; body?: string } = {}) {
				const answer = await fetch(`${gateway.url}/gateway/tools/open_pull_request`, {
					method: "POST",
					headers: { authorization: `Bearer ${token}` },
					body: JSON.stringify({ branch: prefix, title: "Fix the total", body: "It was 1.", ...input }),
				});
				return (await answer.json()) as {
					number?: number;
					waiting?: string;
					error?: { code: string; message: string };
				};
			},
			view: () => core.sessions.view(sessionId),
			events: async () =>
				(await core.sessions.readEvents({ sessionId, afterSeq: 0 })).map(({ type }) => type),
			/** Resolves when its log has an event of this type, with that. */
			next: (type: string) =>
				new Promise<void>((resolve) => {
					const end = core.sessions.subscribe(
						sessionId,
						(event) => {
							if (event.type !== type) return;
							end();
							resolve();
						},
						{ afterSeq: 0 },
					);
				}),
		};
	}

	async function call(method: string, path: string, body?: unknown, login = "mia") {
		const answer = await fetch(`${github.playground.connection.apiUrl}${path}`, {
			method,
			headers: { authorization: `Bearer ghp_${login}`, "user-agent": "test" },
			...(body === undefined ? {} : { body: JSON.stringify(body) }),
		});
		if (!answer.ok) throw new Error(`GitHub answered ${answer.status}: ${await answer.text()}`);
		return (await answer.json()) as never;
	}

	return {
		...fixture,
		SHOP,
		rows,
		repositoryId,
		access,
		pullRequests,
		pushes,
		startSession,
		call,
		/** A pull request as GitHub has it. */
		readPull: (
			number: number | undefined,
		): Promise<{
			user: { login: string };
			body: string;
			draft: boolean;
			state: string;
			base: { ref: string };
		}> => call("GET", `/repos/acme/shop/pulls/${number}`),
		async countPulls(branch: string): Promise<number> {
			const found: unknown[] = await call("GET", `/repos/acme/shop/pulls?state=all&head=acme:${branch}`);
			return found.length;
		},
		acts: (sessionId: string) =>
			db
				.selectFrom("audit_log")
				.select(["action", "person_id", "subject", "data"])
				.where("session_id", "=", sessionId)
				.orderBy("id")
				.execute(),
		async close() {
			gateway.stop();
			await core.eventLog.stop();
			await core.jobs.stop();
			await core.listener.stop();
			await fixture.close();
		},
	};
}

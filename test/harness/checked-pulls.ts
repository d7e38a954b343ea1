import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { git, type RunningGithub, withToken, writeFiles } from "./playground-github.ts";
import { createPullRequestRows } from "./pull-request-rows.ts";
import type { Core } from "./sessions.ts";

export interface PlayedJob {
	name: string;
	conclusion: "success" | "failure" | "cancelled" | null;
	log?: string;
	on_rerun?: "success" | "failure" | null;
	annotations?: { path: string; line: number; message: string }[];
}

const SHOP = { owner: "acme", name: "shop" };

/** Pull requests of sessions at the playground's GitHub, and what checks say of their commits. */
export async function createCheckedPulls(core: Core, hub: RunningGithub) {
	const { db } = core.database;
	const rows = createPullRequestRows(db);
	const facts = (await hub.github.listRepositories()).find(({ name }) => name === SHOP.name);
	const repositoryId = await rows.repository({
		...SHOP,
		installation_id: facts?.installationId ?? 0,
		github_id: facts?.githubId ?? 0,
	});
	// One for all of them: cloning takes longer than the rest.
	const clone = join(hub.workDir, "shop");
	await git(hub.workDir, "clone", "--quiet", withToken(hub.github.gitUrl(SHOP), "ghp_mia"), clone);

	async function call<Answer>(path: string, body: unknown, token = "ghp_mia"): Promise<Answer> {
		const response = await fetch(`${hub.playground.connection.apiUrl}${path}`, {
			method: "POST",
			headers: { authorization: `Bearer ${token}` },
			body: JSON.stringify(body),
		});
		if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
		return (response.status === 204 ? null : await response.json()) as Answer;
	}

	async function notePush(of: { sessionId: string; branch: string }, promptId: string, sha: string) {
		const values = { id: randomUUID(), session_id: of.sessionId, prompt_id: promptId, sha };
		await db
			.insertInto("pushes")
			.values({ ...values, repository_id: repositoryId, branch: of.branch, before_sha: null })
			.execute();
	}

	async function commitAndPush(branch: string, files: Record<string, string>): Promise<string> {
		await writeFiles(clone, files);
		await git(clone, "add", "--all");
		await git(clone, "commit", "--quiet", "-m", `Work on ${branch}`);
		await git(clone, "push", "--quiet", "origin", branch);
		return git(clone, "rev-parse", "HEAD");
	}

	return {
		rows,
		repositoryId,
		/** The working copy that all of them are pushed from. */
		clone,
		/** A session with an open pull request, whose head a turn of `author` pushed. */
		async open(
			author: string,
			files: Record<string, string> = { "src/cart.ts": "export const total = 2;\n" },
		) {
			const sessionId = await rows.session(repositoryId, { base_branch: "main" });
			const branch = `bobbin/${sessionId.slice(0, 8)}-fix`;
			await db.updateTable("sessions").set({ branch }).where("id", "=", sessionId).execute();
			const promptId = await rows.prompt(sessionId, author);
			await git(clone, "checkout", "--quiet", "-B", branch, "origin/main");
			const head = await commitAndPush(branch, files);
			await notePush({ sessionId, branch }, promptId, head);
			const pull = await hub.github.createPullRequest({
				...{ ...SHOP, branch, base: "main", title: "t", body: "", draft: false },
			});
			const id = await rows.pullRequest({ sessionId, repositoryId }, { number: pull.number, branch });
			return { id, sessionId, number: pull.number, branch, head, promptId };
		},
		/** A commit on a pull request's branch; `promptId` null: somebody's who is not Bobbin. */
		async push(
			pull: { sessionId: string; branch: string },
			promptId: string | null,
			files: Record<string, string>,
		): Promise<string> {
			await git(clone, "checkout", "--quiet", pull.branch);
			const sha = await commitAndPush(pull.branch, files);
			if (promptId !== null) await notePush(pull, promptId, sha);
			return sha;
		},
		/** A workflow's run at a commit or a branch. */
		async play(ref: string, jobs: PlayedJob[]): Promise<{ id: number; name: string }[]> {
			return (
				await call<{ jobs: { id: number; name: string }[] }>("/playground/checks", { ...SHOP, ref, jobs })
			).jobs;
		},
		end: (id: number, conclusion: "success" | "failure") =>
			call(`/playground/checks/${id}`, { ...SHOP, conclusion }),
		call,
	};
}

export type CheckedPulls = Awaited<ReturnType<typeof createCheckedPulls>>;
export type CheckedPull = Awaited<ReturnType<CheckedPulls["open"]>>;

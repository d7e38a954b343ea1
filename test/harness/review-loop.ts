import { sign } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { createWebhooks } from "../../src/create-webhooks.ts";
import { createGithubStore } from "../../src/github/store.ts";
import { syncRepositories } from "../../src/github/sync-repositories.ts";
import { createAnswerCommentTask } from "../../src/jobs/tasks/answer-comment.ts";
import { createCheckReviewTask } from "../../src/jobs/tasks/check-review.ts";
import { createMeasureMergeTask } from "../../src/jobs/tasks/measure-merge.ts";
import { createAccess } from "../../src/people/access.ts";
import { decideThread } from "../../src/slack/showing/thread-view.ts";
import { createCheckedPulls } from "./checked-pulls.ts";
import { startPlaygroundGithub } from "./playground-github.ts";
import { createFakeAgent, createFakeSandboxes } from "./run-edges.ts";
import { runPrompts } from "./run-prompts.ts";
import { startCore } from "./start-core.ts";

export type Hub = Awaited<ReturnType<typeof createReviewLoop>>;

/** Bobbin between a real database and the playground's GitHub: webhooks come in by HTTP, turns are played by the test. */
export async function createReviewLoop() {
	const [core, hub] = await Promise.all([startCore(), startPlaygroundGithub()]);
	const { db } = core.database;
	const pulls = await createCheckedPulls(core, hub);
	const store = createGithubStore(db);
	const domain = { db, enqueue: core.jobs.enqueue, now: core.now, newId: core.newId, log: core.log };
	const sync = () => syncRepositories({ ...domain, github: hub.github, store });
	const access = createAccess({
		...{ db, canLink: true, now: core.now, readPermission: hub.github.readPermission },
		refreshRepositories: async () => void (await sync()),
	});
	/** What the test puts between Bobbin and GitHub when it answers. */
	const answering: { post: typeof hub.github.postComment } = { post: hub.github.postComment };
	const revoked: number[] = [];
	const webhooks = createWebhooks({
		mask: core.mask,
		...domain,
		...{ github: hub.github, store, access, secret: hub.playground.connection.webhookSecret },
		rememberPerson: core.sessions.rememberPerson,
		userTokens: { forgetAuthorization: async (githubId) => void revoked.push(githubId) },
		onPush: async () => {},
		syncRepositories: sync,
	});
	let held: Request[] | null = null;
	hub.onWebhook(async (request) => {
		if (held === null) return webhooks.handle(request);
		held.push(
			new Request(request.url, { method: "POST", headers: request.headers, body: await request.text() }),
		);
		return new Response(null, { status: 202 });
	});
	const agent = createFakeAgent();
	agent.events.setMaxListeners(0);
	const { sandboxes } = createFakeSandboxes();
	const github = { ...hub.github, postComment: (input: never) => answering.post(input) };
	await runPrompts(core, () => ({ sandboxes, connectAgent: agent.connectAgent, access }), [
		createAnswerCommentTask({ ...domain, github }),
		createCheckReviewTask({ ...domain, github: hub.github }),
		createMeasureMergeTask({ ...domain, github: hub.github }),
	]);

	async function isQuiet(): Promise<boolean> {
		const { rows } = await core.database.pool.query<{ open: number }>(
			`select (select count(*) from inbox where processed_at is null)
				+ (select count(*) from pgboss.job where state in ('created', 'retry', 'active')
					and name in ('run-prompt', 'answer-comment', 'check-review', 'measure-merge')) as open`,
		);
		return Number(rows[0]?.open) === 0;
	}

	return {
		...{ core, db, hub, pulls, agent, access, webhooks, answering, revoked, sync },
		repositoryId: pulls.repositoryId,
		/** Everything that was told is taken and worked off. */
		async settle(): Promise<void> {
			// Twice: what a job did last may be told only after the first look.
			for (let quiet = 0; quiet < 2; ) {
				await hub.playground.settleWebhooks();
				quiet = (await isQuiet()) ? quiet + 1 : 0;
				if (quiet === 0) await wait(20);
			}
		},
		/** Keeps what GitHub tells from now on, and gives it back. */
		hold(): () => Promise<Request[]> {
			held = [];
			return async () => {
				await hub.playground.settleWebhooks();
				const kept = held ?? [];
				held = null;
				return kept;
			};
		},
		async rest<Answer>(login: string, method: string, path: string, body?: unknown): Promise<Answer> {
			const response = await fetch(`${hub.playground.connection.apiUrl}/repos/acme/shop${path}`, {
				method,
				headers: { authorization: `Bearer ghp_${login}` },
				...(body === undefined ? {} : { body: JSON.stringify(body) }),
			});
			if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
			return (response.status === 204 ? null : await response.json()) as Answer;
		},
		account: async (login: string) => {
			const response = await fetch(`${hub.playground.connection.apiUrl}/users/${login}`, {
				headers: { authorization: "Bearer ghp_mia" },
			});
			const { id } = (await response.json()) as { id: number };
			return { id, login };
		},
		prompts: (sessionId: string) =>
			db.selectFrom("prompts").selectAll().where("session_id", "=", sessionId).orderBy("number").execute(),
		pull: (id: string) =>
			db.selectFrom("pull_requests").selectAll().where("id", "=", id).executeTakeFirstOrThrow(),
		acts: async (subject: string) =>
			(
				await db
					.selectFrom("audit_log")
					.leftJoin("people", "people.id", "audit_log.person_id")
					.select(["action", "actor", "people.name"])
					.where("subject", "=", subject)
					.orderBy("audit_log.id")
					.execute()
			).map(({ action, actor, name }) => `${action} ${name ?? actor}`),
		/** The first lines of what the session's thread shows, without those of its pull request's making. */
		async lines(sessionId: string, prefix: string): Promise<string[]> {
			const session = await core.sessions.view(sessionId);
			return decideThread({ session, progress: null, shownKeys: new Set(), nowMs: core.now() }).flatMap(
				(wanted) =>
					wanted.kind === "message" && wanted.key.startsWith(prefix)
						? [JSON.stringify(wanted.message.blocks)]
						: [],
			);
		},
		/** As its owner does in the settings. */
		async suspend(isSuspended: boolean): Promise<void> {
			const { appId, privateKey, apiUrl } = hub.playground.connection;
			const row = await db
				.selectFrom("repositories")
				.select("installation_id")
				.where("id", "=", pulls.repositoryId)
				.executeTakeFirstOrThrow();
			const response = await fetch(`${apiUrl}/app/installations/${row.installation_id}/suspended`, {
				method: isSuspended ? "PUT" : "DELETE",
				headers: { authorization: `Bearer ${toJwt(appId, privateKey)}` },
			});
			if (!response.ok) throw new Error(`suspending: ${response.status}`);
		},
		async stop(): Promise<void> {
			await webhooks.drain();
			await hub.stop();
			await core.stop();
		},
	};
}

function toJwt(appId: string, privateKey: string): string {
	const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
	const now = Math.floor(Date.now() / 1000);
	const text = `${part({ alg: "RS256", typ: "JWT" })}.${part({ iat: now - 5, exp: now + 60, iss: appId })}`;
	return `${text}.${sign("sha256", Buffer.from(text), privateKey).toString("base64url")}`;
}

/**
 * One instance of Bobbin's domain as a process of its own, to be killed. What the outer world remembers (the agent, the
 * sandbox, GitHub) is kept in tables of the test's database, as it would outlive the instance. An instance that is
 * started with `pause` stops for ever, in each session, at the point that the session's first prompt names.
 */
import { setTimeout as delay } from "node:timers/promises";
import { SandboxError } from "../../sandbox/provider.ts";
import { openDatabase } from "../../src/db/client.ts";
import { runPromptJob } from "../../src/jobs/queue.ts";
import { defineTask } from "../../src/jobs/worker.ts";
import { maskSecrets } from "../../src/masking/mask-secrets.ts";
import type { ConnectAgent, PullRequestHost, Sandboxes } from "../../src/sessions/ports.ts";
import { createPullRequests } from "../../src/sessions/pull-requests/open-pull-request.ts";
import { createRunPrompt } from "../../src/sessions/turn/run-prompt.ts";
import { createSessionControl } from "../../src/sessions/turn/session-control.ts";
import { aSandbox } from "../harness/run-edges.ts";
import { createCore } from "../harness/sessions.ts";

const [url = "", instanceId = "", mode = ""] = process.argv.slice(2);
const database = openDatabase(url);
const core = createCore(database, { instanceId, level: process.env.TEST_LOG ?? "silent" });
const control = createSessionControl({ listener: core.listener });
const query = async <Row extends object>(text: string, values: unknown[] = []) =>
	(await database.pool.query<Row>(text, values)).rows;

/** Tells the test that a session has come to a point. `session`: its id or the first 8 digits. */
async function reach(point: string, session: string): Promise<void> {
	const prefix = session.slice(0, 8);
	process.send?.({ point: `${point} ${prefix}` });
	if (mode === "pause" && (await readPausePoint(prefix)) === point) await new Promise(() => {});
}

async function readPausePoint(prefix: string): Promise<string | undefined> {
	const [row] = await query<{ text: string }>(
		"select text from prompts where session_id::text like $1 order by number limit 1",
		[`${prefix}%`],
	);
	return row?.text;
}

const prefixOf = (name: string) => /^bobbin[-/]([0-9a-f]{8})/.exec(name)?.[1] ?? "";

const sandboxes: Sandboxes = {
	name: "world",
	async create({ name }) {
		await reach("before-create", prefixOf(name));
		await query("insert into world_sandboxes (name) values ($1) on conflict do nothing", [name]);
		await reach("after-create", prefixOf(name));
		return aSandbox(name);
	},
	get: async (name) =>
		(await query("select 1 from world_sandboxes where name = $1", [name])).length > 0 ? aSandbox(name) : null,
	ensureStarted: async (id) => aSandbox(id),
	touch: async () => {},
	delete: async () => {},
	exec: async (id) => {
		await reach("clone", prefixOf(id));
		return { exitCode: 0, stdout: "", stderr: "", truncated: false };
	},
	killStrays: async () => {},
	async readFile(id, path) {
		const [row] = await query<{ data: string }>(
			"select data from world_files where sandbox = $1 and path = $2",
			[id, path],
		);
		if (!row) throw new SandboxError("not_found", path);
		return new TextEncoder().encode(row.data);
	},
	async writeFile(id, path, data) {
		await query(
			"insert into world_files values ($1, $2, $3) on conflict (sandbox, path) do update set data = excluded.data",
			[id, path, String(data)],
		);
	},
};

const github: PullRequestHost = {
	async findPullRequest({ branch }) {
		const [row] = await query<{ number: number }>("select number from world_pulls where branch = $1", [
			branch,
		]);
		return row ? facts(row.number, branch) : null;
	},
	async createPullRequest({ branch }) {
		await reach("before-pull-request", prefixOf(branch));
		const [row] = await query<{ number: number }>(
			"insert into world_pulls (branch) values ($1) returning number",
			[branch],
		);
		await reach("after-pull-request", prefixOf(branch));
		return facts(row?.number ?? 0, branch);
	},
	readPullRequest: async ({ number }) => facts(number, "branch"),
};

function facts(number: number, branch: string) {
	const url = `https://github.example/pull/${number}`;
	const rest = {
		base: "main",
		headSha: "0",
		state: "open" as const,
		draft: false,
		additions: 1,
		deletions: 1,
	};
	return { number, url, title: "Fix", branch, ...rest };
}

const pullRequests = createPullRequests({
	db: database.db,
	enqueue: core.jobs.enqueue,
	now: core.now,
	newId: core.newId,
	log: core.log,
	github: { ...github, putFiles: async () => new Map() },
	access: core.access,
	canLink: false,
	sessionUrl: () => null,
	tokens: { get: async () => ({ outcome: "unlinked" }), refused: async () => {} },
});

async function readSessionId(promptId: string): Promise<string> {
	const [row] = await query<{ session_id: string }>("select session_id from prompts where id = $1", [
		promptId,
	]);
	return row?.session_id ?? "";
}

const connectAgent: ConnectAgent = async () => ({
	openConversation: async () => ({ conversationId: "conversation-1" }),
	async send({ prompt, attempt }) {
		const rows = await query(
			"insert into world_sends (prompt_id, attempt) values ($1, $2) on conflict do nothing returning 1",
			[prompt.promptId, attempt],
		);
		await reach("after-send", await readSessionId(prompt.promptId));
		return { outcome: rows.length > 0 ? "sent" : "already_there" };
	},
	async follow({ promptId, signal, onEvent }) {
		onEvent({ type: "text", data: { promptId, partId: "p1", text: "Working." } });
		const sessionId = await readSessionId(promptId);
		if ((await readPausePoint(sessionId.slice(0, 8)))?.endsWith("pull-request")) {
			const [session] = await query<{ branch: string }>("select branch from sessions where id = $1", [
				sessionId,
			]);
			const branch = session?.branch ?? "";
			await pullRequests.open({ sessionId, branch, title: "Fix", body: "", draft: false });
		}
		await reach("following", sessionId);
		// The agent's own end is a row that the test writes.
		for (;;) {
			signal.throwIfAborted();
			const [turn] = await query("select 1 from world_ends where prompt_id = $1", [promptId]);
			if (turn) break;
			await delay(10);
		}
		await reach("before-finish", sessionId);
		return { outcome: "done", answer: "Done." };
	},
	answer: async () => ({ taken: [] }),
	abort: async () => {},
	close: async () => {},
});

const runPrompt = createRunPrompt({
	db: database.db,
	instanceId,
	eventLog: core.eventLog,
	access: core.access,
	control,
	enqueue: core.jobs.enqueue,
	sandboxes,
	connectAgent,
	progress: { follow: () => ({ stop: async () => {} }) },
	mask: maskSecrets,
	fetchFile: async () => new Uint8Array(),
	settlePullRequests: pullRequests.settle,
	log: core.log,
	now: core.now,
	newId: core.newId,
	newToken: () => core.newId(),
});

await core.listener.start();
await core.jobs.prepare();
await core.jobs.work([
	defineTask(runPromptJob, async ({ sessionId }, { signal }) => {
		await reach("job", sessionId);
		await runPrompt({ sessionId, signal });
	}),
]);
process.on("SIGTERM", async () => {
	await core.jobs.stop();
	await core.eventLog.stop();
	await core.listener.stop();
	await database.close();
	process.disconnect();
});
process.send?.({ point: "ready" });

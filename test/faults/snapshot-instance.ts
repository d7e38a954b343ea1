/**
 * One instance of Bobbin that keeps sessions as snapshots, to be killed. The provider is a table of the test's database,
 * as it would outlive the instance. One that is started with `pause` stops for ever, in each session, at the point that
 * the session's first prompt names.
 */
import { SandboxError, type SandboxProvider } from "../../sandbox/provider.ts";
import { openDatabase } from "../../src/db/client.ts";
import { snapshotSessionJob } from "../../src/jobs/queue.ts";
import { defineTask } from "../../src/jobs/worker.ts";
import {
	createSnapshotSession,
	type SnapshotSessionDeps,
} from "../../src/sessions/sandbox/snapshot-session.ts";
import { aSandbox } from "../harness/run-edges.ts";
import { createCore } from "../harness/sessions.ts";

const [url = "", instanceId = "", mode = ""] = process.argv.slice(2);
const database = openDatabase(url);
const core = createCore(database, { instanceId, level: process.env.TEST_LOG ?? "silent" });

/** Tells the test that a session has come to a point. `snapshot`: the name of one of its snapshots. */
async function reach(point: string, snapshot: string): Promise<void> {
	const prefix = /^bobbin-session-([0-9a-f]{8})/.exec(snapshot)?.[1] ?? "";
	process.send?.({ point: `${point} ${prefix}` });
	if (mode !== "pause") return;
	const { rows } = await database.pool.query<{ text: string }>(
		"select text from prompts where session_id::text like $1 order by number limit 1",
		[`${prefix}%`],
	);
	if (rows[0]?.text === point) await new Promise(() => {});
}

async function getSnapshot(name: string): ReturnType<SandboxProvider["getSnapshot"]> {
	const { rows } = await database.pool.query("select 1 from world_snapshots where name = $1", [name]);
	return rows.length === 0 ? null : { name, createdAt: new Date(), sizeBytes: 1 };
}

const sandboxes: SnapshotSessionDeps["sandboxes"] = {
	name: "world",
	get: async (name) => aSandbox(name),
	ensureStarted: async (id) => aSandbox(id),
	stop: async () => {},
	exec: async () => ({ exitCode: 3, stdout: "", stderr: "", truncated: false }),
	killStrays: async () => {},
	readFile: (_id, path) => Promise.reject(new SandboxError("not_found", path)),
	writeFile: async () => {},
	async snapshot(_id, name) {
		await reach("before-snapshot", name);
		await database.pool.query("insert into world_snapshots values ($1)", [name]);
		await reach("after-snapshot", name);
		return { name, createdAt: new Date(), sizeBytes: 1 };
	},
	getSnapshot,
	async deleteSnapshot(name) {
		await reach("before-delete", name);
		await database.pool.query("delete from world_snapshots where name = $1", [name]);
		await reach("after-delete", name);
	},
};

const snapshotSession = createSnapshotSession({
	db: database.db,
	enqueue: core.jobs.enqueue,
	sandboxes,
	log: core.log,
	now: core.now,
	newId: core.newId,
	newToken: core.newId,
});

await core.jobs.prepare();
await core.jobs.work([
	defineTask(snapshotSessionJob, async ({ sessionId, reason }, { signal }) => {
		await snapshotSession({ sessionId, reason, signal });
		process.send?.({ point: `done ${sessionId}` });
	}),
]);
process.send?.({ point: "ready" });

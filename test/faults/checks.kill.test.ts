import { afterAll, beforeAll, expect, it } from "vitest";
import { judgeCommit } from "../../src/sessions/checks/request-check-judgment.ts";
import { type CheckedPull, createCheckedPulls } from "../harness/checked-pulls.ts";
import { type InstanceProcess, startInstance } from "../harness/instance-process.ts";
import { type RunningGithub, startPlaygroundGithub } from "../harness/playground-github.ts";
import { waitForEvent } from "../harness/sessions.ts";
import { type StartedCore, startCore } from "../harness/start-core.ts";

const PROGRAM = new URL("checks-instance.ts", import.meta.url);
/** As many as an instance works on at a time. */
const POINTS = ["before-rerun", "after-rerun", "inserted", "judged"];
const SHOP = { owner: "acme", name: "shop" };

let core: StartedCore;
let hub: RunningGithub;
const instances: InstanceProcess[] = [];

beforeAll(async () => {
	[core, hub] = await Promise.all([startCore(), startPlaygroundGithub()]);
	await core.listener.start();
});
afterAll(async () => {
	await Promise.all(instances.map((instance) => instance.kill()));
	await hub.stop();
	await core.stop();
});

async function start(mode: "pause" | "go"): Promise<InstanceProcess> {
	const args = [core.database.url, mode, mode, JSON.stringify(hub.playground.connection)];
	const instance = await startInstance(PROGRAM, args);
	instances.push(instance);
	return instance;
}

it("looks at checks once and mends once, wherever it is killed", async () => {
	const { db } = core.database;
	const pulls = await createCheckedPulls(core, hub);
	const mia = await pulls.rows.person("mia");
	hub.onWebhook(async (request) => {
		const { check_run } = (await request.json()) as { check_run?: { head_sha: string } };
		if (check_run)
			await judgeCommit(
				{ db, enqueue: core.jobs.enqueue },
				{ repository: { githubId: null, ...SHOP }, sha: check_run.head_sha },
			);
		return new Response(null, { status: 202 });
	});
	await pulls.play("main", [{ name: "test", conclusion: "success" }]);
	const opened: { point: string; pull: CheckedPull }[] = [];
	for (const point of POINTS) {
		const pull = await pulls.open(mia);
		await db.updateTable("prompts").set({ text: point }).where("session_id", "=", pull.sessionId).execute();
		opened.push({ point, pull });
	}
	const first = await start("pause");
	for (const { pull } of opened) await pulls.play(pull.branch, [{ name: "test", conclusion: "failure" }]);
	await Promise.all(opened.map(({ point, pull }) => first.reached(`${point} ${pull.id}`)));
	await first.kill();
	const second = await start("go");
	await Promise.all(
		opened.map(async ({ pull }) => {
			await waitForEvent(core, pull.sessionId, ({ type }) => type === "checks.judged");
			// Whatever jobs there are beside find nothing to do.
			await second.reached(`busy ${pull.id}`);
		}),
	);
	for (const { point, pull } of opened) {
		const prompts = await db
			.selectFrom("prompts")
			.select("idempotency_key")
			.where("session_id", "=", pull.sessionId)
			.where("id", "!=", pull.promptId)
			.execute();
		expect(prompts, point).toEqual([{ idempotency_key: `checks:${pull.id}:${pull.head}` }]);
		const events = await core.sessions.readEvents({ sessionId: pull.sessionId, afterSeq: 0 });
		expect(
			events.map(({ type }) => type),
			point,
		).toEqual(["checks.judged", "prompt.queued"]);
		const runs = await hub.github.listChecks({ ...SHOP, sha: pull.head, except: "" });
		expect(
			runs.map(({ state }) => state),
			point,
		).toEqual(["failed", "failed"]);
	}
});

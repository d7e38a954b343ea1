import { afterAll, beforeAll, expect, it } from "vitest";
import { stopIdleSandboxes } from "../../src/sessions/sandbox/stop-idle-sandboxes.ts";
import { createFakeSandboxes } from "../harness/run-edges.ts";
import { aPerson, aPrompt, aThread } from "../harness/sessions.ts";
import { type StartedCore, startCore } from "../harness/start-core.ts";

const MINUTE_MS = 60_000;
let core: StartedCore;
let authorId: string;

beforeAll(async () => {
	core = await startCore();
	authorId = await aPerson(core);
});

afterAll(() => core.stop());

/** A session with a started sandbox and one prompt that ended so long ago. */
async function aWorkedSession(name: string, endedMinutesAgo: number) {
	const accepted = await core.sessions.acceptThreadPrompt({ thread: aThread(), prompt: aPrompt(authorId) });
	await core.database.db
		.updateTable("prompts")
		.set({ status: "done", finished_at: new Date(Date.now() - endedMinutesAgo * MINUTE_MS) })
		.where("id", "=", accepted.promptId)
		.execute();
	await core.database.db
		.insertInto("sandboxes")
		.values({
			id: core.newId(),
			session_id: accepted.sessionId,
			repository_id: null,
			provider: "fake",
			name,
			provider_id: name,
			state: "ready",
			token_hash: core.newId(),
		})
		.execute();
	return accepted;
}

it("stops the sandbox that had nothing to do, and none that has a prompt or had one just now", async () => {
	const { sandboxes, made } = createFakeSandboxes();
	const stopped: string[] = [];
	const asked: string[] = [];
	for (const name of ["idle", "fresh", "waiting"]) await sandboxes.create({ name });
	await aWorkedSession("idle", 40);
	await aWorkedSession("fresh", 5);
	const waiting = await aWorkedSession("waiting", 40);
	await core.database.db
		.updateTable("prompts")
		.set({ status: "queued", finished_at: null })
		.where("id", "=", waiting.promptId)
		.execute();

	const stop = async (id: string) => {
		stopped.push(id);
		const sandbox = made.get(id);
		if (sandbox) sandbox.info.state = "stopped";
	};
	const get = async (name: string) => {
		asked.push(name);
		return sandboxes.get(name);
	};
	const deps = {
		db: core.database.db,
		sandboxes: { ...sandboxes, get, stop },
		enqueue: core.jobs.enqueue,
		log: core.log,
		now: Date.now,
	};
	expect(await stopIdleSandboxes(deps, 30 * MINUTE_MS)).toEqual({ stopped: 1 });
	expect(stopped).toEqual(["idle"]);
	expect(await stopIdleSandboxes(deps, 30 * MINUTE_MS)).toEqual({ stopped: 0 });
	// One that sleeps is asked about no more.
	expect(asked).toEqual(["idle"]);
});

import { sql } from "kysely";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Tx } from "../../src/db/client.ts";
import { AppError } from "../../src/errors.ts";
import { requestStop } from "../../src/sessions/queue/prompt-store.ts";
import { lockSession } from "../../src/sessions/session-store.ts";
import { bringFiles } from "../../src/sessions/turn/bring-files.ts";
import { eventually } from "../harness/eventually.ts";
import { createFakeSandboxes } from "../harness/run-edges.ts";
import { aPerson, aPrompt, aThread } from "../harness/sessions.ts";
import { type StartedCore, startCore } from "../harness/start-core.ts";

const FILE = {
	id: "F1",
	name: "plan.pdf",
	mimeType: "application/pdf",
	sizeBytes: 1,
	url: "https://x.example/f",
};

let core: StartedCore;
let personId: string;

beforeAll(async () => {
	core = await startCore();
	personId = await aPerson(core);
});
afterAll(() => core.stop());

/** Whatever stops, edits or cancels a prompt: the session first, then the prompt. */
async function stopWhile(promptId: string, sessionId: string, begin: () => Promise<unknown>): Promise<void> {
	let other: Promise<unknown> = Promise.resolve();
	await core.database.db.transaction().execute(async (tx) => {
		await lockSession(tx, sessionId);
		other = begin();
		other.catch(() => {});
		await eventually(() => expect(countWaiting()).resolves.toBe(1));
		await requestStop(tx, { promptId, personId, at: new Date() });
	});
	await other;
}

async function countWaiting(tx: Tx = core.database.db): Promise<number> {
	const { rows } = await sql<{ count: number }>`
		select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
	`.execute(tx);
	return rows[0]?.count ?? 0;
}

it("what was said around a prompt is kept while somebody stops it", async () => {
	const prompt = aPrompt(personId, { isContextPending: true });
	const { sessionId, promptId } = await core.sessions.acceptThreadPrompt({ thread: aThread(), prompt });
	const leftOut = "is too large";
	await stopWhile(promptId, sessionId, () =>
		core.sessions.keepContext({ promptId, context: {}, files: [{ ...FILE, leftOut }] }),
	);
	expect((await core.sessions.view(sessionId)).prompts[0]?.leftOut).toEqual([
		{ name: FILE.name, why: leftOut },
	]);
});

it("a file that is refused is noted while somebody stops its prompt", async () => {
	const prompt = aPrompt(personId, { files: [FILE] });
	const { sessionId, promptId } = await core.sessions.acceptThreadPrompt({ thread: aThread(), prompt });
	const { sandboxes } = createFakeSandboxes();
	const info = await sandboxes.create({ name: "one" });
	await stopWhile(promptId, sessionId, () =>
		bringFiles(
			{
				...{ db: core.database.db, enqueue: core.jobs.enqueue, now: core.now, mask: core.mask, sandboxes },
				fetchFile: async () => {
					throw new AppError("file_refused", "is not there any more");
				},
			},
			{ prompt: { id: promptId, files: [FILE], origin: prompt.origin } } as never,
			{ info } as never,
		),
	);
	expect((await core.sessions.view(sessionId)).prompts[0]?.leftOut).toEqual([
		{ name: FILE.name, why: "is not there any more" },
	]);
});

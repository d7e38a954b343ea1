import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createCompleteMove } from "../../src/sessions/routing/complete-move.ts";
import { savePersonSettings } from "../../src/settings/settings-store.ts";
import { aPerson, aPrompt, aRepository, aThread } from "../harness/sessions.ts";
import { type StartedCore, startCore } from "../harness/start-core.ts";

let core: StartedCore;
let mia: string;
let noah: string;
beforeAll(async () => {
	core = await startCore();
	mia = await aPerson(core, "Mia");
	noah = await aPerson(core, "Noah");
	await savePersonSettings(core.database.db, mia, { notify: "direct" });
});
afterAll(() => core.stop());

/** Of which ends a prompt's author is to be told directly. */
async function toldOf(promptId: string): Promise<number[]> {
	const { rows } = await sql<{ atMs: number }>`
		select (data ->> 'atMs')::float8 as "atMs" from pgboss.job
		where name = 'notify-author' and data ->> 'promptId' = ${promptId}`.execute(core.database.db);
	return rows.map(({ atMs }) => atMs);
}

async function endedAt(promptId: string): Promise<number> {
	const { finished_at } = await core.database.db
		.selectFrom("prompts")
		.select("finished_at")
		.where("id", "=", promptId)
		.executeTakeFirstOrThrow();
	return finished_at?.getTime() ?? Number.NaN;
}

const waiting = () => core.sessions.acceptThreadPrompt({ thread: aThread(), prompt: aPrompt(mia) });

test("somebody hears directly that another one cancelled what they asked for, or stopped it all, once", async () => {
	const cancelled = await waiting();
	for (const _ of [1, 2]) await core.sessions.cancelPrompt({ promptId: cancelled.promptId, personId: noah });
	expect(await toldOf(cancelled.promptId)).toEqual([await endedAt(cancelled.promptId)]);
	const stopped = await waiting();
	await core.sessions.stop({ sessionId: stopped.sessionId, personId: noah });
	expect(await toldOf(stopped.promptId)).toEqual([await endedAt(stopped.promptId)]);
});

test("nobody hears of what they cancelled or withdrew themselves", async () => {
	const cancelled = await waiting();
	await core.sessions.cancelPrompt({ promptId: cancelled.promptId, personId: mia });
	expect(await toldOf(cancelled.promptId)).toEqual([]);
	const prompt = aPrompt(mia);
	const withdrawn = await core.sessions.acceptThreadPrompt({ thread: aThread(), prompt });
	const { idempotencyKey } = prompt;
	await core.sessions.withdrawPrompt({ idempotencyKey, personId: mia, why: "deleted" });
	expect(await toldOf(withdrawn.promptId)).toEqual([]);
});

test("a move that cannot be made ends the request, and its author hears so once", async () => {
	const { db } = core.database;
	const { sessionId, promptId } = await waiting();
	const [here, there] = [await aRepository(core.database), await aRepository(core.database)];
	const routing = { how: "model" as const, reason: "it fits", confidence: 0.8 };
	await core.sessions.chooseRepository({ sessionId, personId: mia, repositoryId: here.id, routing });
	await core.sessions.moveSession({ sessionId, personId: mia, repositoryId: there.id });
	await db
		.updateTable("sessions")
		.set({
			move: JSON.stringify({ repositoryId: there.id, personId: mia, promptId, at: new Date() }),
		} as never)
		.where("id", "=", sessionId)
		.execute();
	await db.updateTable("repositories").set({ removed_at: new Date() }).where("id", "=", there.id).execute();
	const completeMove = createCompleteMove({
		...{ ...core, db, enqueue: core.jobs.enqueue },
		sandboxes: { delete: async () => {} },
	});
	for (const _ of [1, 2]) await completeMove({ sessionId, kept: { outcome: "no_sandbox" } });
	const { prompts } = await core.sessions.view(sessionId);
	expect(prompts[0]).toMatchObject({ status: "failed", problem: { code: "repository_not_found" } });
	expect(await toldOf(promptId)).toEqual([await endedAt(promptId)]);
});

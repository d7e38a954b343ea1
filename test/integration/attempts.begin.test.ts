import { afterAll, beforeAll, expect, it } from "vitest";
import { AppError } from "../../src/errors.ts";
import { listAttempts } from "../../src/sessions/attempts/attempt-store.ts";
import { type BeginThread, createBeginAttempts } from "../../src/sessions/attempts/begin-attempts.ts";
import { createPickAttempt } from "../../src/sessions/attempts/pick-attempt.ts";
import { viewAttempts } from "../../src/sessions/attempts/view-attempts.ts";
import { aPerson, aPrompt, aRepository, aThread } from "../harness/sessions.ts";
import { type StartedCore, startCore } from "../harness/start-core.ts";

let core: StartedCore;
let personId: string;

beforeAll(async () => {
	core = await startCore();
	personId = await aPerson(core);
});
afterAll(() => core.stop());

async function asked(count: number) {
	const { sessionId } = await core.sessions.acceptThreadPrompt({
		thread: aThread(),
		prompt: aPrompt(personId),
		start: { attempts: { count, models: [] } },
	});
	return sessionId;
}

/** As Slack's: the same key is the same thread. */
const begin: BeginThread = async ({ key, personId: authorId, text, files, context }) =>
	core.sessions.acceptThreadPrompt({
		thread: aThread(key),
		prompt: aPrompt(authorId, { idempotencyKey: key, text, files, context }),
	});

const beginning = (startThread: BeginThread) =>
	createBeginAttempts({
		...{ ...core, db: core.database.db, enqueue: core.jobs.enqueue, startThread },
		gatherContext: async () => {},
		findUser: async () => "U1",
	});

async function groupOf(sessionId: string) {
	const view = await viewAttempts(core.database.db, sessionId);
	if (view === null) throw new Error("it is no attempt");
	return view;
}

it("begins each once, wherever it was killed", async () => {
	const sessionId = await asked(4);
	const threads: string[] = [];
	for (const killedAt of [1, 2, 3, 4]) {
		let calls = 0;
		const run = beginning(async (start) => {
			const started = await begin(start);
			threads.push(started.sessionId);
			if (++calls === killedAt) throw new Error("killed");
			return started;
		});
		await run(sessionId).catch((error: Error) => expect(error.message).toBe("killed"));
	}
	const { groupId, all } = await groupOf(sessionId);
	const attempts = await listAttempts(core.database.db, groupId);
	expect(attempts.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
	expect(new Set(threads).size).toBe(3);
	expect(all.map(({ status }) => status)).toEqual(Array(4).fill("queued"));
});

it.each(["before", "after"] as const)(
	"begins none after a pick, and closes the one that began just %s it",
	async (when) => {
		const sessionId = await asked(3);
		const { groupId } = await groupOf(sessionId);
		const pick = () => core.sessions.pickAttempt({ sessionId, number: 1, personId });
		let begun = "";
		await beginning(async (start) => {
			if (when === "after") await pick();
			const started = await begin(start);
			begun = started.sessionId;
			if (when === "before") await pick();
			return started;
		})(sessionId);
		expect(await listAttempts(core.database.db, groupId)).toHaveLength(2);
		const { rows } = await core.database.pool.query<{ data: unknown }>(
			"select data from pgboss.job where name = 'close-attempt' and data ->> 'sessionId' = $1",
			[begun],
		);
		expect(rows.map(({ data }) => data)).toEqual([
			expect.objectContaining({ sessionId: begun, promptCount: 1 }),
		]);
		expect((await groupOf(sessionId)).all.map(({ status }) => status)).toEqual([
			...["queued", "queued", "cancelled"],
		]);
	},
);

it("begins none for a request that was stopped, and gives up where Slack says no for good", async () => {
	const stopped = await asked(2);
	await core.sessions.stop({ sessionId: stopped, personId });
	await beginning(begin)(stopped);
	expect((await groupOf(stopped)).all.map(({ status }) => status)).toEqual(["cancelled", "cancelled"]);

	const refused = await asked(2);
	await beginning(() => Promise.reject(new AppError("channel_refused", "That channel is archived.")))(
		refused,
	);
	expect((await groupOf(refused)).all[1]?.sessionId).toBeNull();
});

it("is picked by nobody who may not write to its repository, and once by two", async () => {
	const sessionId = await asked(2);
	await beginning(begin)(sessionId);
	const picks = await Promise.all(
		[1, 2].map((number) => core.sessions.pickAttempt({ sessionId, number, personId })),
	);
	expect(picks.map(({ outcome }) => outcome).sort()).toEqual(["already_picked", "picked"]);
	const { id: repository_id } = await aRepository(core.database);
	await core.database.db.updateTable("sessions").set({ repository_id }).where("id", "=", sessionId).execute();
	const readers = createPickAttempt({
		...{ ...core, db: core.database.db, enqueue: core.jobs.enqueue },
		access: { allowed: async ({ need }) => new Set(need === "write" ? [] : [repository_id]) },
	});
	await expect(readers({ sessionId, number: 1, personId })).rejects.toMatchObject({ code: "no_access" });
});

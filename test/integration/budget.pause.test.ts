import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createBudget } from "../../src/budget/budget.ts";
import type { BudgetDefaults } from "../../src/budget/decide-budget.ts";
import type { Permission } from "../../src/db/schema/people.ts";
import { runPromptJob } from "../../src/jobs/queue.ts";
import type { TurnEnd } from "../../src/sessions/ports.ts";
import { listIdleSessions } from "../../src/sessions/sandbox/sandbox-store.ts";
import { insertModelCall } from "../../src/sessions/turn/model-call-store.ts";
import { createTestDatabase } from "../harness/database.ts";
import { eventually } from "../harness/eventually.ts";
import { createFakeAgent, createFakeSandboxes } from "../harness/run-edges.ts";
import { runPrompts } from "../harness/run-prompts.ts";
import {
	aPerson,
	aPrompt,
	aRepository,
	aThread,
	type Core,
	createCore,
	waitForEvent,
} from "../harness/sessions.ts";

const CALL_USD = 0.4;
const NONE: BudgetDefaults = { prompt: null, session: null, person: null, channel: null, workspace: null };
const REFUSED: TurnEnd = {
	outcome: "failed",
	problem: { code: "model_unpaid", message: "nobody pays", retryable: true },
};

let database: Awaited<ReturnType<typeof createTestDatabase>>;
/** Two instances of Bobbin on one database. */
let cores: [Core, Core];
let budgets: ReturnType<typeof createBudget>[];
let personId: string;
let channel = 0;
const defaults: BudgetDefaults = { ...NONE };
const outside = { ...createFakeSandboxes(), agent: createFakeAgent() };
/** Model calls that a prompt's turn makes, all its attempts together; those before the first refusal count. */
const callsMade = new Map<string, number>();
const permissions = new Map<string, Permission>();

beforeAll(async () => {
	database = await createTestDatabase();
	cores = [createCore(database), createCore(database)];
	for (const core of cores) await core.jobs.prepare();
	budgets = cores.map((core) =>
		createBudget({
			db: database.db,
			enqueue: core.jobs.enqueue,
			access: { permissionOf: async (of) => permissions.get(of.personId) ?? "write" },
			defaults,
			now: core.now,
			newId: core.newId,
		}),
	);
	for (const [index, core] of cores.entries())
		await runPrompts(core, () => ({
			sandboxes: outside.sandboxes,
			connectAgent: outside.agent.connectAgent,
			checkBudget: budget(index).check,
		}));
	personId = await aPerson(cores[0]);
});
beforeEach(async () => {
	await setAdmin(personId, false);
	Object.assign(defaults, NONE);
	permissions.clear();
	outside.agent.state.script = async ({ prompt }) => workOn(prompt.promptId);
	outside.agent.sent.length = 0;
});
afterAll(async () => {
	for (const core of cores) {
		await core.jobs.stop();
		await core.eventLog.stop();
		await core.listener.stop();
	}
	await database.drop();
});

function budget(index = 0) {
	const found = budgets[index];
	if (!found) throw new Error("no such instance");
	return found;
}

/** A turn of three model calls, as the agent makes them at the gateway. */
async function workOn(promptId: string): Promise<TurnEnd> {
	const { session_id: sessionId } = await database.db
		.selectFrom("prompts")
		.select("session_id")
		.where("id", "=", promptId)
		.executeTakeFirstOrThrow();
	for (let made = callsMade.get(promptId) ?? 0; made < 3; made++) {
		if ((await budget().admitCall({ sessionId, promptId })) !== null) return REFUSED;
		await spend(sessionId, promptId, CALL_USD);
		callsMade.set(promptId, made + 1);
	}
	return { outcome: "done", answer: "Done." };
}

async function spend(sessionId: string, promptId: string | null, costUsd: number): Promise<void> {
	const tokens = { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0 };
	const call = { id: randomUUID(), sessionId, promptId, model: "claude", ...tokens, costUsd };
	await insertModelCall(database.db, { ...call, startedAt: new Date(), firstTokenMs: 1, durationMs: 1 });
}

/** A session that is ready to run, in a channel of its own unless another is named. */
async function aSession(
	options: { channelId?: string; authorId?: string; spentUsd?: number; key?: string } = {},
) {
	const thread = { ...aThread(), channelId: options.channelId ?? `C${100 + channel++}` };
	const repository = await aRepository(database);
	const { sessions } = cores[0];
	const { sessionId, promptId } = await sessions.acceptThreadPrompt({
		thread,
		prompt: aPrompt(
			options.authorId ?? personId,
			options.key === undefined ? {} : { idempotencyKey: options.key },
		),
	});
	if (options.spentUsd) await spend(sessionId, promptId, options.spentUsd);
	await sessions.chooseRepository({
		sessionId,
		personId: null,
		repositoryId: repository.id,
		routing: { how: "picked", reason: "picked", confidence: null },
	});
	return { sessionId, promptId, thread };
}
const add = (thread: ReturnType<typeof aThread>, authorId = personId) =>
	cores[0].sessions.acceptThreadPrompt({ thread, prompt: aPrompt(authorId) });
const told = (sessionId: string, type: string, promptId?: string) =>
	waitForEvent(
		cores[0],
		sessionId,
		(event) =>
			event.type === type &&
			(promptId === undefined || ("promptId" in event.data && event.data.promptId === promptId)),
	);
async function count(sessionId: string, type: string): Promise<number> {
	const events = await cores[0].sessions.readEvents({ sessionId, afterSeq: 0 });
	return events.filter((event) => event.type === type).length;
}
async function view(sessionId: string) {
	const { prompts, budgetStops = [] } = await cores[0].sessions.view(sessionId);
	return { prompts: prompts.map(({ status, held }) => [status, held]), stops: budgetStops };
}
/** Those that run prompts of a session, and are not done. */
async function countJobs(sessionId: string): Promise<number> {
	const { rows } = await database.pool.query<{ count: number }>(
		"select count(*) from pgboss.job where name = $1 and singleton_key = $2 and state < 'completed'",
		[runPromptJob.name, sessionId],
	);
	return rows[0]?.count ?? 0;
}
async function stopOf(sessionId: string): Promise<string> {
	const stop = (await view(sessionId)).stops.at(-1);
	if (!stop) throw new Error("nobody is asked");
	return stop.id;
}
const continueAs = async (sessionId: string, by = personId, instance = 0) =>
	(await budget(instance).continueSession({ stopId: await stopOf(sessionId), personId: by })).outcome;

test("the agent hears no figure of a cap, which it could take for a status and ask again", async () => {
	defaults.session = 500;
	const { sessionId, promptId } = await aSession({ spentUsd: 500 });
	await told(sessionId, "budget.reached");
	expect(await budget().admitCall({ sessionId, promptId })).toMatch(/^The budget is used up\D+$/);
});

describe("at the cap of a session", () => {
	test("its turn pauses, what is behind waits, and going on takes it up where it was", async () => {
		defaults.session = 0.5;
		const { sessionId, promptId, thread } = await aSession();
		const reached = await told(sessionId, "budget.reached");
		expect(reached.data).toEqual({ promptId, scope: "session", spentUsd: 2 * CALL_USD, capUsd: 0.5 });
		const behind = await add(thread);
		const rested = Date.now();
		expect(await listIdleSessions(database.db, { provider: "fake", before: new Date() })).toContain(
			sessionId,
		);
		expect(await view(sessionId)).toMatchObject({
			prompts: [
				["queued", "budget"],
				["queued", null],
			],
			stops: [{ scope: "session", spentUsd: 0.8, capUsd: 0.5, offerUsd: 1, decision: null }],
		});

		const resumed = Date.now();
		// Clicks of several people at several instances count once.
		const clicks = await Promise.all([0, 1, 0].map((instance) => continueAs(sessionId, personId, instance)));
		expect(clicks.toSorted()).toEqual(["already_decided", "already_decided", "continued"]);
		await told(sessionId, "prompt.finished", promptId);
		expect(callsMade.get(promptId)).toBe(3);
		const [first] = (await cores[0].sessions.view(sessionId)).prompts;
		const workedMs = (first?.finishedAt?.getTime() ?? 0) - (first?.startedAt?.getTime() ?? 0);
		expect(workedMs).toBeGreaterThan(0);
		expect(workedMs).toBeLessThan(Date.now() - (first?.createdAt.getTime() ?? 0) - (resumed - rested));
		expect(outside.agent.sent.map(({ attempt, prompt }) => [attempt, prompt.isContinued])).toEqual(
			expect.arrayContaining([
				[1, false],
				[2, true],
			]),
		);
		// 1.2 of 1.5 are spent: the one behind reaches it again, and once more it is asked.
		await eventually(async () => expect((await view(sessionId)).stops).toHaveLength(2));
		expect(await continueAs(sessionId)).toBe("continued");
		await told(sessionId, "prompt.finished", behind.promptId);
		expect(await view(sessionId)).toMatchObject({
			prompts: [
				["done", null],
				["done", null],
			],
			stops: [{ decision: { how: "continued", by: "Mia", raisedUsd: 1 } }, { capUsd: 1.5 }],
		});
		expect(await count(sessionId, "budget.reached")).toBe(2);
		const { rows } = await database.pool.query(
			"select data ->> 'raisedUsd' as raised from audit_log where action = 'budget.raised' and session_id = $1",
			[sessionId],
		);
		expect(rows).toHaveLength(2);
	});

	test("a stop ends what is paused and cancels what is behind", async () => {
		defaults.session = 0.5;
		const { sessionId, thread } = await aSession();
		await told(sessionId, "budget.reached");
		await add(thread);
		await cores[1].sessions.stop({ sessionId, personId });
		expect(await view(sessionId)).toMatchObject({
			prompts: [
				["stopped", null],
				["cancelled", null],
			],
			stops: [{ decision: { how: "stopped", by: "Mia" } }],
		});
		expect(await continueAs(sessionId)).toBe("already_decided");
		expect((await view(sessionId)).prompts[0]).toEqual(["stopped", null]);
	});

	test("a stopped one that is tried again begins anew", async () => {
		defaults.session = 0.5;
		const { sessionId, promptId } = await aSession();
		await told(sessionId, "budget.reached");
		await cores[0].sessions.stop({ sessionId, personId });
		defaults.session = 50;
		await cores[0].sessions.retryPrompt({ promptId, personId });
		await eventually(async () => expect((await view(sessionId)).prompts).toEqual([["done", null]]));
		expect(outside.agent.sent.at(-1)).toMatchObject({ attempt: 2, prompt: { isContinued: false } });
	});

	test("what is cancelled while it is paused lets go on what was behind", async () => {
		defaults.session = 0.5;
		const { sessionId, promptId, thread } = await aSession();
		await told(sessionId, "budget.reached");
		const behind = await add(thread);
		defaults.session = 50;
		await cores[0].sessions.cancelPrompt({ promptId, personId });
		await told(sessionId, "prompt.finished", behind.promptId);
		expect(await view(sessionId)).toMatchObject({
			prompts: [
				["stopped", null],
				["done", null],
			],
			stops: [{ decision: { how: "continued", by: null, raisedUsd: 0 } }],
		});
	});

	test("what is taken back while it is paused leaves the question to what is behind: it is asked once", async () => {
		defaults.session = 0.5;
		const { sessionId, promptId, thread } = await aSession();
		await told(sessionId, "budget.reached");
		const [second, third] = [await add(thread), await add(thread)];
		// So much that going on once is enough.
		callsMade.set(third.promptId, 1);
		for (const [taken, next] of [
			[promptId, second.promptId],
			[second.promptId, third.promptId],
		] as const) {
			await cores[0].sessions.cancelPrompt({ promptId: taken, personId });
			await eventually(async () => {
				const { prompts } = await cores[0].sessions.view(sessionId);
				expect(prompts.find(({ held }) => held === "budget")?.id).toBe(next);
			});
			expect((await view(sessionId)).stops).toMatchObject([{ promptId: next, decision: null }]);
		}
		expect(await continueAs(sessionId)).toBe("continued");
		await told(sessionId, "prompt.finished", third.promptId);
		expect(await view(sessionId)).toMatchObject({
			prompts: [
				["stopped", null],
				["cancelled", null],
				["done", null],
			],
			stops: [{ decision: { how: "continued", by: "Mia", raisedUsd: 1 } }],
		});
		expect(outside.agent.sent.at(-1)).toMatchObject({ attempt: 1, prompt: { isContinued: false } });
	});

	test("a stop ends the question that was left to what is behind", async () => {
		defaults.session = 0.5;
		const { sessionId, promptId, thread } = await aSession();
		await told(sessionId, "budget.reached");
		const behind = await add(thread);
		await cores[0].sessions.cancelPrompt({ promptId, personId });
		await told(sessionId, "prompt.held", behind.promptId);
		await cores[0].sessions.stop({ sessionId, personId });
		expect((await view(sessionId)).stops).toMatchObject([{ decision: { how: "stopped", by: "Mia" } }]);
	});

	test("what is held back while it is paused, for its author is gone, lets go on what was behind", async () => {
		defaults.session = 0.5;
		const leaver = await aPerson(cores[0], "Leah");
		const { sessionId, thread } = await aSession({ authorId: leaver });
		await told(sessionId, "budget.reached");
		const behind = await add(thread);
		await eventually(async () => expect(await countJobs(sessionId)).toBe(0));
		defaults.session = 50;
		await cores[0].sessions.holdBack({ personId: leaver });
		await told(sessionId, "prompt.finished", behind.promptId);
		expect(await view(sessionId)).toMatchObject({
			prompts: [
				["queued", "gone"],
				["done", null],
			],
			stops: [{ decision: { how: "stopped", by: null } }],
		});
	});

	test("what its agent asked is asked no more, and a reply is no answer to it", async () => {
		defaults.session = 0.5;
		outside.agent.state.script = async ({ prompt: { promptId } }, emit) => {
			const question = { promptId, questionId: "q#1", text: "Which?", options: [], multiple: false };
			emit({ type: "question.asked", data: question });
			const isKept = () =>
				database.db.selectFrom("questions").where("prompt_id", "=", promptId).select("id").execute();
			await eventually(() => expect(isKept()).resolves.toHaveLength(1));
			return workOn(promptId);
		};
		const { sessionId } = await aSession();
		await told(sessionId, "budget.reached");
		const reply = { sessionId, questionId: null, personId, chosen: ["Go on"], idempotencyKey: randomUUID() };
		expect(await cores[0].sessions.answerQuestion(reply)).toEqual({ outcome: "nothing_asked" });
		await cores[0].sessions.stop({ sessionId, personId });
	});

	test("an edit of what is paused changes nothing that is at work", async () => {
		defaults.session = 0.5;
		const key = `key-${randomUUID()}`;
		const { sessionId } = await aSession({ key });
		await told(sessionId, "budget.reached");
		const { outcome } = await cores[0].sessions.editPrompt({ idempotencyKey: key, personId, text: "Else" });
		expect(outcome).toBe("began");
		expect((await cores[0].sessions.view(sessionId)).prompts[0]?.text).toBe("Fix the cart total");
		await cores[0].sessions.stop({ sessionId, personId });
	});

	test("what comes after it was used up asks before it begins", async () => {
		defaults.session = 0.5;
		const { sessionId, promptId } = await aSession({ spentUsd: 0.6 });
		await told(sessionId, "budget.reached");
		expect(outside.agent.sent.filter(({ prompt }) => prompt.promptId === promptId)).toEqual([]);
		expect(await continueAs(sessionId)).toBe("continued");
		await told(sessionId, "prompt.finished", promptId);
		expect(outside.agent.sent.at(-1)).toMatchObject({ attempt: 1, prompt: { isContinued: false } });
	});

	test("another cap that is reached by then is asked about next, and nothing is added to the first", async () => {
		defaults.session = 0.5;
		const { sessionId } = await aSession();
		await told(sessionId, "budget.reached");
		Object.assign(defaults, { session: 50, prompt: 0.6 });
		expect(await continueAs(sessionId)).toBe("continued");
		await eventually(async () => expect((await view(sessionId)).stops).toHaveLength(2));
		expect((await view(sessionId)).stops).toMatchObject([
			{ scope: "session", decision: { raisedUsd: 0 } },
			{ scope: "prompt", capUsd: 0.6, decision: null },
		]);
		await cores[0].sessions.stop({ sessionId, personId });
	});

	test("nobody without write access lets it go on", async () => {
		defaults.session = 0.5;
		const { sessionId } = await aSession();
		await told(sessionId, "budget.reached");
		const reader = await aPerson(cores[0], "Rita");
		permissions.set(reader, "read");
		expect(await continueAs(sessionId, reader)).toBe("not_allowed");
		expect((await view(sessionId)).prompts).toEqual([["queued", "budget"]]);
	});

	test("a refusal for another reason is no pause", async () => {
		const { sessionId, promptId } = await aSession();
		outside.agent.state.script = async ({ prompt }) =>
			prompt.promptId === promptId ? REFUSED : workOn(prompt.promptId);
		const end = await told(sessionId, "prompt.finished", promptId);
		expect(end.data).toMatchObject({ status: "failed", problem: { code: "model_unpaid" } });
	});
});

describe("an instance that goes away", () => {
	test("between the refusal and the pause leaves it to the next one", async () => {
		defaults.session = 0.5;
		const sent = Promise.withResolvers<void>();
		const late = Promise.withResolvers<TurnEnd>();
		let hangs = true;
		outside.agent.state.script = async ({ prompt }) => {
			const end = await workOn(prompt.promptId);
			if (!hangs || end !== REFUSED) return end;
			hangs = false;
			sent.resolve();
			return late.promise;
		};
		const { sessionId, promptId } = await aSession();
		await sent.promise;
		expect((await view(sessionId)).stops).toEqual([]);
		// Its owner is taken for dead, and another takes the session over.
		const other = { key: randomUUID() };
		await cores[0].jobs.enqueue(database.db, runPromptJob, { version: 1, sessionId }, other);
		await told(sessionId, "budget.reached");
		// The one that was taken for dead has nothing to say any more.
		late.resolve(REFUSED);
		expect(await continueAs(sessionId)).toBe("continued");
		await told(sessionId, "prompt.finished", promptId);
		expect(await count(sessionId, "budget.reached")).toBe(1);
		expect((await view(sessionId)).prompts).toEqual([["done", null]]);
	});
});

describe("caps of a month", () => {
	test("of a channel: an admin lets all go on that wait for it", async () => {
		const channelId = `C${100 + channel++}`;
		const subject = `T1:${channelId}`;
		await budget().setCap({ scope: "channel", subject, cap: 0.6, personId: null });
		const [one, two] = await Promise.all([aSession({ channelId }), aSession({ channelId })]);
		await Promise.all([one, two].map(({ sessionId }) => told(sessionId, "budget.reached")));
		expect(await continueAs(one.sessionId)).toBe("not_allowed");
		await setAdmin(personId, true);
		expect(await continueAs(one.sessionId)).toBe("continued");
		await Promise.all([one, two].map(({ sessionId }) => told(sessionId, "prompt.released")));
		const stops = (await view(two.sessionId)).stops;
		expect(stops[0]?.decision).toEqual({ how: "continued", by: "Mia", raisedUsd: 0 });
		const [cap] = await budget().readCaps([{ scope: "channel", subject }]);
		// Both may have been in a call when it was used up: what is offered goes by what was spent.
		const offerUsd = (await view(one.sessionId)).stops[0]?.offerUsd ?? 0;
		expect(cap).toMatchObject({ cap: 0.6, capUsd: 0.6 + offerUsd });
	});

	test("of a person: only what they asked for waits, and they let it go on themselves", async () => {
		const noah = await aPerson(cores[0], "Noah");
		await budget().setCap({ scope: "person", subject: noah, cap: 0.5, personId: noah });
		const [his, hers] = await Promise.all([aSession({ authorId: noah }), aSession()]);
		await told(his.sessionId, "budget.reached");
		await told(hers.sessionId, "prompt.finished");
		expect(await continueAs(his.sessionId, personId)).toBe("not_allowed");
		expect(await continueAs(his.sessionId, noah)).toBe("continued");
		await told(his.sessionId, "prompt.finished");
	});

	test("of a person: what is taken back leaves no question to what somebody else asked for", async () => {
		const noah = await aPerson(cores[0], "Noah");
		await budget().setCap({ scope: "person", subject: noah, cap: 0.5, personId: noah });
		const { sessionId, promptId, thread } = await aSession({ authorId: noah });
		await told(sessionId, "budget.reached");
		const hers = await add(thread);
		await cores[0].sessions.cancelPrompt({ promptId, personId: noah });
		await told(sessionId, "prompt.finished", hers.promptId);
		expect((await view(sessionId)).stops).toMatchObject([
			{ promptId, decision: { how: "stopped", by: "Noah" } },
		]);
	});

	test("a cap that is set anew lets go on what it paused", async () => {
		const noah = await aPerson(cores[0], "Noah");
		await budget().setCap({ scope: "person", subject: noah, cap: 0.5, personId: null });
		const { sessionId } = await aSession({ authorId: noah });
		await told(sessionId, "budget.reached");
		const set = await budget(1).setCap({ scope: "person", subject: noah, cap: "none", personId: noah });
		expect(set).toEqual({ scope: "person", subject: noah, cap: "none", capUsd: null, spentUsd: 0.8 });
		await told(sessionId, "prompt.finished");
	});

	test("of a channel or workspace are set by admins only", async () => {
		for (const [scope, subject] of [
			["channel", "T1:C1"],
			["workspace", "T1"],
		] as const)
			await expect(budget().setCap({ scope, subject, cap: 5, personId })).rejects.toMatchObject({
				code: "forbidden",
			});
	});

	test("a call that is kept twice is counted once", async () => {
		const noah = await aPerson(cores[0], "Noah");
		const { sessionId, promptId } = await aSession({ authorId: noah });
		await told(sessionId, "prompt.finished");
		const id = randomUUID();
		const tokens = { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0 };
		const call = { id, sessionId, promptId, model: "claude", ...tokens, costUsd: 1, startedAt: new Date() };
		for (const _ of [1, 2]) await insertModelCall(database.db, { ...call, firstTokenMs: 1, durationMs: 1 });
		const [cap] = await budget().readCaps([{ scope: "person", subject: noah }]);
		expect(cap?.spentUsd).toBeCloseTo(1 + 3 * CALL_USD);
	});
});

async function setAdmin(id: string, isAdmin: boolean): Promise<void> {
	await database.db
		.updateTable("people")
		.set({ role: isAdmin ? "admin" : "member" })
		.where("id", "=", id)
		.execute();
}

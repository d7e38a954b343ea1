import { once } from "node:events";
import { afterAll, beforeAll, expect, it } from "vitest";
import { claimPrompt } from "../../src/sessions/queue/claim-prompt.ts";
import { createHousekeeping } from "../../src/sessions/sandbox/housekeeping.ts";
import { finishTurn } from "../../src/sessions/turn/finish-turn.ts";
import { createTurnQuestions } from "../../src/sessions/turn/turn-questions.ts";
import { eventually } from "../harness/eventually.ts";
import { createFakeAgent, createFakeSandboxes } from "../harness/run-edges.ts";
import { runPrompts } from "../harness/run-prompts.ts";
import { aPerson, aPrompt, aThread, waitForEvent } from "../harness/sessions.ts";
import { type StartedCore, startCore } from "../harness/start-core.ts";

const PLACES = 2;
let core: StartedCore;
let authorId: string;
const fakes = createFakeSandboxes();
const agent = createFakeAgent();

beforeAll(async () => {
	core = await startCore();
	authorId = await aPerson(core);
	agent.state.script = async ({ prompt: { promptId, text } }, emit) => {
		if (!text.startsWith("Ask")) return { outcome: "done", answer: "Done." };
		const questionId = `que_${promptId}#0`;
		const options = ["Cents", "Euros"].map((label) => ({ label, description: "" }));
		emit({
			type: "question.asked",
			data: { promptId, questionId, text: "Which?", options, multiple: false },
		});
		for (;;) {
			const [answers] = (await once(agent.events, "answered")) as [
				{ questionId: string; chosen: string[] }[],
			];
			const mine = answers.find((answer) => answer.questionId === questionId);
			if (mine) return { outcome: "done", answer: `You said ${mine.chosen}.` };
		}
	};
	const outside = () => ({
		sandboxes: fakes.sandboxes,
		connectAgent: agent.connectAgent,
		restAfterMs: 100,
	});
	await runPrompts(core, outside, [], PLACES);
});
afterAll(() => core.stop());

async function begin(text: string, thread = aThread()) {
	const accepted = await core.sessions.acceptThreadPrompt({ thread, prompt: aPrompt(authorId, { text }) });
	const { sessionId } = accepted;
	if (accepted.outcome === "started")
		await core.sessions.chooseRepository({
			sessionId,
			personId: null,
			repositoryId: null,
			routing: { how: "named", reason: "you named it", confidence: null },
		});
	return { ...accepted, thread };
}

const answerOf = async (sessionId: string, promptId: string) =>
	(await core.sessions.view(sessionId)).prompts.find(({ id }) => id === promptId);

const untilEnded = (sessionId: string, promptId: string) =>
	waitForEvent(core, sessionId, ({ type, data }) => type === "prompt.finished" && data.promptId === promptId);

async function untilResting(sessionId: string) {
	await waitForEvent(core, sessionId, ({ type }) => type === "question.asked");
	await eventually(async () => {
		const row = await core.database.db
			.selectFrom("sessions")
			.select("owner_instance")
			.where("id", "=", sessionId)
			.executeTakeFirstOrThrow();
		expect(row.owner_instance).toBeNull();
	});
}

const say = (sessionId: string, words: string) =>
	core.sessions.answerQuestion({
		...{ sessionId, questionId: null, personId: authorId, chosen: [words] },
		idempotencyKey: core.newId(),
	});

it("starts what is asked while more turns wait for answers than there are places, and ends each with its answer", async () => {
	const asking = [];
	for (let n = 0; n < PLACES + 2; n++) asking.push(await begin(`Ask ${n}`));
	for (const { sessionId } of asking) await untilResting(sessionId);
	const next = await begin("Work");
	await untilEnded(next.sessionId, next.promptId);
	for (const { sessionId, promptId } of asking)
		expect(await answerOf(sessionId, promptId)).toMatchObject({ status: "running" });

	for (const [index, { sessionId, promptId }] of asking.entries()) {
		expect(await say(sessionId, `word ${index}`)).toEqual({ outcome: "answered" });
		await untilEnded(sessionId, promptId);
		expect(await answerOf(sessionId, promptId)).toMatchObject({
			status: "done",
			answer: `You said word ${index}.`,
		});
	}
	expect(agent.sent.filter(({ prompt }) => prompt.text.startsWith("Ask"))).toHaveLength(asking.length);
});

it("keeps no question that is heard of after its turn's end", async () => {
	const { sessionId, promptId } = await core.sessions.acceptThreadPrompt({
		...{ thread: aThread(), prompt: aPrompt(authorId) },
	});
	const { db } = core.database;
	await db.updateTable("sessions").set({ status: "ready" }).where("id", "=", sessionId).execute();
	const deps = { ...core, db, enqueue: core.jobs.enqueue, control: { watch: () => () => {} } };
	const claim = await claimPrompt(deps, sessionId);
	if (claim === null) throw new Error("nothing was claimed");
	const flushed = Promise.withResolvers<void>();
	const questions = createTurnQuestions(deps, { claim, writer: { flush: () => flushed.promise } } as never, {
		link: { answer: async () => ({ taken: [] }) },
		conversationId: "c",
	});
	const question = { promptId, questionId: "que#0", text: "Which?", options: [], multiple: false };
	questions.take({ type: "question.asked", data: question });
	await finishTurn(deps, claim, { status: "stopped", answer: null, problem: null }, 0);
	questions.close();
	flushed.resolve();
	await expect(questions.failed).rejects.toMatchObject({ code: "lost_ownership" });
	expect(await say(sessionId, "and now the docs")).toEqual({ outcome: "nothing_asked" });
});

it("runs what came while the turn before it waited, in order, after the answer", async () => {
	const asking = await begin("Ask first");
	const early = await begin("Work early", asking.thread);
	await untilResting(asking.sessionId);
	const late = await begin("Work late", asking.thread);
	await eventually(async () => {
		const rows = await core.database.db.selectFrom("job_runs").select("job_id").execute();
		expect(rows).toEqual([]);
	});
	expect(await answerOf(asking.sessionId, early.promptId)).toMatchObject({ status: "queued" });
	await say(asking.sessionId, "Cents");
	await untilEnded(asking.sessionId, late.promptId);
	const { prompts } = await core.sessions.view(asking.sessionId);
	expect(prompts.map(({ status, text }) => [text, status])).toEqual([
		["Ask first", "done"],
		["Work early", "done"],
		["Work late", "done"],
	]);
});

it("is ended by a stop, asked twice by nobody, and answered no more after it", async () => {
	const { sessionId, promptId } = await begin("Ask and stop");
	await untilResting(sessionId);
	await core.sessions.stop({ sessionId, personId: authorId });
	await untilEnded(sessionId, promptId);
	expect(await answerOf(sessionId, promptId)).toMatchObject({ status: "stopped" });
	expect(await say(sessionId, "Cents")).toEqual({ outcome: "nothing_asked" });
	expect((await core.sessions.view(sessionId)).questions).toHaveLength(1);
});

it("keeps the sandbox of a turn that waits awake, and no other", async () => {
	const waiting = await begin("Ask and sleep");
	await untilResting(waiting.sessionId);
	const touched: string[] = [];
	const housekeeping = createHousekeeping({
		...{ ...core, db: core.database.db, enqueue: core.jobs.enqueue, idleMs: 60_000, keepMs: 0 },
		sandboxes: Object.assign(Object.create(fakes.sandboxes), {
			touch: async (id: string) => void touched.push(id),
		}),
	});
	await housekeeping.round();
	expect(touched).toEqual([expect.stringContaining(waiting.sessionId.slice(0, 8))]);
	await say(waiting.sessionId, "Cents");
	await untilEnded(waiting.sessionId, waiting.promptId);
	await housekeeping.round();
	expect(touched).toHaveLength(1);
});

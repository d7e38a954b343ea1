import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ensureCheckout } from "../../src/sessions/sandbox/ensure-checkout.ts";
import { findOfSession } from "../../src/sessions/sandbox/sandbox-store.ts";
import { readStartup } from "../../src/sessions/turn/startup-store.ts";
import { createFakeAgent, createFakeSandboxes } from "../harness/run-edges.ts";
import { runPrompts } from "../harness/run-prompts.ts";
import { aPerson, aPrompt, aRepository, aThread, waitForEvent } from "../harness/sessions.ts";
import { type StartedCore, startCore } from "../harness/start-core.ts";

const GATE = "/run/secrets/synced.json";
const routing = { how: "picked" as const, reason: "picked", confidence: null };

/** What the gate was told, in order: which turn may change things, and what it has to know. */
const gates: { turn: string; moved: boolean; notes: string[] }[] = [];
/** What the sync prints. */
let printed = "";
let core: StartedCore;
let authorId: string;
let fakes: ReturnType<typeof createFakeSandboxes> & { agent: ReturnType<typeof createFakeAgent> };

beforeAll(async () => {
	core = await startCore();
	await runPrompts(core, () => ({
		sandboxes: fakes.sandboxes,
		connectAgent: fakes.agent.connectAgent,
	}));
	authorId = await aPerson(core);
});
beforeEach(() => {
	fakes = { ...createFakeSandboxes(), agent: createFakeAgent() };
	gates.length = 0;
	printed = "";
	const { exec, writeFile } = fakes.sandboxes;
	fakes.sandboxes.exec = async (id, command) => ({ ...(await exec(id, command)), stdout: printed });
	fakes.sandboxes.writeFile = async (id, path, data) => {
		if (path === GATE) gates.push(JSON.parse(String(data)));
		await writeFile(id, path, data);
	};
});
afterAll(() => core.stop());

const finished = (sessionId: string, promptId: string) =>
	waitForEvent(
		core,
		sessionId,
		(event) => event.type === "prompt.finished" && event.data.promptId === promptId,
	);

/** A session whose first turn is over, so that its next one finds a checkout. */
async function begin() {
	const thread = aThread();
	const accepted = await core.sessions.acceptThreadPrompt({ thread, prompt: aPrompt(authorId) });
	const repository = await aRepository(core.database);
	await core.sessions.chooseRepository({
		sessionId: accepted.sessionId,
		personId: null,
		repositoryId: repository.id,
		routing,
	});
	await finished(accepted.sessionId, accepted.promptId);
	return {
		...accepted,
		async ask() {
			const { promptId } = await core.sessions.acceptThreadPrompt({ thread, prompt: aPrompt(authorId) });
			return promptId;
		},
	};
}

/** Lets the sync of the next turns wait. */
function holdSync() {
	const held = Promise.withResolvers<number>();
	const begun = Promise.withResolvers<void>();
	fakes.state.onExec = async () => {
		begun.resolve();
		return held.promise;
	};
	return { begun: begun.promise, end: held.resolve };
}

/** A turn that lasts until it is let go; resolves when the agent has its prompt. */
function holdTurn() {
	const done = Promise.withResolvers<void>();
	const begun = Promise.withResolvers<void>();
	fakes.agent.state.script = async () => {
		begun.resolve();
		await done.promise;
		return { outcome: "done", answer: "Done." };
	};
	return { begun: begun.promise, end: () => done.resolve() };
}

const statusOf = async (sessionId: string, promptId: string) =>
	(await core.sessions.view(sessionId)).prompts.find(({ id }) => id === promptId);

describe("a checkout that is there", () => {
	it("lets the agent begin while it is brought up to date, and change things after that", async () => {
		const session = await begin();
		const sync = holdSync();
		const turn = holdTurn();
		const promptId = await session.ask();
		await Promise.all([turn.begun, sync.begun]);
		expect(gates.at(-1)?.turn).toBe(`${session.promptId}#1`);
		printed = "diverged 2 1\nhead 0123456789012345678901234567890123456789\nmoved\n";
		sync.end(0);
		await expect.poll(() => gates.at(-1)?.turn).toBe(`${promptId}#1`);
		expect(gates.at(-1)).toMatchObject({
			moved: true,
			notes: [expect.stringContaining("1 commit at GitHub")],
		});
		turn.end();
		await finished(session.sessionId, promptId);
		expect((await statusOf(session.sessionId, promptId))?.status).toBe("done");
	});

	it("stays known as the session's when a sync of the pool comes late", async () => {
		const session = await begin();
		const row = await findOfSession(core.database.db, session.sessionId);
		const info = row && (await fakes.sandboxes.get(row.name));
		if (!row || !info) throw new Error("no sandbox");
		expect(row.branch).toMatch(/^bobbin\//);
		const late = { row: { ...row, branch: null, cloned_at: null }, info };
		const base = { repository: { owner: "acme", name: "shop" }, base: "main", branch: "main" };
		await ensureCheckout({ db: core.database.db, sandboxes: fakes.sandboxes, now: core.now }, late, base);
		expect(await findOfSession(core.database.db, session.sessionId)).toEqual(row);
	});

	it("is not waited for by a turn that only read", async () => {
		const session = await begin();
		const sync = holdSync();
		const promptId = await session.ask();
		await finished(session.sessionId, promptId);
		expect((await statusOf(session.sessionId, promptId))?.status).toBe("done");
		sync.end(0);
	});

	it("ends the turn with the plain problem when it cannot be brought up to date, and lets nothing through", async () => {
		const session = await begin();
		const sync = holdSync();
		const turn = holdTurn();
		const promptId = await session.ask();
		await turn.begun;
		sync.end(10);
		await finished(session.sessionId, promptId);
		expect(await statusOf(session.sessionId, promptId)).toMatchObject({
			status: "failed",
			problem: { code: "repository_not_found" },
		});
		expect(fakes.agent.aborted).toHaveLength(1);
		expect(gates.at(-1)?.turn).toBe(`${session.promptId}#1`);
		turn.end();
	});

	it("lets nothing through once the turn was stopped, also when the sync ends after that", async () => {
		const session = await begin();
		const sync = holdSync();
		const turn = holdTurn();
		const promptId = await session.ask();
		await Promise.all([turn.begun, sync.begun]);
		await core.sessions.stop({ sessionId: session.sessionId, personId: null });
		await finished(session.sessionId, promptId);
		sync.end(0);
		fakes.state.onExec = async () => 0;
		fakes.agent.state.script = async () => ({ outcome: "done", answer: "Done." });
		const next = await session.ask();
		await finished(session.sessionId, next);
		expect(gates.map((gate) => gate.turn)).toEqual([`${session.promptId}#1`, `${next}#1`]);
	});
});

it("waits for the clone where there is nothing to read yet", async () => {
	const sync = holdSync();
	const thread = aThread();
	const { sessionId, promptId } = await core.sessions.acceptThreadPrompt({
		thread,
		prompt: aPrompt(authorId),
	});
	const repository = await aRepository(core.database);
	await core.sessions.chooseRepository({ sessionId, personId: null, repositoryId: repository.id, routing });
	await sync.begun;
	await waitForEvent(
		core,
		sessionId,
		(event) => event.type === "startup.step" && event.data.step === "agent" && event.data.state === "done",
	);
	expect(fakes.agent.sent).toEqual([]);
	sync.end(0);
	await finished(sessionId, promptId);
	expect(fakes.agent.sent).toHaveLength(1);
});

describe("a turn's start", () => {
	it("is kept with its sandbox's origin, its steps and its first request for the model", async () => {
		const session = await begin();
		const sync = holdSync();
		const turn = holdTurn();
		const promptId = await session.ask();
		await turn.begun;
		await expect.poll(() => readStartup(core.database.db, promptId)).toMatchObject({ sandbox: "running" });
		sync.end(0);
		await expect.poll(() => gates.at(-1)?.turn).toBe(`${promptId}#1`);
		await core.database.db
			.insertInto("model_calls")
			.values({
				id: core.newId(),
				session_id: session.sessionId,
				prompt_id: promptId,
				model: "m",
				input_tokens: 1,
				output_tokens: 1,
				cache_read_tokens: 0,
				cache_write_tokens: 0,
				cost_usd: 0,
				started_at: new Date(core.now()),
				first_token_ms: 1,
				duration_ms: 1,
			})
			.execute();
		turn.end();
		await finished(session.sessionId, promptId);
		const startup = (await statusOf(session.sessionId, promptId))?.startup;
		expect(startup?.steps.map(({ step }) => step).toSorted()).toEqual([
			"agent",
			"prompt",
			"queue",
			"request",
			"sandbox",
			"sync",
		]);
		const request = startup?.steps.find(({ step }) => step === "request");
		expect((request?.startMs ?? 0) + (request?.durationMs ?? 0)).toBe(startup?.totalMs);
		const first = await readStartup(core.database.db, session.promptId);
		expect(first).toMatchObject({ sandbox: "empty" });
		expect(first?.steps.map(({ step }) => step)).toContain("clone");
	});
});

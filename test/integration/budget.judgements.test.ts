import { afterAll, beforeAll, expect, test } from "vitest";
import type { Classification } from "../../classifier/classify.ts";
import type { FastCall } from "../../classifier/fast-model.ts";
import { AppError } from "../../src/errors.ts";
import { createRouteSessionTask } from "../../src/jobs/tasks/route-session.ts";
import type { Access } from "../../src/people/access.ts";
import { eventually } from "../harness/eventually.ts";
import { openAccess } from "../harness/open-access.ts";
import { aPerson, aPrompt, aRepository, aThread } from "../harness/sessions.ts";
import { type StartedCore, startCore } from "../harness/start-core.ts";

/** A tenth of a cent. */
const call: FastCall = {
	...{ model: "claude-haiku-5-5", inputTokens: 10_000, outputTokens: 0 },
	...{
		cacheReadTokens: 0,
		cacheWriteTokens: 0,
		startedAtMs: Date.parse("2026-11-05T10:00:00Z"),
		durationMs: 300,
	},
};
const COST_USD = 0.001;

let core: StartedCore;
let shopId: string;
beforeAll(async () => {
	core = await startCore();
	shopId = (await aRepository(core.database, "web-shop")).id;
});
afterAll(() => core.stop());

/** A session whose repository is asked for as often as `calls` says, in the channel that it gives. */
async function route(decide: () => Classification, access: Pick<Access, "allowed"> = openAccess) {
	const personId = await aPerson(core);
	const thread = { ...aThread(), channelId: `C-${personId}` };
	const { sessionId, promptId } = await core.sessions.acceptThreadPrompt({
		thread,
		prompt: aPrompt(personId),
	});
	const task = createRouteSessionTask({
		...{ db: core.database.db, access, sessions: core.sessions, newId: core.newId },
		classify: async (_input, _signal, onCall) => {
			onCall?.(call);
			return decide();
		},
	});
	const run = () => task.run({ version: 1, sessionId }, { signal: new AbortController().signal });
	return { personId, thread, sessionId, promptId, run };
}

const callsOf = (sessionId: string) =>
	core.database.db
		.selectFrom("model_calls")
		.select(["prompt_id", "model", "input_tokens", "cost_usd", "first_token_ms"])
		.where("session_id", "=", sessionId)
		.execute();
const spentBy = (subject: string) =>
	core.database.db
		.selectFrom("budget_months")
		.select(["month", "spent_usd"])
		.where("subject", "=", subject)
		.execute();

test("finding out the repository counts for the prompt, its author and its channel, once", async () => {
	const chosen = {
		outcome: "chosen",
		repositoryId: shopId,
		how: "model",
		reason: "r",
		confidence: 1,
	} as const;
	const { run, sessionId, promptId, personId, thread } = await route(() => chosen);
	await run();
	await run();
	expect(await callsOf(sessionId)).toEqual([
		{
			prompt_id: promptId,
			model: "claude-haiku-5-5",
			input_tokens: 10_000,
			cost_usd: COST_USD,
			first_token_ms: null,
		},
	]);
	for (const subject of [personId, `${thread.teamId}:${thread.channelId}`])
		expect(await spentBy(subject)).toEqual([{ month: "2026-11", spent_usd: COST_USD }]);
	await core.sessions.cancelPrompt({ promptId, personId });
	expect((await core.sessions.view(sessionId)).prompts[0]?.costUsd).toBe(COST_USD);
});

test("it counts also where people are asked after all, and where GitHub is away", async () => {
	const asked = await route(() => ({ outcome: "ask", reason: "two fit", candidates: [] }));
	await asked.run();
	expect(await callsOf(asked.sessionId)).toHaveLength(1);
	const away: Pick<Access, "allowed"> = {
		allowed: async () => {
			// After the classifier has answered.
			await new Promise((resolve) => setImmediate(resolve));
			throw new AppError("access_unknown", "GitHub is away", { retryable: true });
		},
	};
	const unknown = await route(() => ({ outcome: "none", reason: "r" }), away);
	await unknown.run();
	expect(await callsOf(unknown.sessionId)).toHaveLength(1);
	expect((await core.sessions.view(unknown.sessionId)).status).toBe("asking");
});

test("what was asked before a failure counts, too", async () => {
	const failing = await route(() => {
		throw new TypeError("a bug");
	});
	await expect(failing.run()).rejects.toThrow("a bug");
	expect(await callsOf(failing.sessionId)).toHaveLength(1);
	await eventually(async () => expect(await spentBy(failing.personId)).toHaveLength(1));
});

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { BudgetScope } from "../../src/contract/budget.ts";
import { claimPrompt } from "../../src/sessions/queue/claim-prompt.ts";
import { insertModelCall } from "../../src/sessions/turn/model-call-store.ts";
import { eventually } from "../harness/eventually.ts";
import { openAccess } from "../harness/open-access.ts";
import { aRepository } from "../harness/sessions.ts";
import { createSlackWorkspace, type SlackWorkspace, type ThreadMessage } from "../harness/slack-workspace.ts";

let workspace: SlackWorkspace;
let shop: Awaited<ReturnType<typeof aRepository>>;
/** At Slack: who may only read. */
const readers = new Set<string>();

beforeAll(async () => {
	workspace = await createSlackWorkspace({
		showJobs: true,
		access: {
			...openAccess,
			permissionOf: async ({ personId }) => (readers.has(personId) ? "read" : "write"),
		},
	});
	shop = await aRepository(workspace.database, "web-shop");
	await workspace.slack.start();
});
afterAll(() => workspace[Symbol.asyncDispose]());

async function messagesOf(at: { channelId: string; threadTs: string }): Promise<ThreadMessage[]> {
	// By the page: a person's own calls have their limits too.
	const query = new URLSearchParams({ channel: at.channelId, thread: at.threadTs });
	const seen = (await workspace.readPage("mia", `messages?${query}`)) as { messages: ThreadMessage[] };
	return seen.messages.filter(({ user }) => user === workspace.playground.connection.botUserId);
}
const says = (at: { channelId: string; threadTs: string }, words: string) =>
	eventually(async () => {
		const messages = await messagesOf(at);
		const found = messages.find((message) => JSON.stringify(message).includes(words));
		if (!found) throw new Error(`not said: ${words}, but ${JSON.stringify(messages)}`);
		return found;
	});
async function personOf(name: string): Promise<string> {
	const { person_id } = await workspace.database.db
		.selectFrom("identities")
		.select("person_id")
		.where("external_id", "=", workspace.userId(name))
		.executeTakeFirstOrThrow();
	return person_id;
}

/** A session of Mia's that has spent a dollar of its cap of 50 cents, and is about to go on. */
async function aPausedSession(scope: BudgetScope) {
	const at = await workspace.say("mia", "shop", "@bobbin fix the cart total");
	const thread = {
		teamId: workspace.playground.connection.teamId,
		channelId: at.channelId,
		threadTs: at.threadTs,
	};
	const { sessionId } = await eventually(async () => {
		const found = await workspace.sessions.findByThread(thread);
		if (!found) throw new Error("no session yet");
		return found;
	});
	const routing = { how: "named" as const, reason: "you named it", confidence: null };
	await workspace.sessions.chooseRepository({ sessionId, personId: null, repositoryId: shop.id, routing });
	const { prompts } = await workspace.sessions.view(sessionId);
	const promptId = prompts[0]?.id ?? "";
	const tokens = { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0 };
	const call = { id: randomUUID(), sessionId, promptId, model: "claude", ...tokens, costUsd: 1 };
	const { db } = workspace.database;
	await insertModelCall(db, { ...call, startedAt: new Date(), firstTokenMs: 1, durationMs: 1 });
	const { teamId, channelId } = thread;
	const subjects: Record<BudgetScope, string> = {
		prompt: promptId,
		session: sessionId,
		person: await personOf("mia"),
		channel: `${teamId}:${channelId}`,
		workspace: teamId,
	};
	await workspace.budget.setCap({ scope, subject: subjects[scope], cap: 0.5, personId: null });
	const claimed = await claimPrompt(
		{
			...{ db, enqueue: workspace.enqueue, instanceId: randomUUID(), now: Date.now, newId: randomUUID },
			checkBudget: workspace.budget.check,
		},
		sessionId,
	);
	expect(claimed).toBeNull();
	return { at, sessionId };
}

async function click(name: string, at: { channelId: string }, message: ThreadMessage, actionId: string) {
	const blocks = (message.blocks ?? []) as {
		type: string;
		block_id?: string;
		elements?: { action_id?: string; value?: string }[];
	}[];
	const block = blocks.find(({ type }) => type === "actions");
	const button = block?.elements?.find(({ action_id }) => action_id === actionId);
	await workspace.onPage(name, "action", {
		channel: at.channelId,
		message_ts: message.ts,
		block_id: block?.block_id ?? "",
		action: { action_id: actionId, value: button?.value },
	});
}
async function whispered(name: string, at: { channelId: string; threadTs: string }, words: string) {
	const query = new URLSearchParams({ channel: at.channelId, thread: at.threadTs });
	await eventually(async () => {
		const seen = JSON.stringify(await workspace.readPage(name, `messages?${query}`));
		if (!seen.includes(words)) throw new Error(`not whispered: ${words}, but ${seen}`);
	});
}

test("one message asks, who may not is told privately, and who continues it folds it to a line", async () => {
	const { at, sessionId } = await aPausedSession("session");
	const question = await says(at, "Paused: the budget for this session is used up");
	expect(JSON.stringify(question)).toContain("$1 of $0.50 is spent");
	expect(JSON.stringify(question)).toContain("Continue +$1");
	await workspace.sessions.rememberPerson({
		...{ provider: "slack", tenant: workspace.playground.connection.teamId, kind: "member" },
		...{ externalId: workspace.userId("noah"), name: "Noah", email: null },
	});
	readers.add(await personOf("noah"));
	await click("noah", at, question, "continue_budget");
	await whispered("noah", at, "Only who may write to the repository can decide");
	expect((await workspace.sessions.view(sessionId)).prompts[0]?.held).toBe("budget");

	await Promise.all(["mia", "mia"].map((name) => click(name, at, question, "continue_budget")));
	await says(at, "continued by Mia Berg, +$1");
	const { prompts, budgetStops } = await workspace.sessions.view(sessionId);
	expect(prompts[0]?.held).toBeNull();
	expect(budgetStops?.map(({ decision }) => decision?.raisedUsd)).toEqual([1]);
	expect(
		(await messagesOf(at)).filter((message) => JSON.stringify(message).includes("Paused at")),
	).toHaveLength(1);
});

test("Stop ends it, and the question says so", async () => {
	const { at, sessionId } = await aPausedSession("prompt");
	const question = await says(at, "Paused: the budget for this request is used up");
	await click("mia", at, question, "stop_session");
	await says(at, "Paused at $0.50 for this request · ⏹ stopped by Mia Berg");
	expect((await workspace.sessions.view(sessionId)).prompts[0]).toMatchObject({
		status: "cancelled",
		held: null,
	});
});

test("a month's budget of a workspace is an admin's to raise", async () => {
	const { at, sessionId } = await aPausedSession("workspace");
	const question = await says(at, "Paused: the budget for this workspace this month is used up");
	expect(JSON.stringify(question)).toContain("An admin of this workspace can let it go on.");
	await click("noah", at, question, "continue_budget");
	await whispered("noah", at, "Only an admin of this workspace can decide");
	await click("mia", at, question, "continue_budget");
	// Three sessions have spent a dollar each.
	await says(at, "continued by Mia Berg, +$3");
	expect((await workspace.sessions.view(sessionId)).prompts[0]?.held).toBeNull();
});

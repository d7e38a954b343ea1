import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { saveWorkspaceRules } from "../../src/people/workspace-store.ts";
import { insertQuestion } from "../../src/sessions/questions/question-store.ts";
import { claimPrompt } from "../../src/sessions/queue/claim-prompt.ts";
import { insertModelCall } from "../../src/sessions/turn/model-call-store.ts";
import type { Accounts } from "../../src/slack/accounts.ts";
import { eventually } from "../harness/eventually.ts";
import { createHomePage } from "../harness/home-page.ts";
import { openAccess } from "../harness/open-access.ts";
import { aRepository } from "../harness/sessions.ts";
import { createSlackWorkspace, type SlackWorkspace } from "../harness/slack-workspace.ts";

let links = 0;
const accounts: Accounts = {
	stateOf: async () => ({ state: "never", login: null }),
	slackUserOf: async () => null,
	invite: async () => ({ url: `https://bobbin.example/github/connect?state=${++links}` }),
	unlink: async () => ({ outcome: "not_linked" }),
};
/** Who may only read. */
const readers = new Set<string>();

let workspace: SlackWorkspace;
let shop: Awaited<ReturnType<typeof aRepository>>;
let docs: Awaited<ReturnType<typeof aRepository>>;
beforeAll(async () => {
	workspace = await createSlackWorkspace({
		showJobs: true,
		accounts,
		access: {
			...openAccess,
			permissionOf: async ({ personId }) => (readers.has(personId) ? "read" : "write"),
			allowed: async (question) =>
				readers.has(question.personId) && question.need === "write"
					? new Set()
					: openAccess.allowed(question),
		},
	});
	shop = await aRepository(workspace.database, "web-shop");
	docs = await aRepository(workspace.database, "docs");
	await workspace.slack.start();
	await mayAskWithoutAccount(true);
});
afterAll(() => workspace[Symbol.asyncDispose]());

const mayAskWithoutAccount = (may: boolean) => {
	const { teamId } = workspace.playground.connection;
	return saveWorkspaceRules(workspace.database.db, teamId, { unlinked: may ? "app" : "hold" }, new Date());
};

/** A prompt of somebody's in a thread of its own. */
async function aSession(name: string, text: string) {
	const at = await workspace.say(name, "shop", `@bobbin ${text}`);
	const thread = { teamId: workspace.playground.connection.teamId, ...at };
	const { sessionId } = await eventually(async () => {
		const found = await workspace.sessions.findByThread(thread);
		if (!found) throw new Error("no session yet");
		return found;
	});
	const prompt = (await workspace.sessions.view(sessionId)).prompts[0];
	return { sessionId, promptId: prompt?.id ?? "", personId: prompt?.author?.personId ?? "" };
}

async function inShop(sessionId: string): Promise<void> {
	const routing = { how: "named" as const, reason: "you named it", confidence: null };
	await workspace.sessions.chooseRepository({ sessionId, personId: null, repositoryId: shop.id, routing });
}

const claim = (sessionId: string) =>
	claimPrompt(
		{
			...{ db: workspace.database.db, enqueue: workspace.enqueue, instanceId: randomUUID() },
			...{ now: Date.now, newId: randomUUID, checkBudget: workspace.budget.check },
		},
		sessionId,
	);

async function aPausedSession(name: string) {
	const made = await aSession(name, "fix the cart total");
	const { sessionId, promptId } = made;
	await inShop(sessionId);
	const tokens = { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0 };
	const call = { id: randomUUID(), sessionId, promptId, model: "claude", ...tokens, costUsd: 1 };
	await insertModelCall(workspace.database.db, {
		...call,
		...{ startedAt: new Date(), firstTokenMs: 1, durationMs: 1 },
	});
	await workspace.budget.setCap({ scope: "session", subject: sessionId, cap: 0.5, personId: null });
	await claim(sessionId);
	await workspace.slack.showThread(sessionId);
	return made;
}

async function anAskingTurn(name: string, multiple = false) {
	const made = await aSession(name, "round the total");
	await inShop(made.sessionId);
	await claim(made.sessionId);
	await insertQuestion(workspace.database.db, {
		...{ id: randomUUID(), sessionId: made.sessionId, at: new Date() },
		question: {
			...{ promptId: made.promptId, questionId: `que_${randomUUID()}`, multiple },
			text: "Cents or <!channel> euros?",
			options: [
				{ label: "Cents", description: "As *today*" },
				{ label: "Euros & more", description: "" },
			],
		},
	});
	await workspace.slack.showThread(made.sessionId);
	return made;
}

async function mySessions(name: string) {
	const page = createHomePage(workspace, name);
	await page.open();
	await page.press("home_tab_sessions");
	return page;
}

async function directly(name: string): Promise<string> {
	const human = workspace.human(name);
	const { channel } = await human.conversations.open({ users: workspace.playground.connection.botUserId });
	const { messages } = await human.conversations.history({ channel: channel?.id ?? "" });
	return JSON.stringify(messages);
}

const answersOf = async (sessionId: string) =>
	(await workspace.sessions.view(sessionId)).questions.map(({ answer }) => answer?.chosen ?? null);

test("a question is answered there by its buttons, and the home moves on by itself", async () => {
	const { sessionId } = await anAskingTurn("mia");
	const page = await mySessions("mia");
	const text = page.textOf(await page.until("Waiting for you (1)"));
	expect(text).toContain("Cents or &lt;!channel&gt; euros?");
	expect(text).toContain("• *Cents*: As ");
	await page.press("answer_question_1", "Euros & more");
	await page.until("Running (1)");
	expect(await answersOf(sessionId)).toEqual([["Euros & more"]]);
	await page.press("stop_session");
});

test("a question is answered in one's own words by the form of the thread; too late is told privately", async () => {
	const { sessionId, personId } = await anAskingTurn("omar", true);
	const page = await mySessions("omar");
	await page.press("answer_otherwise", "Choose…");
	const form = await eventually(async () => {
		const { modals } = (await workspace.readPage("omar", "views")) as {
			modals: { id: string; callback_id: string }[];
		};
		const top = modals.at(-1);
		if (top?.callback_id !== "answer_question") throw new Error("no form yet");
		return top;
	});
	await workspace.sessions.answerQuestion({
		...{ sessionId, questionId: null, personId, chosen: ["Cents"], idempotencyKey: randomUUID() },
	});
	await workspace.onPage("omar", "view-submit", {
		view_id: form.id,
		state: { own_words: { own_words: { type: "plain_text_input", value: "neither" } } },
	});
	await eventually(async () => expect(await directly("omar")).toContain("answered already"));
	expect(await answersOf(sessionId)).toEqual([["Cents"]]);
	await page.until("Running (1)");
});

test("a paused session goes on, or is stopped", async () => {
	const { sessionId } = await aPausedSession("priya");
	const page = await mySessions("priya");
	await page.until("*Paused: the budget for this session is used up.* $1 of $0.50 is spent.");
	await page.press("continue_budget", "Continue +$1");
	await page.until("Running (1)");
	expect((await workspace.sessions.view(sessionId)).budgetStops?.[0]?.decision).toMatchObject({
		raisedUsd: 1,
	});
	await page.press("stop_session");
	await page.until("Nothing of yours runs");
	const second = await aPausedSession("priya");
	await page.until("Waiting for you (1)");
	await page.press("stop_session");
	await eventually(async () => {
		const { prompts } = await workspace.sessions.view(second.sessionId);
		expect(prompts[0]?.status).toBe("cancelled");
	});
});

test("who may not let it go on reads who may, and has no button", async () => {
	const { personId } = await aPausedSession("noah");
	readers.add(personId);
	const page = await mySessions("noah");
	const view = await page.until("Only who may write to the repository can decide what this may cost.");
	expect(JSON.stringify(view)).not.toContain("continue_budget");
	expect(JSON.stringify(view)).toContain("stop_session");
});

test("which repository is meant is chosen there, from guesses or from all that they may use", async () => {
	const first = await aSession("zoe", "fix the broken links");
	const candidates = [{ repositoryId: docs.id, repository: "acme/docs" }];
	const ask = { reason: "Two would fit.", candidates };
	await workspace.sessions.askRepository({ sessionId: first.sessionId, ...ask });
	const page = await mySessions("zoe");
	expect(page.textOf(await page.until("Which repository do you mean?"))).toContain("Two would fit.");
	await page.press("pick_repository_quick_0", "acme/docs");
	await page.until("Running (1)");
	expect((await workspace.sessions.view(first.sessionId)).repository?.id).toBe(docs.id);

	const second = await aSession("zoe", "fix the total");
	await workspace.sessions.askRepository({ sessionId: second.sessionId, ...ask });
	await workspace.slack.showThread(second.sessionId);
	const view = await page.until("Waiting for you (1)");
	const place = { view_id: view.id, block_id: `${second.sessionId} pick` };
	const { options } = (await workspace.onPage("zoe", "suggestions", {
		...{ ...place, action_id: "pick_repository", value: "shop" },
	})) as { options: { value: string }[] };
	expect(options.map(({ value }) => value)).toContain(shop.id);
	await page.choose("pick_repository", shop.id);
	await page.until("Running (2)");
});

test("nobody waits for an account any more once an admin says that nobody needs one", async () => {
	await mayAskWithoutAccount(false);
	const { sessionId } = await aSession("noah", "fix the header");
	expect((await workspace.sessions.view(sessionId)).prompts[0]?.held).toBe("link");
	const page = createHomePage(workspace, "mia");
	await page.open();
	await page.press("home_tab_settings");
	await page.until("who may ask me in this workspace");
	await page.tick("choose_workspace_rules", ["unlinked"]);
	await eventually(async () => {
		expect((await workspace.sessions.view(sessionId)).prompts[0]?.held).toBeNull();
	});
});

test("what waits for an account has the way to it, a fresh one after each click", async () => {
	await mayAskWithoutAccount(false);
	await aSession("mia", "fix the footer");
	await mayAskWithoutAccount(true);
	const page = await mySessions("mia");
	const before = await page.until("Connect your GitHub account and I go on.");
	const stateOf = (view: object) => /connect\?state=(\d+)/.exec(JSON.stringify(view))?.[1];
	await page.press("connect_github", "Connect GitHub");
	await eventually(async () => {
		const after = stateOf((await page.read()) ?? {});
		expect(Number(after)).toBeGreaterThan(Number(stateOf(before)));
	});
});

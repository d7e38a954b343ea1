import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createBrowser } from "../../src/playground/browser.ts";
import type { AgentSession, SuggestedPrompts } from "../../src/playground/slack/model.ts";
import { eventually } from "../harness/eventually.ts";
import { aRepository } from "../harness/sessions.ts";
import { createSlackTalk, type Place, type SlackTalk } from "../harness/slack-talk.ts";
import { noForesight } from "../harness/slack-workspace.ts";

let talk: SlackTalk;
let shop: { id: string };
const told: [string, object][] = [];
/** Repositories that nobody may read. */
const closed = new Set<string>();
let repositoryOfNext: string | null = null;

beforeAll(async () => {
	talk = await createSlackTalk({
		judged: false,
		repositoryId: async () => repositoryOfNext,
		foresight: {
			...noForesight,
			looked: (look) => told.push(["looked", look]),
			picked: (choice) => told.push(["picked", choice]),
		},
		home: {
			allowed: async ({ repositoryIds }) => new Set(repositoryIds.filter((id) => !closed.has(id))),
			pictureUrlOf: null,
			corrections: { list: async () => [], removeCorrection: async () => {} } as never,
		},
	});
	await talk.slack.start();
	shop = await aRepository(talk.database, "web-shop");
	repositoryOfNext = shop.id;
});
afterAll(() => talk[Symbol.asyncDispose]());

type State = {
	suggested: SuggestedPrompts[];
	app: { bot_user_id: string };
	refused: number;
};
const stateOf = async (name: string) => (await talk.readPage(name, "state")) as State;

const untilSign = (at: Place, sign: Partial<AgentSession>) =>
	eventually(async () => expect(await talk.sign(at)).toMatchObject(sign));
const callsOf = (method: string) => talk.proxy.calls.filter((one) => one === method).length;

describe("where a workspace has agent sessions", () => {
	test("a thread's says what the session does, and is called as it is", async () => {
		talk.held.turns = true;
		const at = await talk.say("mia", "shop", "@bobbin fix the cart");
		await untilSign(at, { status: "processing", title: "fix the cart" });
		talk.release();
		await untilSign(at, { status: "active", title: "fix the cart" });
		expect(callsOf("agents.sessions.rename")).toBe(0);
	});

	test("it waits for a person while a repository is asked for", async () => {
		talk.held.turns = true;
		const at = await talk.say("noah", "docs", "@bobbin first");
		await untilSign(at, { status: "processing" });
		const { id } = await talk.session(at);
		await talk.database.db.updateTable("sessions").set({ status: "asking" }).where("id", "=", id).execute();
		await talk.slack.showThread(id);
		await untilSign(at, { status: "suspended" });
		await talk.database.db.updateTable("sessions").set({ status: "ready" }).where("id", "=", id).execute();
		talk.release();
		await untilSign(at, { status: "active" });
	});

	test("it is closed with the session", async () => {
		const at = await talk.say("zoe", "docs", "@bobbin one thing");
		await untilSign(at, { status: "active" });
		const { id } = await talk.session(at);
		await talk.database.db.updateTable("sessions").set({ status: "ended" }).where("id", "=", id).execute();
		await talk.slack.showThread(id);
		await untilSign(at, { status: "closed" });
	});

	test("a title that somebody gives it at Slack is the session's, and Slack is not told its own news", async () => {
		const at = await talk.say("mia", "engineering", "@bobbin rename me");
		await untilSign(at, { status: "active" });
		await talk.onPage("noah", "rename-session", {
			channel: at.channelId,
			thread_ts: at.threadTs,
			title: "A <!channel> better\nname",
		});
		await eventually(async () => expect((await talk.session(at)).title).toBe("A <!channel> better"));
		const { id } = await talk.session(at);
		const events = await talk.sessions.readEvents({ sessionId: id, afterSeq: 0 });
		expect(events.filter(({ type }) => type === "session.renamed")).toMatchObject([
			{ data: { title: "A <!channel> better" } },
		]);
		await talk.settled();
		await talk.slack.showThread(id);
		expect(callsOf("agents.sessions.rename")).toBe(0);
	});

	test("a session that gets another title elsewhere gets it at Slack", async () => {
		const at = await talk.say("mia", "general", "@bobbin the first name");
		await untilSign(at, { status: "active", title: "the first name" });
		const { id } = await talk.session(at);
		await talk.sessions.renameSession({ sessionId: id, personId: null, title: "The second name" });
		await untilSign(at, { title: "The second name" });
	});
});

describe("the conversation with the app", () => {
	/** The number of the newest that Slack told. */
	async function newest(): Promise<number> {
		await talk.settled();
		const rows = await talk.database.db.selectFrom("inbox").select("id").execute();
		return Math.max(0, ...rows.map(({ id }) => Number(id)));
	}

	async function suggestedTo(name: string) {
		const before = await newest();
		const { channel } = (await talk.onPage(name, "home-open", { tab: "messages" })) as { channel: string };
		await eventually(async () => expect(await newest()).toBeGreaterThan(before));
		// It may have come between the last look at what is open and the look at its number.
		await talk.settled();
		const { suggested } = await stateOf(name);
		return suggested.find(({ channel_id }) => channel_id === channel)?.prompts ?? null;
	}

	test("offers what its person did, and nothing of what they may not read", async () => {
		const secret = await aRepository(talk.database, "secret-plans");
		repositoryOfNext = secret.id;
		const hidden = await talk.say("zoe", "general", "@bobbin the hidden thing");
		await untilSign(hidden, { status: "active" });
		repositoryOfNext = shop.id;
		closed.add(secret.id);
		const at = await talk.say("zoe", "shop", "@bobbin the open thing");
		await untilSign(at, { status: "active" });
		const prompts = (await suggestedTo("zoe")) ?? [];
		expect(prompts.length).toBeGreaterThan(1);
		expect(prompts.length).toBeLessThanOrEqual(4);
		expect(prompts[0]?.title).toBe("Continue: the open thing");
		expect(prompts[0]?.message).toContain(`/archives/${at.channelId}/p${at.threadTs.replace(".", "")}`);
		expect(JSON.stringify(prompts)).not.toMatch(/secret|hidden/);
	});

	test("is asked about once a minute", async () => {
		const before = callsOf("assistant.threads.setSuggestedPrompts");
		await suggestedTo("zoe");
		expect(callsOf("assistant.threads.setSuggestedPrompts")).toBe(before);
	});

	test("keeps the manifest's suggestions for a guest, who may ask for nothing", async () => {
		expect(await suggestedTo("finn")).toBeNull();
	});
});

describe("what somebody looks at with the app beside it", () => {
	test("is told once in a while, silently", async () => {
		told.length = 0;
		const channel = talk.channelId("docs");
		await talk.onPage("omar", "look", { channel });
		await talk.onPage("omar", "look", { channel: talk.channelId("shop") });
		await eventually(() => expect(told).toHaveLength(1));
		expect(told[0]).toEqual(["looked", expect.objectContaining({ channelId: channel })]);
	});

	test("is the session's repository where it is a session's thread", async () => {
		const at = await talk.say("priya", "shop", "@bobbin look here");
		await untilSign(at, { status: "active" });
		told.length = 0;
		await talk.onPage("priya", "look", { channel: at.channelId, ts: at.threadTs });
		await eventually(() =>
			expect(told).toEqual([["picked", expect.objectContaining({ repositoryId: shop.id })]]),
		);
	});
});

describe("where a workspace has none of it", () => {
	test("work goes on, an assistant's line says so, and Slack is asked once", async () => {
		const browser = createBrowser();
		await browser.open(`${talk.origin}/slack/install`);
		const atSlack = (await browser.open(`${talk.origin}/slack/install/go`)).next();
		const form = { answer: "allow", choice: "U0YUKI0000 workspace" };
		await browser.open((await browser.open(atSlack, { form })).next());
		const { channels = [] } = await talk.human("yuki").conversations.list({ types: "public_channel" });
		const channel = channels.find((one) => one.is_general && !one.is_ext_shared)?.id ?? "";
		const users = (await stateOf("yuki")).app.bot_user_id;
		await talk.human("yuki").conversations.invite({ channel, users });

		const before = callsOf("agents.sessions.setStatus");
		talk.held.turns = true;
		for (const text of ["one", "two"]) {
			const posted = await talk.human("yuki").chat.postMessage({ channel, text: `@bobbin ${text}` });
			const at = { channelId: channel, threadTs: posted.ts ?? "" };
			await eventually(async () => expect(await talk.sign(at, "yuki")).toBeDefined());
		}
		talk.release();
		await eventually(async () => {
			const done = await talk.database.db
				.selectFrom("prompts")
				.innerJoin("threads", "threads.session_id", "prompts.session_id")
				.select("prompts.status")
				.where("threads.team_id", "=", "T0GLOBEX01")
				.execute();
			expect(done.map(({ status }) => status)).toEqual(["done", "done"]);
		});
		expect(callsOf("agents.sessions.setStatus")).toBe(before + 1);
		expect(callsOf("assistant.threads.setStatus")).toBeGreaterThan(1);

		const answered = () =>
			talk.proxy.answers.filter(({ method }) => method === "assistant.threads.setSuggestedPrompts").length;
		const answeredBefore = answered();
		await talk.onPage("yuki", "home-open", { tab: "messages" });
		await eventually(() => expect(answered()).toBe(answeredBefore + 1));
		expect((await stateOf("yuki")).suggested).toEqual([]);
	});
});

// The last one here: each instance finds out for itself what a workspace has.
test("another instance knows what Slack shows", async () => {
	talk.held.turns = true;
	const at = await talk.say("priya", "engineering", "@bobbin two of us");
	await untilSign(at, { status: "processing" });
	talk.startInstance();
	talk.release();
	const { id } = await talk.session(at);
	await eventually(async () => {
		const row = await talk.database.db
			.selectFrom("slack_agent_sessions")
			.select("status")
			.where("session_id", "=", id)
			.executeTakeFirst();
		expect(row?.status).toBe("active");
	});
	await untilSign(at, { status: "active" });
});

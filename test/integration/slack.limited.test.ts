import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { saveWorkspaceRules } from "../../src/people/workspace-store.ts";
import { createBrowser } from "../../src/playground/browser.ts";
import type { AgentSession, SuggestedPrompts } from "../../src/playground/slack/model.ts";
import { METHODS } from "../../src/slack/install/uses.ts";
import { eventually } from "../harness/eventually.ts";
import { createHomePage } from "../harness/home-page.ts";
import { aRepository } from "../harness/sessions.ts";
import { slackPerson } from "../harness/slack-person.ts";
import { createSlackTalk, type Place, type SlackTalk } from "../harness/slack-talk.ts";

const ACME = "T0ACME0001";
const INITECH = "T0INITECH1";
const PAGE_LONG = `# What I found\n\n${`${"A line about the cart & its total. ".repeat(8)}\n\n`.repeat(40)}The very end.`;

let talk: SlackTalk;
let repositoryId: string | null = null;
beforeAll(async () => {
	talk = await createSlackTalk({
		judged: false,
		repositoryId: async () => repositoryId,
		home: {
			allowed: async ({ repositoryIds }) => new Set(repositoryIds),
			pictureUrlOf: null,
			corrections: {
				listCorrections: async () => [],
				removeCorrection: async () => ({ outcome: "removed" }),
			},
		},
	});
	await talk.slack.start();
	repositoryId = (await aRepository(talk.database, "web-shop")).id;
	await saveWorkspaceRules(talk.database.db, ACME, { allowSharedChannels: true }, new Date());
});
afterAll(() => talk[Symbol.asyncDispose]());
beforeEach(() => {
	talk.held.turns = false;
});

/** The next call of a method is told to come back in a second. */
const limit = (method: string) => talk.proxy.next(method, "limit_briefly");
/** The same for the next bytes that are brought to Slack's file host (`upload`), or fetched from there (`files`). */
const limitHost = (what: "upload" | "files") =>
	talk.onPage("mia", "faults", { next: [{ method: what, status: 429, retryAfterS: 1 }] });
const until = <T>(look: () => Promise<T>): Promise<T> => eventually(look);

const ask = (name: string, channel: string, text: string, threadTs?: string) =>
	talk.say(name, channel, `@bobbin ${text}`, threadTs);

/** The thread ends as if nothing had been: one answer, one status, one sign. */
async function endsWell(at: Place, text: string): Promise<void> {
	await until(async () => expect(await talk.reactionsOn(at, at.ts)).toEqual(["white_check_mark"]));
	const said = (await talk.ofBot(at)).map((message) => message.text);
	expect(said.map((line) => line.replace(/ Done.*/s, " Done")).sort()).toEqual([`Did: ${text}`, "✅ Done"]);
	expect(await talk.prompts(at)).toEqual([[text, "done"]]);
}

async function atWork(name: string, channel: string, text: string): Promise<Place> {
	talk.held.turns = true;
	const at = await ask(name, channel, text);
	await until(async () => expect(JSON.stringify(await talk.ofBot(at))).toMatch(/Working/));
	return at;
}

/** What Slack itself shows of a thread's session. */
const signed = (name: string, at: { channelId: string; threadTs: string }, sign: Partial<AgentSession>) =>
	until(async () => expect(await talk.sign(at, name)).toMatchObject(sign));

/** As the job runner does it. */
async function untilShown(show: () => Promise<{ outcome: string; retryAfterMs?: number }>): Promise<number> {
	for (let tries = 1; ; tries++) {
		const { outcome, retryAfterMs = 0 } = await show();
		if (outcome === "shown") return tries;
		await delay(retryAfterMs);
	}
}

async function install(who: string, kind: "workspace" | "organisation"): Promise<string> {
	const browser = createBrowser();
	await browser.open(`${talk.origin}/slack/install`);
	const atSlack = (await browser.open(`${talk.origin}/slack/install/go`)).next();
	const form = { answer: "allow", choice: `U0${who.toUpperCase().padEnd(8, "0")} ${kind}` };
	return (await browser.open((await browser.open(atSlack, { form })).next())).html;
}

/** Somebody of another workspace, with the app's bot there. */
async function elsewhere(who: string) {
	const human = talk.human(who);
	const { app } = (await talk.readPage(who, "state")) as { app: { bot_user_id: string } };
	const { channels = [] } = await human.conversations.list({ types: "public_channel" });
	const channel = channels.find((one) => one.is_general && !one.is_ext_shared)?.id ?? "";
	await human.conversations.invite({ channel, users: app.bot_user_id }).catch(() => {});
	return {
		channel,
		bot: app.bot_user_id,
		async ask(text: string, at = channel) {
			const mention = at.startsWith("D") ? "" : "@bobbin ";
			const posted = await human.chat.postMessage({ channel: at, text: `${mention}${text}` });
			return { channelId: at, threadTs: posted.ts ?? "", ts: posted.ts ?? "" };
		},
	};
}

async function contextOf(text: string) {
	return until(async () => {
		const { context, context_pending } = await talk.database.db
			.selectFrom("prompts")
			.select(["context", "context_pending"])
			.where("text", "like", `${text}%`)
			.executeTakeFirstOrThrow();
		expect(context_pending).toBe(false);
		return context;
	});
}

/** A long answer comes as its beginning and one file with all of it. */
async function longAnswer(spoil: () => unknown): Promise<void> {
	const script = talk.agent.state.script;
	talk.agent.state.script = async () => ({ outcome: "done", answer: PAGE_LONG });
	await spoil();
	const at = await ask("noah", "engineering", `explain ${randomUUID()}`);
	await until(async () => expect(await talk.reactionsOn(at, at.ts)).toEqual(["white_check_mark"]));
	talk.agent.state.script = script;
	const said = await talk.ofBot(at);
	expect(said).toHaveLength(3);
	const [file] = said.flatMap(({ files }) => files ?? []);
	const read = await fetch(file?.url_private ?? "", { headers: { authorization: "Bearer xoxp-noah" } });
	expect(await read.text()).toBe(PAGE_LONG);
}

/** A file of which the message says its id only, as in shared channels, reaches the agent. */
async function fileComes(name: string, spoil: () => unknown): Promise<void> {
	const mia = talk.human("mia").files;
	const content = "the total is off by one";
	const length = content.length;
	const { upload_url: url = "", file_id: id = "" } = await mia.getUploadURLExternal({
		filename: name,
		length,
	});
	await fetch(url, { method: "POST", body: content });
	await spoil();
	await mia.completeUploadExternal({
		files: [{ id }],
		channel_id: talk.channelId("partners"),
		initial_comment: `<@${talk.playground.connection.botUserId}> read ${name}`,
	});
	await until(async () => {
		const sent = talk.agent.sent.find(({ prompt }) => prompt.text === `read ${name}`)?.prompt;
		expect(talk.readSandboxFile(sent?.files[0]?.path ?? "")).toBe(content);
	});
}

/** How each method is met at the worst moment, and what people see in the end. */
const CASES: Record<string, () => Promise<void>> = {
	async "users.info"() {
		// Somebody who was not met before.
		limit("users.info");
		const home = createHomePage(talk, "omar");
		await home.open();
		await home.until("Prompting now");
	},
	async "chat.postMessage"() {
		limit("chat.postMessage");
		await endsWell(await ask("noah", "shop", "post it"), "post it");
	},
	async "chat.update"() {
		const at = await atWork("zoe", "docs", "edit it");
		limit("chat.update");
		talk.release();
		await endsWell(at, "edit it");
	},
	async "reactions.add"() {
		limit("reactions.add");
		await endsWell(await ask("mia", "general", "sign it"), "sign it");
	},
	async "reactions.remove"() {
		limit("reactions.remove");
		await endsWell(await ask("noah", "random", "sign it anew"), "sign it anew");
	},
	async "agents.sessions.setStatus"() {
		const at = await atWork("zoe", "shop", "say that you work");
		limit("agents.sessions.setStatus");
		talk.release();
		await signed("zoe", at, { status: "active" });
		await endsWell(at, "say that you work");
	},
	async "agents.sessions.rename"() {
		const at = await ask("mia", "docs", "the first name");
		await signed("mia", at, { status: "active" });
		const { id } = await talk.session(at);
		limit("agents.sessions.rename");
		await talk.sessions.renameSession({ sessionId: id, personId: null, title: "The second name" });
		await signed("mia", at, { title: "The second name" });
	},
	async "oauth.v2.access"() {
		limit("oauth.v2.access");
		expect(await install("yuki", "workspace")).toMatch(/Slack does not answer.*Wait a minute/s);
		expect(await install("yuki", "workspace")).toContain("Bobbin is in Globex");
	},
	async "assistant.threads.setStatus"() {
		const yuki = await elsewhere("yuki");
		talk.held.turns = true;
		limit("assistant.threads.setStatus");
		const at = await yuki.ask("a line of its own");
		await signed("yuki", at, { status: "is working on it…" });
		talk.release();
		await signed("yuki", at, { status: "" });
	},
	async "assistant.threads.setTitle"() {
		const yuki = await elsewhere("yuki");
		const { channel } = await talk.human("yuki").conversations.open({ users: yuki.bot });
		limit("assistant.threads.setTitle");
		const at = await yuki.ask("a title of its own", channel?.id);
		await signed("yuki", at, { title: "a title of its own" });
	},
	async "assistant.threads.setSuggestedPrompts"() {
		const at = await ask("priya", "shop", "what I did");
		await endsWell(at, "what I did");
		limit("assistant.threads.setSuggestedPrompts");
		const open = () => talk.onPage("priya", "home-open", { tab: "messages" }) as Promise<{ channel: string }>;
		const { channel } = await open();
		await until(async () => expect(talk.proxy.left("assistant.threads.setSuggestedPrompts")).toBe(0));
		await until(async () => {
			await open();
			const { suggested } = (await talk.readPage("priya", "state")) as { suggested: SuggestedPrompts[] };
			const ours = suggested.find(({ channel_id }) => channel_id === channel);
			expect(JSON.stringify(ours)).toContain("Continue: what I did");
		});
	},
	async "auth.teams.list"() {
		limit("auth.teams.list");
		expect(await install("lars", "organisation")).toContain("Bobbin is in");
		const lars = await elsewhere("lars");
		const at = await lars.ask("work for the organisation");
		await until(async () =>
			expect(
				await talk.sessions.findByThread({ teamId: INITECH, channelId: at.channelId, threadTs: at.threadTs }),
			).not.toBeNull(),
		);
	},
	async "chat.postEphemeral"() {
		const at = await ask("noah", "docs", "whisper to me");
		await endsWell(at, "whisper to me");
		limit("chat.postEphemeral");
		await talk.say("noah", "docs", "status", at.threadTs);
		await slackPerson(talk, "noah").untilWhisper(at, /whisper to me/);
		await talk.settled();
		expect(await slackPerson(talk, "noah").whispers(at)).toHaveLength(1);
	},
	async "conversations.history"() {
		const channelId = talk.channelId("general");
		const line = { teamId: ACME, channelId, text: "The image is broken", quote: null, sinceMs: Date.now() };
		limit("conversations.history");
		const tell = () => talk.slack.tellChannel({ ...line, deliveryId: "a line for all" });
		expect(await untilShown(tell)).toBe(2);
		expect(await untilShown(tell)).toBe(1);
		const { messages = [] } = await talk.human("mia").conversations.history({ channel: channelId });
		expect(messages.filter(({ text }) => text === line.text)).toHaveLength(1);
	},
	async "conversations.info"() {
		// A channel that was not met before.
		limit("conversations.info");
		const at = await ask("mia", "alerts", "look around you");
		await endsWell(at, "look around you");
		expect((await contextOf("look around you")).channelName).toBe("alerts");
	},
	async "conversations.members"() {
		const omar = talk.human("omar");
		const { channels = [] } = await omar.conversations.list({ types: "private_channel" });
		const channel = channels.find(({ name }) => name === "platform-private")?.id ?? "";
		const { ts = "" } = await omar.chat.postMessage({ channel, text: "the vault moves on Friday" });
		const { permalink } = await omar.chat.getPermalink({ channel, message_ts: ts });
		limit("conversations.members");
		await ask("omar", "shop", `read what I link to ${permalink}`);
		const context = await contextOf("read what I link to");
		expect(context.quoted?.map(({ text }) => text)).toEqual(["the vault moves on Friday"]);
	},
	async "conversations.open"() {
		const at = await ask("zoe", "random", "tell me directly");
		await endsWell(at, "tell me directly");
		const { id, prompts } = await talk.session(at);
		const end = {
			sessionId: id,
			promptId: prompts[0]?.id ?? "",
			atMs: prompts[0]?.finishedAt?.getTime() ?? 0,
		};
		limit("conversations.open");
		expect(await untilShown(() => talk.slack.notifyAuthor(end))).toBe(2);
		const channel = await slackPerson(talk, "zoe").directChannel();
		const { messages = [] } = await talk.human("zoe").conversations.history({ channel });
		expect(messages.filter(({ text }) => text?.includes("tell me directly"))).toHaveLength(1);
	},
	async "conversations.replies"() {
		const begun = await talk.say("zoe", "shop", "the total is wrong since Monday");
		limit("conversations.replies");
		const at = await ask("noah", "shop", "read the thread", begun.threadTs);
		await endsWell(at, "read the thread");
		const { thread } = await contextOf("read the thread");
		expect(thread?.map(({ text }) => text)).toEqual(["the total is wrong since Monday"]);
	},
	"files.getUploadURLExternal": () => longAnswer(() => limit("files.getUploadURLExternal")),
	"files.completeUploadExternal": () => longAnswer(() => limit("files.completeUploadExternal")),
	"files.info": () => fileComes("cart.log", () => limit("files.info")),
	async "views.open"() {
		const mia = slackPerson(talk, "mia");
		const channelId = talk.channelId("engineering");
		limit("views.open");
		await mia.command("engineering", "");
		await mia.untilWhisper({ channelId }, /Slack has me wait.*once more in a minute/);
		expect(await mia.modals()).toEqual([]);
		await delay(1_000);
		await mia.command("engineering", "");
		await mia.untilModal(({ callback_id }) => callback_id === "new_session");
	},
	async "views.publish"() {
		const home = createHomePage(talk, "zoe");
		await home.open();
		await home.until("Prompting now");
		limit("views.publish");
		await home.press("home_tab_settings");
		await home.until("The model that works for you");
	},
	async "views.update"() {
		const zoe = slackPerson(talk, "zoe");
		limit("views.update");
		await zoe.command("docs", "settings");
		const opened = await zoe.untilModal(({ title }) => title.text === "Settings");
		expect(JSON.stringify(opened.blocks)).toContain("One moment");
		await zoe.untilModal(({ id, callback_id }) => id === opened.id && callback_id === "settings");
	},
	async "auth.test"() {
		// Another instance, that does not know itself yet.
		talk.startInstance();
		limit("auth.test");
		await endsWell(await ask("noah", "shop", "know yourself"), "know yourself");
	},
};

/** Not methods, but addresses: the bytes of files. */
const HOST: Record<string, () => Promise<void>> = {
	upload: () => longAnswer(() => limitHost("upload")),
	files: () => fileComes("total.log", () => limitHost("files")),
};

/** Those of code channels have theirs where such channels are tested. */
test("every method that we call of Slack has its worst moment here", () => {
	expect(Object.keys(CASES).sort()).toEqual(Object.keys(METHODS).sort());
});

test.each(Object.keys(CASES))("429 at %s: nothing is lost, nothing is there twice", async (method) => {
	await CASES[method]?.();
	expect(talk.proxy.left(method)).toBe(0);
});

test.each(Object.keys(HOST))("429 at the file host, %s: the file comes later, once", (what) =>
	HOST[what]?.(),
);

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { METHODS } from "../../src/slack/install/uses.ts";
import { eventually } from "../harness/eventually.ts";
import { createHomePage } from "../harness/home-page.ts";
import type { Fault } from "../harness/slack-fault-proxy.ts";
import { slackPerson } from "../harness/slack-person.ts";
import { createSlackTalk, type Place, type SlackTalk } from "../harness/slack-talk.ts";

let talk: SlackTalk;
beforeAll(async () => {
	talk = await createSlackTalk({ judged: false });
	await talk.slack.start();
});
afterAll(() => talk[Symbol.asyncDispose]());

const untilPrompts = (at: Place, expected: [string, string][]) =>
	eventually(async () => expect(await talk.prompts(at)).toEqual(expected));
const untilSaid = (at: Place, words: RegExp) =>
	eventually(async () => expect(JSON.stringify(await talk.ofBot(at))).toMatch(words));

async function atWork(channel: string, text = "fix the total"): Promise<Place> {
	talk.held.turns = true;
	const at = await talk.say("mia", channel, `@bobbin ${text}`);
	await untilPrompts(at, [[text, "running"]]);
	await untilSaid(at, /Working/);
	return at;
}

const direct = new Map<string, string>();

async function directLines(name: string): Promise<string[]> {
	const channel = direct.get(name) ?? (await slackPerson(talk, name).directChannel());
	if (channel === "") return [];
	direct.set(name, channel);
	const { messages } = (await talk.readPage(name, `messages?channel=${channel}`)) as {
		messages: { user: string }[];
	};
	return messages
		.filter(({ user }) => user === talk.playground.connection.botUserId)
		.map((message) => JSON.stringify(message));
}

describe("the thread is closed to us in mid-turn", () => {
	test.each([
		["the bot is removed", "docs", /I am not in <#C\w+> any more/] as const,
		["the channel is archived", "random", /<#C\w+> is archived/] as const,
	])("%s: the work goes on, and whoever asked gets the result directly, once", async (what, channel, why) => {
		const text = `fix the ${channel}`;
		const at = await atWork(channel, text);
		talk.proxy.next("conversations.open", "limit_briefly");
		const mia = talk.human("mia").conversations;
		if (what === "the bot is removed")
			await mia.kick({ channel: at.channelId, user: talk.playground.connection.botUserId });
		else await mia.archive({ channel: at.channelId });
		talk.release();
		await untilPrompts(at, [[text, "done"]]);
		const mine = async () => (await directLines("mia")).filter((line) => line.includes(text));
		await eventually(async () => expect(await mine()).toHaveLength(1));
		const [line] = await mine();
		expect(talk.proxy.left("conversations.open")).toBe(0);
		expect(line).toMatch(why);
		expect(line).toContain(`Did: ${text}`);
		const { id } = await talk.session(at);
		for (const _ of [1, 2]) expect(await talk.slack.showThread(id)).toEqual({ outcome: "shown" });
		expect(await mine()).toHaveLength(1);
	});

	test("an answer of Slack's that is lost does not say the result twice", async () => {
		const at = await atWork("engineering", "fix the build");
		const channel = at.channelId;
		await talk.human("mia").conversations.kick({ channel, user: talk.playground.connection.botUserId });
		// The refusal in the thread comes first.
		talk.proxy.whenPostedTo("D", "drop");
		talk.release();
		await untilPrompts(at, [["fix the build", "done"]]);
		const mine = async () => (await directLines("mia")).filter((line) => line.includes("fix the build"));
		await eventually(async () => expect(await mine()).toHaveLength(1));
		const { id } = await talk.session(at);
		await eventually(async () => expect(await talk.slack.showThread(id)).toEqual({ outcome: "shown" }));
		expect(await mine()).toHaveLength(1);
	});
});

test("a status message that somebody deletes is let be, and the end is said in a new one", async () => {
	const at = await atWork("general");
	const status = (await talk.ofBot(at))[0];
	await talk.bot.chat.delete({ channel: at.channelId, ts: status?.ts ?? "" });
	const { id } = await talk.session(at);
	await talk.database.db
		.updateTable("prompts")
		.set({ edited_text: "x" })
		.where("session_id", "=", id)
		.execute();
	expect(await talk.slack.showThread(id)).toEqual({ outcome: "shown" });
	expect(await talk.ofBot(at)).toEqual([]);
	talk.release();
	await untilSaid(at, /✅ Done/);
	expect((await talk.ofBot(at)).map(({ text }) => text.slice(0, 6))).toEqual(["Did: f", "✅ Done"]);
});

test("a home that is opened while Slack does not say whose it is comes later, and is no refusal", async () => {
	const home = createHomePage(talk, "priya");
	talk.proxy.next("users.info", "refuse_connection");
	await home.open();
	await home.until("Prompting now");
	expect(talk.proxy.left("users.info")).toBe(0);
});

test("what waits of somebody whose account is closed is held back and said; what runs goes on", async () => {
	talk.held.turns = true;
	const at = await talk.say("omar", "shop", "@bobbin fix the total");
	await untilPrompts(at, [["fix the total", "running"]]);
	await talk.say("omar", "shop", "then the app", at.threadTs);
	await talk.say("mia", "shop", "then the api", at.threadTs);
	await eventually(async () => expect(await talk.prompts(at)).toHaveLength(3));
	await talk.onPage("mia", "deactivate", { user: talk.userId("omar") });
	await untilSaid(at, /Held back: Omar Haddad/);
	talk.release();
	await untilPrompts(at, [
		["fix the total", "done"],
		["then the app", "queued"],
		["then the api", "done"],
	]);
});

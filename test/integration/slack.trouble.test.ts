import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../harness/eventually.ts";
import { createHomePage } from "../harness/home-page.ts";
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
	return untilWorks(await talk.say("mia", channel, `@bobbin ${text}`), text);
}

async function untilWorks(at: Place, text: string): Promise<Place> {
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
	const kick = (at: Place) => {
		const user = talk.playground.connection.botUserId;
		return talk.human("mia").conversations.kick({ channel: at.channelId, user });
	};
	const closings: [what: string, channel: string, close: (at: Place) => Promise<unknown>, why: RegExp][] = [
		["the bot is removed", "docs", kick, /I am not in <#\w+> any more/],
		["the bot is removed from a private channel", "platform-private", kick, /I am not in <#\w+> any more/],
		[
			"the channel is archived",
			"random",
			(at) => talk.human("mia").conversations.archive({ channel: at.channelId }),
			/<#\w+> is archived/,
		],
		[
			"only admins may write there",
			"alerts",
			() =>
				talk.onPage("mia", "faults", {
					next: [{ method: "chat.postMessage", error: "restricted_action_read_only_channel" }],
				}),
			/I may not write there in <#\w+> any more/,
		],
	];
	test.each(closings)(
		"%s: the work goes on, and whoever asked gets the result directly, once",
		async (_, name, close, why) => {
			const text = `fix the ${name}`;
			const mia = talk.human("mia");
			const { channels = [] } = await mia.conversations.list({ types: "public_channel,private_channel" });
			const channel = channels.find((one) => one.name === name)?.id ?? "";
			talk.held.turns = true;
			const { ts = "" } = await mia.chat.postMessage({ channel, text: `@bobbin ${text}` });
			const at = await untilWorks({ channelId: channel, ts, threadTs: ts }, text);
			await close(at);
			talk.release();
			await untilPrompts(at, [[text, "done"]]);
			const mine = async () => (await directLines("mia")).filter((line) => line.includes(text));
			await eventually(async () => expect(await mine()).toHaveLength(1));
			const [line] = await mine();
			expect(line).toMatch(why);
			expect(line).toContain(`Did: ${text}`);
			const { id } = await talk.session(at);
			for (const _ of [1, 2]) expect(await talk.slack.showThread(id)).toEqual({ outcome: "shown" });
			expect(await mine()).toHaveLength(1);
		},
	);

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

test("how work ended is said also where it is found only then that the status was deleted", async () => {
	const at = await atWork("general");
	const status = (await talk.ofBot(at))[0];
	await talk.bot.chat.delete({ channel: at.channelId, ts: status?.ts ?? "" });
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

describe("what comes to us that nobody means for us", () => {
	test("our own words begin nothing, though they name us", async () => {
		const at = await atWork("shop", "a loop");
		talk.release();
		await untilPrompts(at, [["a loop", "done"]]);
		const text = `<@${talk.playground.connection.botUserId}> do it again`;
		const channel = at.channelId;
		const { ts = "" } = await talk.bot.chat.postMessage({ channel, text });
		await talk.bot.chat.postMessage({ channel, text, thread_ts: at.threadTs });
		await talk.say("mia", "shop", "@bobbin after the loop", at.threadTs);
		await untilPrompts(at, [
			["a loop", "done"],
			["after the loop", "done"],
		]);
		await talk.settled();
		expect(await talk.findSession({ channelId: channel, ts, threadTs: ts })).toBeNull();
	});
});

test("a reply that is sent to the channel as well is one prompt", async () => {
	const at = await atWork("general", "both at once");
	talk.release();
	await untilPrompts(at, [["both at once", "done"]]);
	await talk.human("mia").chat.postMessage({
		...{ channel: at.channelId, thread_ts: at.threadTs, reply_broadcast: true },
		text: "and tell everybody",
	});
	await untilPrompts(at, [
		["both at once", "done"],
		["and tell everybody", "done"],
	]);
	await talk.settled();
	expect(await talk.prompts(at)).toHaveLength(2);
});

test("what takes long inside is acknowledged in time; an answer whose address is no good any more comes all the same", async () => {
	const { teamId, botUserId } = talk.playground.connection;
	talk.setDeaf(true);
	const at = await talk.say("zoe", "general", "@bobbin take your time");
	talk.setDeaf(false);
	// Somebody whom nobody has met, of whom Slack tells nothing for now.
	talk.proxy.next("users.info", "hold");
	const asked = talk.proxy.held();
	const place = { channel: at.channelId, channel_type: "channel", user: talk.userId("zoe") };
	const bodies = [
		{
			...{
				type: "event_callback",
				event_id: "Ev-slow",
				team_id: teamId,
				authorizations: [{ team_id: teamId }],
			},
			event: { type: "message", ...place, ts: at.ts, text: `<@${botUserId}> take your time` },
		},
		{
			...{ command: "/bobbin", text: "status", team_id: teamId, trigger_id: "1.2" },
			...{ channel_id: at.channelId, user_id: talk.userId("zoe") },
			response_url: `${talk.origin}/playground/slack/response/none`,
		},
	];
	for (const body of bodies) {
		const beganMs = performance.now();
		expect((await talk.deliver(body)).status).toBe(200);
		expect(performance.now() - beganMs).toBeLessThan(2_500);
	}
	const release = await asked;
	expect(await talk.findSession(at)).toBeNull();
	release();
	await untilPrompts(at, [["take your time", "done"]]);
	await slackPerson(talk, "zoe").untilWhisper(
		{ channelId: at.channelId },
		/is at work here|At work in this channel/,
	);
});

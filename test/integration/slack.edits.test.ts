import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { click } from "../harness/click.ts";
import { eventually } from "../harness/eventually.ts";
import { refusals } from "../harness/slack-person.ts";
import { createSlackTalk, type Place, type SlackTalk } from "../harness/slack-talk.ts";

let talk: SlackTalk;
beforeAll(async () => {
	talk = await createSlackTalk();
	await talk.slack.start();
});
beforeEach(() => {
	talk.model.answer = (text) => ({ addressed: /please|add/.test(text), confidence: 0.9 });
});
afterAll(() => talk[Symbol.asyncDispose]());

const untilPrompts = (at: Place, expected: [string, string][]) =>
	eventually(async () => expect(await talk.prompts(at)).toEqual(expected));
const untilSaid = (at: Place, words: RegExp) =>
	eventually(async () => expect(JSON.stringify(await talk.ofBot(at))).toMatch(words));
const RUNNING: [string, string] = ["fix the total", "running"];

async function atWork(channel: string): Promise<Place> {
	talk.held.turns = true;
	const at = await talk.say("mia", channel, "@bobbin fix the total");
	await untilPrompts(at, [RUNNING]);
	return at;
}

test("what waits is changed by an edit, without its secrets, and is done as it says then", async () => {
	const at = await atWork("shop");
	const { ts } = await talk.say("mia", "shop", "please add a test", at.threadTs);
	await untilPrompts(at, [RUNNING, ["please add a test", "queued"]]);
	await talk.edit("mia", at.channelId, ts, "please add two tests, key AKIAZ7QWERTYUIOPASDF");
	await eventually(async () => expect((await talk.prompts(at))[1]?.[0]).toMatch(/^please add two tests/));
	expect((await talk.prompts(at))[1]?.[0]).not.toContain("AKIAZ7QWERTYUIOPASDF");
	talk.release();
	await untilSaid(at, /Did: please add two tests/);
});

test("what runs goes on; its status says that the message was edited, and Retry takes the new words", async () => {
	const at = await atWork("docs");
	await talk.edit("mia", at.channelId, at.ts, "@bobbin fix the total and the tax");
	await untilSaid(at, /edited after I began/);
	expect(await talk.prompts(at)).toEqual([RUNNING]);
	const { id } = await talk.session(at);
	await talk.sessions.stop({ sessionId: id, personId: null });
	await untilPrompts(at, [["fix the total", "stopped"]]);
	await untilSaid(at, /Retry takes its edited words/);
	const [status] = await talk.ofBot(at);
	if (status === undefined) throw new Error("there is no status");
	talk.release();
	await click(talk, "mia", at, status, "Retry");
	await untilPrompts(at, [["fix the total and the tax", "done"]]);
	await untilSaid(at, /Did: fix the total and the tax/);
});

test("edited back while it runs, nothing is said; edited when it is over, nothing happens", async () => {
	const at = await atWork("general");
	await talk.edit("mia", at.channelId, at.ts, "@bobbin fix the tax");
	await untilSaid(at, /edited after I began/);
	await talk.edit("mia", at.channelId, at.ts, "@bobbin fix the total");
	await eventually(async () =>
		expect(JSON.stringify(await talk.ofBot(at))).not.toContain("edited after I began"),
	);
	talk.release();
	await untilPrompts(at, [["fix the total", "done"]]);
	await talk.edit("mia", at.channelId, at.ts, "@bobbin fix the tax");
	await talk.settled();
	expect(await talk.prompts(at)).toEqual([["fix the total", "done"]]);
	const { prompts } = await talk.session(at);
	expect(prompts[0]?.editedText).toBeNull();
});

test("a mention that is added to talk makes it a request; links that unfold change nothing", async () => {
	const at = await atWork("random");
	const chat = await talk.say("noah", "random", "the app too", at.threadTs);
	await talk.settled();
	const { teamId, botUserId } = talk.playground.connection;
	const said = { type: "message", ts: chat.ts, thread_ts: at.threadTs, user: talk.userId("noah") };
	const unfolded = await talk.deliver({
		type: "event_callback",
		event_id: "EvUNFOLD",
		team_id: teamId,
		authorizations: [{ team_id: teamId, user_id: botUserId }],
		event: {
			type: "message",
			subtype: "message_changed",
			hidden: true,
			channel: at.channelId,
			message: { ...said, text: "the app too", attachments: [{ from_url: "https://example.com" }] },
			previous_message: { ...said, text: "the app too" },
			ts: chat.ts,
		},
	});
	expect(unfolded.status).toBe(200);
	const kept = await talk.database.db
		.selectFrom("inbox")
		.select("id")
		.where("key", "=", "EvUNFOLD")
		.execute();
	expect(kept).toEqual([]);
	await talk.edit("noah", at.channelId, chat.ts, "@bobbin the app too");
	await untilPrompts(at, [RUNNING, ["the app too", "queued"]]);
	talk.release();
	await untilPrompts(at, [
		["fix the total", "done"],
		["the app too", "done"],
	]);
});

test("a mention that was forgotten, or sent too soon, begins a session; edited again it is the same one", async () => {
	talk.held.turns = true;
	for (const [before, after] of [
		["fix the total", "@bobbin fix the total"],
		["@bobbin", "@bobbin fix the total"],
	] as const) {
		const at = await talk.say("noah", "general", before);
		await talk.settled();
		expect(await talk.findSession(at)).toBeNull();
		await talk.edit("noah", at.channelId, at.ts, after);
		await untilPrompts(at, [RUNNING]);
		await eventually(async () => expect(await talk.reactionsOn(at, at.ts)).toEqual(["eyes"]));
		await talk.edit("noah", at.channelId, at.ts, `${after} now`);
		await untilSaid(at, /edited after I began/);
		await talk.settled();
		expect(await talk.prompts(at)).toEqual([RUNNING]);
	}
	talk.release();
});

test("a word that was mistyped is done once it is put right, and is no request any more", async () => {
	const at = await atWork("docs");
	const { ts } = await talk.say("noah", "docs", "@bobbin stop it", at.threadTs);
	await untilPrompts(at, [RUNNING, ["stop it", "queued"]]);
	await talk.edit("noah", at.channelId, ts, "@bobbin stop");
	await untilPrompts(at, [
		["fix the total", "stopped"],
		["stop it", "cancelled"],
	]);
	await eventually(async () => expect(await talk.reactionsOn(at, ts)).toEqual([]));
	talk.release();
});

test("what waits is withdrawn with its message; what runs goes on and says so; talk is forgotten", async () => {
	const at = await atWork("engineering");
	const next = await talk.say("mia", "engineering", "please add a test", at.threadTs);
	const running = await talk.say("noah", "engineering", "@bobbin then the app", at.threadTs);
	const chat = await talk.say("noah", "engineering", "hm", at.threadTs);
	await untilPrompts(at, [RUNNING, ["please add a test", "queued"], ["then the app", "queued"]]);
	// Of what was taken back before the thread said that it waits, the thread says nothing.
	await untilSaid(at, /Queued, next in line/);
	await talk.remove("mia", at.channelId, next.ts);
	await talk.remove("noah", at.channelId, chat.ts);
	await untilPrompts(at, [RUNNING, ["please add a test", "cancelled"], ["then the app", "queued"]]);
	await untilSaid(at, /Withdrawn: its message was deleted/);
	talk.agent.events.emit("go");
	await untilPrompts(at, [
		["fix the total", "done"],
		["please add a test", "cancelled"],
		["then the app", "running"],
	]);
	await talk.remove("noah", at.channelId, running.ts);
	await untilSaid(at, /its message was deleted; I go on unless you press Stop/);
	talk.release();
	await untilSaid(at, /Did: then the app/);
	await talk.settled();
	const rows = await talk.database.db
		.selectFrom("thread_messages")
		.select("ts")
		.where("channel_id", "=", at.channelId)
		.execute();
	expect(rows.map(({ ts }) => ts)).toEqual([at.ts]);
});

test("a thread goes on when its first message is deleted", async () => {
	const at = await atWork("shop");
	await eventually(async () => expect(await talk.ofBot(at)).toHaveLength(1));
	await talk.remove("mia", at.channelId, at.ts);
	await untilSaid(at, /its message was deleted; I go on/);
	talk.release();
	await untilSaid(at, /Did: fix the total/);
	await talk
		.human("mia")
		.chat.postMessage({ channel: at.channelId, thread_ts: at.threadTs, text: "and the tax" });
	await untilSaid(at, /Did: and the tax/);
});

test("Slack refuses nothing but the reaction on what is deleted", async () => {
	expect([...new Set(await refusals(talk))].filter((line) => !line.startsWith("reactions."))).toEqual([]);
});

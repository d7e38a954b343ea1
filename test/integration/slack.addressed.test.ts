import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { eventually } from "../harness/eventually.ts";
import { refusals, slackPerson } from "../harness/slack-person.ts";
import { createSlackTalk, type Place, type SlackTalk } from "../harness/slack-talk.ts";

let talk: SlackTalk;
beforeAll(async () => {
	talk = await createSlackTalk();
	await talk.slack.start();
});
beforeEach(() => {
	talk.model.asked.length = 0;
	talk.model.answer = (text) => ({ addressed: /please|add/.test(text), confidence: 0.9 });
});
afterAll(() => talk[Symbol.asyncDispose]());

async function aThread(channel = "shop"): Promise<Place> {
	const at = await talk.say("mia", channel, "@bobbin fix the total");
	await untilPrompts(at, [["fix the total", "done"]]);
	return at;
}
const untilPrompts = (at: Place, expected: [string, string][]) =>
	eventually(async () => expect(await talk.prompts(at)).toEqual(expected));
const DONE: [string, string] = ["fix the total", "done"];

test("whoever is alone with Bobbin is understood without a mention, at once", async () => {
	const at = await aThread();
	const { ts } = await talk.say("mia", "shop", "and the shipping costs", at.threadTs);
	await untilPrompts(at, [DONE, ["and the shipping costs", "done"]]);
	await eventually(async () => expect(await talk.reactionsOn(at, ts)).toEqual(["white_check_mark"]));
	expect(talk.model.asked).toEqual([]);
});

test("among people the model tells requests from talk, and only requests get a sign", async () => {
	const at = await aThread("general");
	const chat = await talk.say("noah", "general", "that was quick", at.threadTs);
	const request = await talk.say("zoe", "general", "please add a test", at.threadTs);
	await untilPrompts(at, [DONE, ["please add a test", "done"]]);
	expect(talk.model.asked).toEqual(["that was quick", "please add a test"]);
	expect(await talk.reactionsOn(at, chat.ts)).toEqual([]);
	await eventually(async () => expect(await talk.reactionsOn(at, request.ts)).toEqual(["white_check_mark"]));
	const ofNoah = JSON.stringify(await talk.ofBot(at));
	expect(ofNoah).toContain("for Zoe Laurent");
});

test("each judgement counts: of a request for its prompt, of talk for who wrote it, where, and no session", async () => {
	const at = await aThread("docs");
	await talk.say("omar", "docs", "please add a page", at.threadTs);
	await talk.say("omar", "docs", "that was slow", at.threadTs);
	await untilPrompts(at, [DONE, ["please add a page", "done"]]);
	const { sessionId = "" } = (await talk.findSession(at)) ?? {};
	const { db } = talk.database;
	const { prompts } = await talk.sessions.view(sessionId);
	await eventually(async () => {
		const calls = await db.selectFrom("model_calls").select(["session_id", "prompt_id"]).execute();
		expect(calls).toContainEqual({ session_id: null, prompt_id: null });
		expect(calls).toContainEqual({ session_id: sessionId, prompt_id: prompts[1]?.id });
	});
	const spentUsd = async (subject: string) =>
		(await db.selectFrom("budget_months").select("spent_usd").where("subject", "=", subject).execute())[0]
			?.spent_usd;
	// 10,000 tokens read and 100 written, twice.
	const { teamId } = talk.playground.connection;
	expect(await spentUsd(prompts[1]?.author?.personId ?? "")).toBeCloseTo(0.0021, 6);
	expect(await spentUsd(`${teamId}:${at.channelId}`)).toBeCloseTo(0.0021, 6);
});

test("what rules can tell is not asked: names, thanks, emoji, mentions", async () => {
	const at = await aThread("random");
	await talk.say("noah", "random", "Mia, have you seen that?", at.threadTs);
	await talk.say("mia", "random", "@noah yes, please add it to the list", at.threadTs);
	await talk.say("noah", "random", "thanks! :tada:", at.threadTs);
	await talk.say("noah", "random", "@bobbin thank them too", at.threadTs);
	await untilPrompts(at, [DONE, ["thank them too", "done"]]);
	expect(talk.model.asked).toEqual([]);
});

test("without the model a reply counts where few are there, and in a crowd it is talk", async () => {
	talk.model.answer = () => null;
	const pair = await aThread();
	await talk.say("noah", "shop", "the app too", pair.threadTs);
	await untilPrompts(pair, [DONE, ["the app too", "done"]]);

	const crowd = await aThread("engineering");
	await talk.say("noah", "engineering", "Mia, remember?", crowd.threadTs);
	await talk.say("zoe", "engineering", "the app has it too", crowd.threadTs);
	await talk.say("omar", "engineering", "the api has it too", crowd.threadTs);
	await talk.say("omar", "engineering", "@bobbin and you?", crowd.threadTs);
	await untilPrompts(crowd, [DONE, ["and you?", "done"]]);
});

test("a thread's words choose the mode, and the nearest choice counts", async () => {
	const { teamId } = talk.playground.connection;
	const at = await aThread("docs");
	const mia = slackPerson(talk, "mia");
	await talk.say("mia", "docs", "only when mentioned", at.threadTs);
	await mia.untilWhisper(at, /only when I am mentioned/);
	await talk.say("mia", "docs", "please add a chapter", at.threadTs);
	await talk.say("mia", "docs", "every reply", at.threadTs);
	await mia.untilWhisper(at, /every reply is a request/);
	await talk.say("noah", "docs", "haha", at.threadTs);
	await untilPrompts(at, [DONE, ["haha", "done"]]);
	await talk.say("noah", "docs", "judge", at.threadTs);
	await slackPerson(talk, "noah").untilWhisper(at, /I judge which replies/);
	await talk.say("noah", "docs", "fine by me", at.threadTs);
	await talk.settled();
	expect(await talk.prompts(at)).toHaveLength(2);

	await talk.database.db
		.updateTable("channels")
		.set({ replies: "every" })
		.where("team_id", "=", teamId)
		.where("channel_id", "=", at.channelId)
		.execute();
	const other = await aThread("docs");
	await talk.database.db
		.insertInto("channels")
		.values({ team_id: teamId, channel_id: at.channelId, replies: "addressed" })
		.onConflict((conflict) =>
			conflict.columns(["team_id", "channel_id"]).doUpdateSet({ replies: "addressed" }),
		)
		.execute();
	await talk.say("mia", "docs", "please add another", other.threadTs);
	await talk.settled();
	expect(await talk.prompts(other)).toEqual([DONE]);
});

test("a guest is not refused for what they say to others", async () => {
	const at = await aThread();
	await talk.say("finn", "shop", "that was quick", at.threadTs);
	await talk.settled();
	expect((await talk.ofBot(at)).filter(({ text }) => text.includes("guests"))).toEqual([]);
	await talk.say("finn", "shop", "please add a test", at.threadTs);
	await eventually(async () => {
		expect((await talk.ofBot(at)).filter(({ text }) => text.includes("guests"))).toHaveLength(1);
	});
});

test("Slack refuses nothing of all that", async () => {
	expect(await refusals(talk)).toEqual([]);
});

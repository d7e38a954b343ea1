import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { findTaken, noteMessage } from "../../src/slack/talk/talk-store.ts";
import { eventually } from "../harness/eventually.ts";
import { refusals, slackPerson } from "../harness/slack-person.ts";
import { createSlackTalk, type Place, type SlackTalk } from "../harness/slack-talk.ts";

let talk: SlackTalk;
/** The next prompts that cannot be kept. */
let lost = 0;
beforeAll(async () => {
	talk = await createSlackTalk({
		wrap: (sessions) => ({
			...sessions,
			async acceptThreadPrompt(input) {
				if (lost-- > 0) throw new Error("the database is away");
				return sessions.acceptThreadPrompt(input);
			},
		}),
	});
	await talk.slack.start();
});
beforeEach(() => {
	lost = 0;
	talk.model.answer = (text) => ({ addressed: /please|add/.test(text), confidence: 0.9 });
});
afterAll(() => talk[Symbol.asyncDispose]());

const untilPrompts = (at: Place, expected: [string, string][]) =>
	eventually(async () => expect(await talk.prompts(at)).toEqual(expected));
const untilSaid = (at: Place, words: RegExp) =>
	eventually(async () => expect(JSON.stringify(await talk.ofBot(at))).toMatch(words));
const untilReactions = (at: Place, ts: string, expected: string[]) =>
	eventually(async () => expect(await talk.reactionsOn(at, ts)).toEqual(expected));

/** A thread in which one prompt runs until it is let go. */
async function atWork(channel = "shop"): Promise<Place> {
	talk.held.turns = true;
	const at = await talk.say("mia", channel, "@bobbin fix the total");
	await untilPrompts(at, [["fix the total", "running"]]);
	return at;
}

test("✋ by anybody takes back what waits; it looks like talk then, and 👀 makes it a request again", async () => {
	const at = await atWork();
	const { ts } = await talk.say("mia", "shop", "please add a test", at.threadTs);
	await untilReactions(at, ts, ["eyes"]);
	await talk.react("noah", at.channelId, ts, "raised_hand::skin-tone-3");
	await untilPrompts(at, [
		["fix the total", "running"],
		["please add a test", "cancelled"],
	]);
	await untilReactions(at, ts, []);
	await untilSaid(at, /Taken for talk: not begun/);

	await talk.react("mia", at.channelId, ts, "eyes");
	await untilPrompts(at, [
		["fix the total", "running"],
		["please add a test", "queued"],
	]);
	talk.release();
	await untilPrompts(at, [
		["fix the total", "done"],
		["please add a test", "done"],
	]);
	await untilReactions(at, ts, ["white_check_mark"]);
});

test("✋ stops what runs and nothing else, and says that it was talk", async () => {
	const at = await atWork("docs");
	const { ts } = await talk.say("noah", "docs", "@bobbin then the app", at.threadTs);
	await untilReactions(at, ts, ["eyes"]);
	await talk.react("mia", at.channelId, at.ts, "hand");
	await eventually(async () => expect((await talk.prompts(at))[0]).toEqual(["fix the total", "stopped"]));
	await untilSaid(at, /Taken for talk: stopped.*what was done is kept/);
	talk.release();
	await eventually(async () => expect((await talk.prompts(at))[1]?.[1]).toBe("done"));
	await untilReactions(at, at.ts, []);
});

test("✋ on what is done is answered privately and changes nothing", async () => {
	talk.held.turns = false;
	const at = await talk.say("mia", "general", "@bobbin fix the total");
	await untilPrompts(at, [["fix the total", "done"]]);
	await talk.react("mia", at.channelId, at.ts, "raised_hand");
	await slackPerson(talk, "mia").untilWhisper(at, /done already/);
	expect(await talk.prompts(at)).toEqual([["fix the total", "done"]]);
});

test("👀 on talk makes it a request of whoever reacts, with its author's words", async () => {
	talk.held.turns = false;
	const at = await talk.say("mia", "random", "@bobbin fix the total");
	await untilPrompts(at, [["fix the total", "done"]]);
	const { ts } = await talk.say("noah", "random", "the app has that too", at.threadTs);
	await talk.settled();
	expect(await talk.prompts(at)).toHaveLength(1);
	await talk.react("zoe", at.channelId, ts, "eyes");
	await untilPrompts(at, [
		["fix the total", "done"],
		["Noah Silva wrote in the thread:\nthe app has that too", "done"],
	]);
	const { prompts } = await talk.session(at);
	expect(prompts[1]?.author?.name).toBe("Zoe Laurent");
	await untilReactions(at, ts, ["white_check_mark"]);
});

test("👀 makes a request also where it could not be kept at once", async () => {
	const at = await atWork("engineering");
	const talked = await talk.say("zoe", "engineering", "the logo is blurred", at.threadTs);
	await talk.settled();
	expect(await talk.prompts(at)).toHaveLength(1);
	lost = 1;
	await talk.react("zoe", at.channelId, talked.ts, "eyes");
	await untilPrompts(at, [
		["fix the total", "running"],
		["the logo is blurred", "queued"],
	]);
	await talk.settled();
	talk.release();
	await untilReactions(at, talked.ts, ["white_check_mark"]);
});

test("other emoji, our own, reactions of guests and in other threads mean nothing", async () => {
	const at = await atWork();
	const { ts } = await talk.say("mia", "shop", "please add a test", at.threadTs);
	await untilReactions(at, ts, ["eyes"]);
	const elsewhere = await talk.say("noah", "shop", "lunch?");
	await talk.react("noah", at.channelId, ts, "tada");
	await talk.react("finn", at.channelId, ts, "raised_hand");
	await talk.react("noah", at.channelId, elsewhere.ts, "eyes");
	await talk.settled();
	expect(await talk.prompts(at)).toEqual([
		["fix the total", "running"],
		["please add a test", "queued"],
	]);
	expect(await talk.findSession(elsewhere)).toBeNull();
	const kept = await talk.database.db
		.selectFrom("inbox")
		.select("id")
		.where((eb) => eb(eb.ref("body"), "@>", JSON.stringify({ event: { reaction: "tada" } }) as never))
		.execute();
	expect(kept).toEqual([]);
	talk.release();
	await eventually(async () => expect((await talk.prompts(at))[1]?.[1]).toBe("done"));
});

test("a reaction that is delivered twice is one; one that comes before its message is taken waits for it", async () => {
	const at = await atWork("docs");
	const { ts } = await talk.say("mia", "docs", "please add a test", at.threadTs);
	await untilReactions(at, ts, ["eyes"]);
	const { teamId, botUserId } = talk.playground.connection;
	const event = (timestamp: string, id: string, reaction: string) => ({
		type: "event_callback",
		event_id: id,
		team_id: teamId,
		authorizations: [{ team_id: teamId, user_id: botUserId }],
		event: {
			type: "reaction_added",
			user: talk.userId("mia"),
			reaction,
			item: { type: "message", channel: at.channelId, ts: timestamp },
			event_ts: ts,
		},
	});
	for (const _ of [1, 2]) {
		expect((await talk.deliver(event(ts, "EvTWICE", "raised_hand"))).status).toBe(200);
	}
	await eventually(async () => expect((await talk.prompts(at))[1]?.[1]).toBe("cancelled"));

	const { promise, resolve } = Promise.withResolvers<void>();
	const answer = talk.model.answer;
	const judging = Promise.withResolvers<void>();
	const held = talk.holdModel(promise, judging.resolve);
	await talk.say("noah", "docs", "well", at.threadTs);
	const late = await talk.say("noah", "docs", "the app has it", at.threadTs);
	await judging.promise;
	await talk.deliver(event(late.ts, "EvEARLY", "eyes"));
	resolve();
	held();
	talk.model.answer = answer;
	talk.release();
	await eventually(async () => expect((await talk.prompts(at)).at(-1)?.[0]).toContain("the app has it"));
});

test("a reaction is heard also where its message is taken just while it is looked for", async () => {
	const { teamId } = talk.playground.connection;
	const { db } = talk.database;
	const at = { teamId, channelId: talk.channelId("shop"), ts: "1700000000.000200" };
	const waits = { attempts: 1, claimed_until: new Date(Date.now() + 60_000) };
	await db
		.insertInto("inbox")
		.values({
			...{ source: "slack", key: "EvCOMING", body: "{}", ...waits },
			twin_key: `${teamId}:${at.channelId}:${at.ts}`,
		})
		.execute();
	expect(await findTaken(db, at)).toBe("under_way");
	let take = async () => {
		take = async () => {};
		const said = { ts: at.ts, userId: talk.userId("mia"), text: "the app too", files: [] };
		await noteMessage(db, { ...at, threadTs: at.ts }, { ...said, takenAs: "talk", takenBy: "judge" });
		await db.updateTable("inbox").set({ processed_at: new Date() }).where("key", "=", "EvCOMING").execute();
	};
	/** It is taken after the first look. */
	const looking = db.withPlugin({
		transformQuery: ({ node }) => node,
		async transformResult({ result }) {
			await take();
			return result;
		},
	});
	expect(await findTaken(looking, at)).toMatchObject({ takenAs: "talk", text: "the app too" });
});

test("who takes back what was judged twice in a channel is offered mentions only, once", async () => {
	const at = await atWork("engineering");
	await talk.say("noah", "engineering", "hm", at.threadTs);
	const noah = slackPerson(talk, "noah");
	// The first time Slack does not take it.
	talk.proxy.next("chat.postEphemeral", "refuse_connection");
	for (const [index, text] of ["please don't", "add that to the retro", "please, no"].entries()) {
		const { ts } = await talk.say("noah", "engineering", text, at.threadTs);
		await untilReactions(at, ts, ["eyes"]);
		await talk.react("noah", at.channelId, ts, "raised_hand");
		await eventually(async () => expect((await talk.prompts(at))[index + 1]?.[1]).toBe("cancelled"));
	}
	await talk.settled();
	const offers = (await noah.whispers(at)).filter((message) =>
		JSON.stringify(message).includes("taken talk for"),
	);
	expect(offers).toHaveLength(1);
	expect(talk.proxy.left("chat.postEphemeral")).toBe(0);
	const block = (offers[0]?.blocks ?? []).find(({ type }) => type === "actions") as unknown as {
		block_id: string;
		elements: { action_id: string; value: string }[];
	};
	await talk.onPage("noah", "action", {
		channel: at.channelId,
		message_ts: offers[0]?.ts,
		block_id: block.block_id,
		action: { action_id: block.elements[0]?.action_id, value: block.elements[0]?.value },
	});
	await noah.untilWhisper(at, /only mentions count in this channel/);
	await talk.say("mia", "engineering", "please add a test", at.threadTs);
	await talk.settled();
	expect(await talk.prompts(at)).toHaveLength(4);
	talk.release();
});

test("Slack refuses nothing of all that", async () => {
	expect(await refusals(talk)).toEqual([]);
});

import { afterAll, beforeAll, expect, test } from "vitest";
import { compareTs } from "../../src/sessions/queue/place-by-time.ts";
import { eventually } from "../harness/eventually.ts";
import { createSlackTalk, type SlackTalk } from "../harness/slack-talk.ts";

const CROWD = 30;
let talk: SlackTalk;
beforeAll(async () => {
	talk = await createSlackTalk({ judged: false, crowd: CROWD });
	await talk.slack.start();
});
afterAll(() => talk[Symbol.asyncDispose]());

test("30 people at one moment, told in any order, are one session's prompts in the order of the thread, each in their own name; Slack limits nothing", async () => {
	talk.held.turns = true;
	const at = await talk.say("mia", "shop", "@bobbin fix the total");
	await eventually(async () => expect(await talk.prompts(at)).toEqual([["fix the total", "running"]]));
	const said = await Promise.all(
		Array.from({ length: CROWD }, (_, n) => talk.say(`p${n + 101}`, "shop", `wish ${n + 101}`, at.threadTs)),
	);
	await eventually(async () => expect(await talk.prompts(at)).toHaveLength(31));
	await talk.settled();
	const { prompts } = await talk.session(at);
	const order = prompts.map(({ origin }) => (origin.kind === "slack" ? origin.messageTs : ""));
	expect(order).toEqual([at.ts, ...said.map(({ ts }) => ts).sort(compareTs)]);
	const authors = prompts.slice(1).map(({ text, author }) => [text, author?.name]);
	expect(authors).toEqual(prompts.slice(1).map(({ text }) => [text, text.replace("wish", "Person")]));
	const { refused } = (await talk.readPage("mia", "refused")) as {
		refused: { method: string; user: string }[];
	};
	expect(refused).toEqual([]);
	expect((await talk.database.db.selectFrom("sessions").select("id").execute()).length).toBe(1);
});

test("what is told late stands where it was said; a clock of Slack's that is ahead or behind changes nothing", async () => {
	talk.held.turns = true;
	const at = await talk.say("mia", "docs", "@bobbin fix the total");
	await eventually(async () => expect(await talk.prompts(at)).toEqual([["fix the total", "running"]]));
	const { teamId, botUserId } = talk.playground.connection;
	const deliver = (text: string, ts: string) =>
		talk.deliver({
			type: "event_callback",
			event_id: `Ev${ts}`,
			team_id: teamId,
			authorizations: [{ team_id: teamId, user_id: botUserId }],
			event: {
				type: "message",
				channel: at.channelId,
				channel_type: "channel",
				user: talk.userId("mia"),
				text,
				ts,
				thread_ts: at.threadTs,
			},
		});
	const seconds = Number(at.ts.split(".")[0]);
	// A day ahead, a day behind, and two of one second that a number could not tell apart.
	await deliver("tomorrow", `${seconds + 86_400}.000100`);
	await deliver("third", `${seconds + 100}.000900`);
	await deliver("second", `${seconds + 100}.000200`);
	await deliver("yesterday", `${seconds - 86_400}.000100`);
	await eventually(async () => expect(await talk.prompts(at)).toHaveLength(5));
	expect((await talk.prompts(at)).map(([text]) => text)).toEqual([
		"fix the total",
		"yesterday",
		"second",
		"third",
		"tomorrow",
	]);
	const positions = (await talk.session(at)).prompts.map(({ position }) => position);
	expect(positions).toEqual([0, 1, 2, 3, 4]);
});

import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createSlackWork, type SlackWork } from "../harness/slack-work.ts";
import type { ThreadMessage } from "../harness/slack-workspace.ts";

let work: SlackWork;
const WAIT = { timeout: 15_000, interval: 150 };

beforeAll(async () => {
	work = await createSlackWork();
	await work.slack.start();
	work.agent.state.script = async ({ prompt }) => ({ outcome: "done", answer: `I did this: ${prompt.text}` });
});
afterAll(() => work[Symbol.asyncDispose]());

const history = async (channel: string) =>
	((await work.human("mia").conversations.history({ channel: work.channelId(channel) })).messages ??
		[]) as ThreadMessage[];
type Place = { channelId: string; threadTs: string };
const untilSaid = (at: Place, words: RegExp) =>
	vi.waitFor(async () => {
		const messages = await work.thread(at);
		const found = messages.find((message) => message.bot_id && words.test(JSON.stringify(message)));
		if (found === undefined) throw new Error(`the bot has not said ${words}: ${JSON.stringify(messages)}`);
		return found;
	}, WAIT);

async function pick(name: string, at: Place, message: ThreadMessage, number: number) {
	type Row = { block_id?: string; accessory?: { action_id: string; value: string; text: { text: string } } };
	const row = (message.blocks as Row[]).find(({ accessory }) => accessory?.text.text === `Pick ${number}`);
	await work.onPage(name, "action", {
		channel: at.channelId,
		message_ts: message.ts,
		block_id: row?.block_id ?? "",
		action: { action_id: row?.accessory?.action_id, value: row?.accessory?.value },
	});
}

test("three attempts have a thread each and one comparison; one is picked and the others are closed", async () => {
	const at = await work.say("mia", "shop", "@bobbin x3 fix the cart total");
	const compared = await untilSaid(at, /3 of 3 done/);
	expect(JSON.stringify(compared)).toMatch(/I did this: [^"]*fix the cart total/);
	const others = (await history("shop")).filter(({ text }) => text.includes("attempt"));
	expect(others.map(({ text }) => /attempt \d of 3/.exec(text)?.[0]).sort()).toEqual([
		"attempt 2 of 3",
		"attempt 3 of 3",
	]);

	await pick("noah", at, compared, 2);
	await untilSaid(at, /Attempt 2 was picked\* by Noah/);
	await untilSaid(at, /so this one \(1\) is closed/);
	const third = others.find(({ text }) => text.includes("attempt 3")) ?? others[0];
	await untilSaid({ channelId: at.channelId, threadTs: third?.ts ?? "" }, /so this one \(3\) is closed/);
	const second = others.find(({ text }) => text.includes("attempt 2"));
	const said = await work.thread({ channelId: at.channelId, threadTs: second?.ts ?? "" });
	expect(JSON.stringify(said)).not.toContain("is closed");
});

test("attempts by models are each given to theirs", async () => {
	const at = await work.say("mia", "docs", "@bobbin x sonnet, opus: fix the links");
	const compared = JSON.stringify(await untilSaid(at, /2 of 2 done/));
	expect(compared).toContain("*2.* `claude-opus-5-5` ✅ done");
	const { rows } = await work.database.pool.query<{ model: string }>(
		`select sessions.model from attempts join sessions on sessions.id = attempts.session_id
		where group_id = (select group_id from attempts join threads using (session_id) where thread_ts = $1)
		order by attempts.number`,
		[at.threadTs],
	);
	expect(rows.map(({ model }) => model)).toEqual(["claude-sonnet-5-5", "claude-opus-5-5"]);
});

test("the first pick counts, and two at once pick one", async () => {
	const at = await work.say("mia", "engineering", "@bobbin x2 fix the docs");
	const compared = await untilSaid(at, /2 of 2 done/);
	await Promise.all([pick("noah", at, compared, 1), pick("omar", at, compared, 2)]);
	await untilSaid(at, /was picked\* by/);
	const { rows } = await work.database.pool.query<{ picks: number }>(
		"select count(*) as picks from audit_log where action = 'attempt.picked' and session_id = (select session_id from threads where thread_ts = $1)",
		[at.threadTs],
	);
	expect(rows).toEqual([{ picks: 1 }]);
});

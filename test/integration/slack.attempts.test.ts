import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { showThreadJob } from "../../src/jobs/queue.ts";
import { eventually } from "../harness/eventually.ts";
import { slackPerson } from "../harness/slack-person.ts";
import { createSlackWork, type SlackWork } from "../harness/slack-work.ts";
import type { ThreadMessage } from "../harness/slack-workspace.ts";

let work: SlackWork;
/** How far the clock of Slack and of all instances is put forward. */
let aheadMs = 0;
/** Holds the second attempt at what is to be done slowly. */
let slow = Promise.withResolvers<void>();
/** Holds what is to be found out before anything begins. */
let routed = Promise.withResolvers<void>();
routed.resolve();

beforeAll(async () => {
	work = await createSlackWork({
		now: () => Date.now() + aheadMs,
		repositoryId: async () => {
			await routed.promise;
			return null;
		},
	});
	await work.slack.start();
	work.agent.state.script = async ({ prompt }) => {
		if (prompt.text.includes("slowly") && (await noteOf(prompt.promptId)) === 2) await slow.promise;
		return { outcome: "done", answer: `I did this: ${prompt.text}` };
	};
});
afterAll(() => work[Symbol.asyncDispose]());
// What Slack lets through in a minute is there anew for each test.
afterEach(() => {
	aheadMs += 65_000;
});

const history = async (channel: string) =>
	((await work.human("mia").conversations.history({ channel: work.channelId(channel) })).messages ??
		[]) as ThreadMessage[];
/** Which attempt a prompt belongs to. */
async function noteOf(promptId: string): Promise<number> {
	const row = await work.database.db
		.selectFrom("prompts")
		.innerJoin("attempts", "attempts.session_id", "prompts.session_id")
		.select("attempts.number")
		.where("prompts.id", "=", promptId)
		.executeTakeFirst();
	return row?.number ?? 0;
}

async function attemptsOf(at: Place) {
	return (
		await work.database.db
			.selectFrom("attempts")
			.innerJoin("attempt_groups", "attempt_groups.id", "attempts.group_id")
			.innerJoin("threads as asked", "asked.session_id", "attempt_groups.first_session_id")
			.innerJoin("threads", "threads.session_id", "attempts.session_id")
			.select(["attempts.number", "attempts.session_id as sessionId"])
			.select(["threads.channel_id as channelId", "threads.thread_ts as threadTs"])
			.where("asked.thread_ts", "=", at.threadTs)
			.orderBy("attempts.number")
			.execute()
	).map((row) => ({ ...row, at: { channelId: row.channelId, threadTs: row.threadTs } }));
}

type Place = { channelId: string; threadTs: string };
/** As the page has it: nobody's calls are counted for that. */
const threadOf = async ({ channelId, threadTs }: Place) =>
	(
		(await work.readPage("mia", `messages?channel=${channelId}&thread=${threadTs}`)) as {
			messages: ThreadMessage[];
		}
	).messages;
const untilSaid = (at: Place, words: RegExp) =>
	eventually(async () => {
		const messages = await threadOf(at);
		const found = messages.find((message) => message.bot_id && words.test(JSON.stringify(message)));
		if (found === undefined) throw new Error(`the bot has not said ${words}: ${JSON.stringify(messages)}`);
		return found;
	});

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
	expect(JSON.stringify(compared)).toContain("I did this: fix the cart total");
	expect(JSON.stringify(compared).match(/\|thread>/g)?.length).toBeGreaterThan(1);
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
	const said = await threadOf({ channelId: at.channelId, threadTs: second?.ts ?? "" });
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

test("the comparison follows checks and merges in the one message, and a pick beats work that still runs", async () => {
	const at = await work.say("mia", "random", "@bobbin x2 round slowly");
	const compared = await untilSaid(at, /1 of 2 done.*⏳ at work/);
	const [first, second] = await attemptsOf(at);
	if (!first || !second) throw new Error("they have not begun");
	const { db } = work.database;
	const pull = { id: randomUUID(), repository_id: randomUUID() };
	await db
		.insertInto("repositories")
		.values({ id: pull.repository_id, owner: "acme", name: "shop", default_branch: "main" })
		.execute();
	await db
		.insertInto("pull_requests")
		.values({
			...{ ...pull, session_id: second.sessionId, branch: "b", base: "main", title: "T", body: "" },
			...{ draft: false, state: "open", number: 41, url: "https://github.test/acme/shop/pull/41" },
		})
		.execute();
	const change = async (set: { checks?: "passing" | "failing"; state?: "merged" }) => {
		await db.updateTable("pull_requests").set(set).where("id", "=", pull.id).execute();
		const { sessionId } = second;
		await work.enqueue(db, showThreadJob, { version: 1, sessionId }, { key: sessionId });
	};
	await change({ checks: "failing" });
	expect((await untilSaid(at, /#41> · checks fail/)).ts).toBe(compared.ts);
	await change({ checks: "passing" });
	expect((await untilSaid(at, /#41> · checks pass/)).ts).toBe(compared.ts);

	await pick("noah", at, await untilSaid(at, /1 of 2 done/), 1);
	await untilSaid(second.at, /⏹ Stopped/);
	await untilSaid(second.at, /so this one \(2\) is closed/);
	await eventually(() => expect(work.closedPullRequests).toContain(41));
	await eventually(async () => {
		const name = (await work.database.db.selectFrom("sandboxes").selectAll().execute()).find(
			({ session_id }) => session_id === second.sessionId,
		)?.name;
		expect(work.sandboxState(name ?? "")).toBe("stopped");
	});

	// Who replies there goes on with it all the same, whatever is done again.
	slow.resolve();
	await work.say("noah", "random", "@bobbin do it slowly after all", second.at.threadTs);
	const { picked_by: personId } = await work.database.db
		.selectFrom("attempt_groups")
		.select("picked_by")
		.where("first_session_id", "=", first.sessionId)
		.executeTakeFirstOrThrow();
	await work.closeAttempt({ sessionId: second.sessionId, personId: personId ?? "", promptCount: 1 });
	await untilSaid(second.at, /I did this: do it slowly after all/);
	slow = Promise.withResolvers();
});

test("all are stopped with one click", async () => {
	const at = await work.say("mia", "random", "@bobbin x2 tidy slowly");
	const compared = await untilSaid(at, /1 of 2 done.*⏳ at work/);
	type Row = { block_id?: string; elements?: { action_id: string; value: string }[] };
	const row = (compared.blocks as Row[]).find(({ elements }) => elements?.[0]?.action_id === "stop_attempts");
	await work.onPage("omar", "action", {
		...{ channel: at.channelId, message_ts: compared.ts, block_id: row?.block_id ?? "" },
		action: { action_id: "stop_attempts", value: row?.elements?.[0]?.value },
	});
	const over = JSON.stringify(await untilSaid(at, /2 of 2 done/));
	expect(over).toContain("*2.* ⏹ stopped");
	expect(over).not.toContain("Stop all");
});

test("an edit changes how many there are while nothing has begun, and is too late afterwards", async () => {
	routed = Promise.withResolvers();
	const at = await work.say("mia", "engineering", "@bobbin x3 fix the footer");
	await work
		.human("mia")
		.chat.update({ channel: at.channelId, ts: at.ts, text: "@bobbin x2 fix the header" });
	await eventually(async () => {
		const row = await work.database.db
			.selectFrom("attempt_groups")
			.innerJoin("threads", "threads.session_id", "first_session_id")
			.innerJoin("prompts", "prompts.session_id", "first_session_id")
			.select(["count", "text"])
			.where("thread_ts", "=", at.threadTs)
			.executeTakeFirst();
		expect(row).toEqual({ count: 2, text: "fix the header" });
	});
	routed.resolve();
	await untilSaid(at, /2 of 2 done/);
	await work
		.human("mia")
		.chat.update({ channel: at.channelId, ts: at.ts, text: "@bobbin x4 fix the header" });
	await slackPerson(work, "mia").untilWhisper(at, /too late/);
	expect(await attemptsOf(at)).toHaveLength(2);
});

test("several attempts in a session's thread are one more prompt, and that is said", async () => {
	const at = await work.say("omar", "general", "@bobbin x1 fix the title");
	await untilSaid(at, /I did this: fix the title/);
	work.proxy.next("chat.postEphemeral", "refuse_connection");
	await work.say("omar", "general", "@bobbin x3 and the icon", at.threadTs);
	await untilSaid(at, /I did this: and the icon/);
	expect(await attemptsOf(at)).toEqual([]);
	await slackPerson(work, "omar").untilWhisper(at, /one more prompt/);
});

test("more than five are said to be too many; each attempt knows what was said in the thread before", async () => {
	const at = await work.say("zoe", "engineering", "the logo is *blurred* on phones");
	work.proxy.next("chat.postEphemeral", "refuse_connection");
	await work.say("mia", "engineering", "@bobbin x9: mend it", at.threadTs);
	await eventually(async () => expect(await attemptsOf(at)).toHaveLength(5));
	const heard = await work.database.db
		.selectFrom("prompts")
		.select(["context", "text"])
		.where("text", "=", "mend it")
		.execute();
	expect(heard).toHaveLength(5);
	for (const { context } of heard) expect(JSON.stringify(context)).toContain("blurred");
	await slackPerson(work, "mia").untilWhisper(at, /5 begin, not 9/);
});

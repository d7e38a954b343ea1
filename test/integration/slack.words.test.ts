import { afterAll, beforeAll, expect, test } from "vitest";
import { answerWord } from "../../src/slack/commands/answer-word.ts";
import type { ListenerDeps } from "../../src/slack/listeners/deps.ts";
import { refusals, slackPerson } from "../harness/slack-person.ts";
import { createSlackWorkspace, type SlackWorkspace } from "../harness/slack-workspace.ts";

let workspace: SlackWorkspace;
let mia: ReturnType<typeof slackPerson>;
beforeAll(async () => {
	workspace = await createSlackWorkspace({ showJobs: true });
	await workspace.slack.start();
	mia = slackPerson(workspace, "mia");
});
afterAll(() => workspace[Symbol.asyncDispose]());

const teamOf = () => workspace.playground.connection.teamId;

/** A thread with a session, whose queue has `texts`. */
async function aSession(channel: string, ...texts: string[]) {
	const [first = "", ...rest] = texts;
	const thread = await workspace.say("mia", channel, `@bobbin ${first}`);
	const known = await mia.until(() => workspace.sessions.findByThread({ teamId: teamOf(), ...thread }));
	const view = () => workspace.sessions.view(known.sessionId);
	for (const text of rest) {
		await workspace.say("zoe", channel, text, thread.threadTs);
		await mia.until(async () => (await view()).prompts.some((prompt) => prompt.text === text));
	}
	const say = (text: string) => workspace.say("mia", channel, text, thread.threadTs);
	const end = async (place: number, status: "failed" | "stopped") => {
		const prompt = (await view()).prompts[place - 1];
		await workspace.database.db
			.updateTable("prompts")
			.set({ status, finished_at: new Date() })
			.where("id", "=", prompt?.id ?? "")
			.execute();
	};
	return { thread, sessionId: known.sessionId, view, say, end };
}

test("status and queue tell privately where the session is", async () => {
	const { thread, say } = await aSession("shop", "fix the cart", "then the tax");
	await say("status");
	const status = await mia.untilWhisper(thread, /Repository not known yet/);
	expect(status.text).toMatch(/1\. fix the cart · Mia Berg\n🕓 2\. then the tax · Zoe Laurent/);
	await say("<@U0BOBBIN01> queue?");
	await mia.untilWhisper(thread, /^(?!.*not known).*2\. then the tax/s);
	expect(await slackPerson(workspace, "zoe").whispers(thread)).toEqual([]);
	const people = (await workspace.thread(thread)).filter(({ user }) => user !== "U0BOBBIN01");
	expect(people).toHaveLength(4);
});

test("words are no prompts, sentences that begin with one are", async () => {
	const { thread, say, view } = await aSession("docs", "fix the intro");
	await say("help");
	await mia.untilWhisper(thread, /In this thread.*every reply/);
	await say("retry the flaky test");
	await mia.until(async () => (await view()).prompts.length === 2);
	expect((await view()).prompts.map(({ text }) => text)).toEqual(["fix the intro", "retry the flaky test"]);
});

test("cancel takes the prompt at that place off the queue, and asks which where it must", async () => {
	const { thread, say, view } = await aSession("engineering", "one", "two", "three");
	await say("cancel");
	await mia.untilWhisper(thread, /Which one\?/);
	await say("cancel 9");
	await mia.untilWhisper(thread, /There is no 9/);
	await say("cancel 2");
	await mia.untilWhisper(thread, /Cancelled: two/);
	expect((await view()).prompts.map(({ status }) => status)).toEqual(["queued", "cancelled", "queued"]);
});

test("a cancel that is taken up again after a crash takes no other prompt", async () => {
	const { thread, sessionId, view } = await aSession("docs", "first", "second", "third");
	const { personId = "" } = (await view()).prompts[0]?.author ?? {};
	const deps = { sessions: workspace.sessions, showNow: async () => {} } as unknown as ListenerDeps;
	const said = {
		word: { word: "cancel", place: 2 } as const,
		saidAtMs: Date.now(),
		sessionId,
		personId,
		userId: "",
	};
	const at = { teamId: teamOf(), channelId: thread.channelId, threadTs: thread.threadTs };
	await answerWord(deps, { ...said, thread: at, isRepeated: false });
	expect(await answerWord(deps, { ...said, thread: at, isRepeated: true })).toContain("Cancelled: second");
	expect((await view()).prompts.map(({ status }) => status)).toEqual(["queued", "cancelled", "queued"]);
});

test("retry queues what failed once more", async () => {
	const { thread, say, view, end } = await aSession("random", "try me");
	await say("retry");
	await mia.untilWhisper(thread, /neither failed nor/);
	await end(1, "failed");
	await say("Retry!");
	await mia.untilWhisper(thread, /Once more: try me/);
	expect((await view()).prompts[0]).toMatchObject({ status: "queued" });
});

test("model sets that of the session's next turns, by a part of its name", async () => {
	const { thread, say, sessionId } = await aSession("general", "think hard");
	const model = async () =>
		(
			await workspace.database.db
				.selectFrom("sessions")
				.select("model")
				.where("id", "=", sessionId)
				.executeTakeFirstOrThrow()
		).model;
	await say("model opus");
	await mia.untilWhisper(thread, /worked on by `claude-opus-5-5`/);
	expect(await model()).toBe("claude-opus-5-5");
	await say("model gpt");
	await mia.untilWhisper(thread, /no model called gpt.*claude-haiku-5-5/);
	await say("model");
	await mia.untilWhisper(thread, /model of this thread is `claude-opus-5-5`/);
	await say("model default");
	await mia.untilWhisper(thread, /usual model/);
	expect(await model()).toBeNull();
});

test("quiet, normal and verbose are kept for the thread", async () => {
	const { thread, say } = await aSession("shop", "be quiet please");
	for (const word of ["verbose", "normal", "quiet"]) {
		await say(word);
		await mia.untilWhisper(thread, new RegExp(`^.*${word}: this thread`, "i"));
		const row = await workspace.database.db
			.selectFrom("threads")
			.select("verbosity")
			.where("thread_ts", "=", thread.threadTs)
			.executeTakeFirstOrThrow();
		expect(row.verbosity).toBe(word);
	}
});

test("a mistyped word is asked about, and 👀 makes it a request all the same", async () => {
	const { thread, say, view } = await aSession("engineering", "fix the build");
	const typed = await say("@bobbin, stpo");
	await mia.untilWhisper(thread, /Did you mean \*stop\*\?/);
	expect((await view()).prompts).toHaveLength(1);
	const reaction = { channel: thread.channelId, timestamp: typed.ts, name: "eyes" };
	await workspace.human("mia").reactions.add(reaction);
	await mia.until(async () => (await view()).prompts.some(({ text }) => text === "stpo"));
});

test("a mistyped word is asked about also where Slack did not take the question at once", async () => {
	const { thread, say, view } = await aSession("random", "fix the footer");
	workspace.proxy.next("chat.postEphemeral", "refuse_connection");
	await say("stpo");
	await mia.untilWhisper(thread, /Did you mean \*stop\*\?/);
	expect((await view()).prompts).toHaveLength(1);
});

test("stop in no thread stops the only one of one's own, as the command does", async () => {
	const noah = slackPerson(workspace, "noah");
	const channelId = await noah.directChannel();
	const say = (text: string) => workspace.human("noah").chat.postMessage({ channel: channelId, text });
	const { ts: threadTs = "" } = await say("fix the app");
	const thread = { teamId: teamOf(), channelId, threadTs };
	const known = await noah.until(() => workspace.sessions.findByThread(thread));
	await say("please stop");
	await noah.untilWhisper({ channelId }, /Stopping \*fix the app\*/);
	const { prompts } = await workspace.sessions.view(known.sessionId);
	expect(prompts.map(({ status }) => status)).toEqual(["cancelled"]);
});

test("after a mention in no session, status and help are answered privately, other words too", async () => {
	const at = await workspace.say("mia", "docs", "@bobbin status");
	await mia.untilWhisper({ channelId: at.channelId }, /fix the intro/);
	await workspace.say("mia", "docs", "@bobbin help");
	await mia.untilWhisper({ channelId: at.channelId }, /Mention me and say what to change/);
	const talk = await workspace.say("mia", "docs", "what a day");
	await workspace.say("mia", "docs", "@bobbin retry", talk.threadTs);
	await mia.untilWhisper(talk, /Nothing of mine is in this thread/);
	expect(await workspace.sessions.findByThread({ teamId: teamOf(), ...talk })).toBeNull();
});

test("Slack refused nothing that was sent", async () => {
	expect(await refusals(workspace)).toEqual([]);
});

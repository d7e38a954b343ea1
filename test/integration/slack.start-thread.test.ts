import { afterAll, beforeAll, expect, test } from "vitest";
import type { ThreadStart } from "../../src/slack/start-thread.ts";
import { createSlackWorkspace, type SlackWorkspace, type ThreadMessage } from "../harness/slack-workspace.ts";

let workspace: SlackWorkspace;
let teamId: string;
let personId: string;
beforeAll(async () => {
	workspace = await createSlackWorkspace();
	teamId = (await workspace.bot.auth.test()).team_id ?? "";
	const person = await workspace.sessions.rememberPerson({
		provider: "slack",
		tenant: teamId,
		externalId: workspace.userId("mia"),
		name: "Mia",
		email: null,
		kind: "member",
	});
	personId = person.personId;
});
afterAll(() => workspace[Symbol.asyncDispose]());

let count = 0;
function aStart(fields: Partial<ThreadStart> = {}): ThreadStart {
	const channelId = workspace.channelId("shop");
	const key = `test:${++count}`;
	return {
		key,
		teamId,
		channelId,
		userId: workspace.userId("mia"),
		personId,
		text: `job ${count}`,
		...fields,
	};
}
async function inChannel(text: string, channel = "shop"): Promise<ThreadMessage[]> {
	const messages = await workspace.thread({ channelId: workspace.channelId(channel) });
	return messages.filter((message) => message.text.includes(text));
}
const sessionRow = (id: string) =>
	workspace.database.db.selectFrom("sessions").selectAll().where("id", "=", id).executeTakeFirstOrThrow();

test("a start begins a thread with who asked for what, and a session for it", async () => {
	const start = aStart({ text: "fix the <!channel> total", note: "attempt 1 of 2" });
	const begun = await workspace.slack.startThread(start);
	expect(begun.outcome).toBe("started");
	const [parent] = await workspace.thread({ channelId: start.channelId, threadTs: begun.threadTs });
	expect(parent).toMatchObject({ ts: begun.threadTs, user: (await workspace.bot.auth.test()).user_id });
	expect(JSON.stringify(parent?.blocks)).toContain("attempt 1 of 2");
	expect(parent?.text).toContain("&lt;!channel&gt;");
	const { prompts, threads } = await workspace.sessions.view(begun.sessionId);
	expect(threads).toEqual([{ teamId, channelId: start.channelId, threadTs: begun.threadTs }]);
	expect(prompts).toMatchObject([
		{ text: start.text, author: { personId }, origin: { kind: "slack", messageTs: begun.threadTs } },
	]);
});

test("the same start twice makes one message and one session, also from two instances at once", async () => {
	const start = aStart({ text: "only once" });
	const first = await workspace.slack.startThread(start);
	const again = await workspace.startInstance().startThread(start);
	expect(again).toEqual({ ...first, outcome: "duplicate" });

	const racing = aStart({ text: "raced for" });
	const other = workspace.startInstance();
	const results = await Promise.allSettled([workspace.slack.startThread(racing), other.startThread(racing)]);
	const won = results.find((result) => result.status === "fulfilled");
	expect(await workspace.slack.startThread(racing)).toMatchObject({ sessionId: won?.value.sessionId });
	expect(await inChannel("only once")).toHaveLength(1);
	expect(await inChannel("raced for")).toHaveLength(1);
});

test("a message whose answer was lost is found again and not posted twice", async () => {
	const start = aStart({ text: "lost answer" });
	workspace.proxy.next("chat.postMessage", "drop");
	await expect(workspace.slack.startThread(start)).rejects.toMatchObject({ retryable: true });
	const begun = await workspace.slack.startThread(start);
	expect((await inChannel("lost answer")).map(({ ts }) => ts)).toEqual([begun.threadTs]);

	const thread = await workspace.say("noah", "docs", "a report of an error");
	const reply = aStart({ text: "lost in a thread", channelId: thread.channelId, threadTs: thread.threadTs });
	workspace.proxy.next("chat.postMessage", "drop");
	await expect(workspace.slack.startThread(reply)).rejects.toMatchObject({ retryable: true });
	await workspace.slack.startThread(reply);
	const said = (await workspace.thread(thread)).filter(({ text }) => text.includes("lost in a thread"));
	expect(said).toHaveLength(1);
});

test("a channel without Bobbin is refused in words, and nothing is left of the start", async () => {
	const start = aStart({ channelId: "C0NOWHERE" });
	await expect(workspace.slack.startThread(start)).rejects.toMatchObject({
		code: "channel_refused",
		message: expect.stringContaining("/invite"),
		retryable: false,
	});
	const left = await workspace.database.db.selectFrom("slack_starts").select("key").execute();
	expect(left.map(({ key }) => key)).not.toContain(start.key);
});

test("in a thread the message is a reply, and its session is joined where there is one", async () => {
	const thread = await workspace.say("noah", "docs", "the cart total is wrong");
	const first = await workspace.slack.startThread(
		aStart({ channelId: thread.channelId, threadTs: thread.threadTs }),
	);
	const second = await workspace.slack.startThread(
		aStart({ channelId: thread.channelId, threadTs: thread.threadTs, model: "other" }),
	);
	expect(second).toMatchObject({ outcome: "joined", sessionId: first.sessionId, threadTs: thread.threadTs });
	expect((await sessionRow(first.sessionId)).model).toBeNull();
});

test("what was chosen beforehand is kept with the session", async () => {
	const repositoryId = crypto.randomUUID();
	const begun = await workspace.slack.startThread(
		aStart({
			channelId: workspace.channelId("random"),
			repositoryId,
			baseBranch: "release",
			model: "big-model",
		}),
	);
	expect(await sessionRow(begun.sessionId)).toMatchObject({
		model: "big-model",
		wish: { repository: { id: repositoryId, how: "picked" }, baseBranch: "release" },
	});
});

// The last one here: what Slack holds back holds back the whole workspace.
test("a start that Slack holds back can be called again", async () => {
	const channelId = workspace.channelId("engineering");
	const start = aStart({ text: "held back", channelId });
	workspace.proxy.next("chat.postMessage", "limit");
	const refused = { code: "slack_unavailable", retryable: true };
	await expect(workspace.slack.startThread(start)).rejects.toMatchObject(refused);
	await expect(workspace.slack.startThread(start)).rejects.toMatchObject(refused);
	expect(await inChannel("held back", "engineering")).toEqual([]);
});

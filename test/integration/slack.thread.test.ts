import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SessionEvent } from "../../src/contract/event.ts";
import { eventually } from "../harness/eventually.ts";
import { aRepository } from "../harness/sessions.ts";
import { createSlackWorkspace, type SlackWorkspace } from "../harness/slack-workspace.ts";

let workspace: SlackWorkspace;
let authorId: string;
beforeAll(async () => {
	workspace = await createSlackWorkspace();
	// Not started: events of Slack stay away, a test shows its threads itself.
	({ personId: authorId } = await workspace.sessions.rememberPerson({
		provider: "slack",
		tenant: workspace.playground.connection.teamId,
		externalId: workspace.userId("mia"),
		name: "mia",
		email: null,
		kind: "member",
	}));
});
afterAll(() => workspace[Symbol.asyncDispose]());

/** A session in a thread of a channel, as if a mention had just been taken. */
async function aSession(channel: string, text = "fix it") {
	const at = await workspace.say("mia", channel, text);
	const thread = {
		teamId: workspace.playground.connection.teamId,
		channelId: at.channelId,
		threadTs: at.threadTs,
	};
	const { sessionId, promptId } = await workspace.sessions.acceptThreadPrompt({
		thread,
		prompt: {
			idempotencyKey: randomUUID(),
			authorId,
			text,
			files: [],
			context: {},
			origin: { kind: "slack", teamId: thread.teamId, channelId: at.channelId, messageTs: at.ts },
		},
	});
	return { at, sessionId, promptId };
}

const ofBot = async (at: { channelId: string; threadTs: string }) =>
	(await workspace.thread(at)).filter(({ bot_id }) => bot_id !== undefined);
const reactionsOf = async (at: { channelId: string; threadTs: string }) =>
	((await workspace.thread(at))[0]?.reactions ?? []).map(({ name }) => name);
const setPrompt = (promptId: string, change: object) =>
	workspace.database.db.updateTable("prompts").set(change).where("id", "=", promptId).execute();

test("a thread's address is the one that Slack gives", async () => {
	const { at } = await aSession("shop");
	const { permalink } = await workspace
		.human("mia")
		.chat.getPermalink({ channel: at.channelId, message_ts: at.threadTs });
	const { teamId } = workspace.playground.connection;
	expect(await workspace.slack.threadUrl({ ...at, teamId })).toBe(permalink);
});

describe("nothing is posted twice", () => {
	test("when two instances show the thread at the same moment, twice each", async () => {
		const { at, sessionId } = await aSession("shop");
		const other = workspace.startInstance();
		await Promise.all(
			[workspace.slack, other, workspace.slack, other].map((instance) => instance.showThread(sessionId)),
		);
		expect(await ofBot(at)).toHaveLength(1);
		expect(await workspace.slack.showThread(sessionId)).toEqual({ outcome: "shown" });
		expect(await ofBot(at)).toHaveLength(1);
	});

	test("when the answer is lost after Slack took the message", async () => {
		const { at, sessionId } = await aSession("docs");
		workspace.proxy.next("chat.postMessage", "drop");
		expect((await workspace.slack.showThread(sessionId)).outcome).toBe("later");
		expect(await workspace.slack.showThread(sessionId)).toEqual({ outcome: "shown" });
		expect(await ofBot(at)).toHaveLength(1);
	});

	test("when the connection breaks before Slack took it", async () => {
		const { at, sessionId } = await aSession("docs");
		workspace.proxy.next("chat.postMessage", "refuse_connection");
		expect((await workspace.slack.showThread(sessionId)).outcome).toBe("later");
		expect(await workspace.slack.showThread(sessionId)).toEqual({ outcome: "shown" });
		expect(await ofBot(at)).toHaveLength(1);
	});

	test("when a process died between posting and writing it down", async () => {
		const { at, sessionId, promptId } = await aSession("general");
		const deliveryId = randomUUID();
		await workspace.bot.chat.postMessage({
			channel: at.channelId,
			thread_ts: at.threadTs,
			text: "posted by the one that died",
			metadata: { event_type: "bobbin_delivery", event_payload: { id: deliveryId } },
		});
		await workspace.database.db
			.insertInto("slack_messages")
			.values({
				session_id: sessionId,
				key: `status:${promptId}`,
				delivery_id: deliveryId,
				team_id: workspace.playground.connection.teamId,
				channel_id: at.channelId,
				ts: null,
				shown: null,
				claimed_until: new Date(Date.now() - 1),
				attempts: 1,
			})
			.execute();
		expect(await workspace.slack.showThread(sessionId)).toEqual({ outcome: "shown" });
		const messages = await ofBot(at);
		expect(messages).toHaveLength(1);
		expect(messages[0]?.text).toContain("On it");
	});

	test("while another one's claim is fresh: it is left to it", async () => {
		const { at, sessionId } = await aSession("general");
		workspace.proxy.next("chat.postMessage", "hold");
		const first = workspace.slack.showThread(sessionId);
		const release = await workspace.proxy.held();
		const second = await workspace.startInstance().showThread(sessionId);
		expect(second.outcome).toBe("later");
		release();
		// It may have met the other one at the reaction, and then comes again.
		await first;
		expect(await workspace.slack.showThread(sessionId)).toEqual({ outcome: "shown" });
		expect(await ofBot(at)).toHaveLength(1);
	});
});

describe("what Slack says is heeded", () => {
	test("a rate limit gives the time to wait, and then nothing is missing", async () => {
		const { at, sessionId } = await aSession("random");
		const posts = workspace.proxy.calls.filter((method) => method === "chat.postMessage").length;
		workspace.proxy.next("chat.postMessage", "limit");
		expect(await workspace.slack.showThread(sessionId)).toEqual({ outcome: "later", retryAfterMs: 7_000 });
		// It is not asked again before.
		expect((await workspace.slack.showThread(sessionId)).outcome).toBe("later");
		expect(workspace.proxy.calls.filter((method) => method === "chat.postMessage")).toHaveLength(posts + 1);
		// Another instance, which has not heard of it, finds that Slack has changed its mind.
		expect(await workspace.startInstance().showThread(sessionId)).toEqual({ outcome: "shown" });
		expect(await ofBot(at)).toHaveLength(1);
	});

	test("a status that a person deleted is not posted again, and how the work ended is said in a new one", async () => {
		const { at, sessionId, promptId } = await aSession("engineering");
		await workspace.slack.showThread(sessionId);
		const [status] = await ofBot(at);
		await workspace.bot.chat.delete({ channel: at.channelId, ts: status?.ts ?? "" });
		await setPrompt(promptId, { status: "running" });
		expect(await workspace.slack.showThread(sessionId)).toEqual({ outcome: "shown" });
		expect(await ofBot(at)).toEqual([]);
		await setPrompt(promptId, { status: "cancelled" });
		for (let times = 0; times < 2; times++) {
			expect(await workspace.slack.showThread(sessionId)).toEqual({ outcome: "shown" });
			expect(await ofBot(at)).toHaveLength(1);
		}
	});

	test("a channel that is gone is given up, and not tried again", async () => {
		const { sessionId } = await workspace.sessions.acceptThreadPrompt({
			thread: { teamId: workspace.playground.connection.teamId, channelId: "C0GONE", threadTs: "1.1" },
			prompt: {
				idempotencyKey: randomUUID(),
				authorId,
				text: "in a channel that is gone",
				files: [],
				context: {},
				origin: { kind: "slack", teamId: "T1", channelId: "C0GONE", messageTs: "1.1" },
			},
		});
		expect(await workspace.slack.showThread(sessionId)).toEqual({ outcome: "shown" });
		const calls = workspace.proxy.calls.filter((method) => method === "chat.postMessage").length;
		expect(await workspace.slack.showThread(sessionId)).toEqual({ outcome: "shown" });
		expect(workspace.proxy.calls.filter((method) => method === "chat.postMessage")).toHaveLength(calls);
	});
});

describe("from the first sign to the end", () => {
	test("the status is one message that moves; answer and pull request come before it is folded", async () => {
		const repository = await aRepository(workspace.database, "web-shop");
		const { at, sessionId, promptId } = await aSession("shop", "round the total");
		await workspace.slack.showThread(sessionId);
		expect(await reactionsOf(at)).toEqual(["eyes"]);

		await workspace.sessions.chooseRepository({
			sessionId,
			personId: null,
			repositoryId: repository.id,
			routing: { how: "model", reason: "names the cart", confidence: 0.9 },
		});
		await setPrompt(promptId, {
			...{ status: "running", attempt: 1, started_at: new Date() },
			repository_id: repository.id,
		});
		const followed = workspace.slack.followProgress(sessionId, promptId);
		const events: SessionEvent[] = [
			{ type: "prompt.started", data: { promptId, attempt: 1 } },
			{
				type: "todos.changed",
				data: { promptId, todos: [{ content: "Write a <!here> test", status: "in_progress" }] },
			},
			{
				type: "tool.started",
				data: { promptId, callId: "1", tool: "bash", title: "Run npm test", input: {} },
			},
			{
				type: "file.changed",
				data: {
					promptId,
					file: { path: "src/cart.ts", change: "changed", additions: 4, deletions: 1, diff: null },
				},
			},
		];
		const writer = workspace.eventLog.openWriter({ sessionId, epoch: 0, onLost() {} });
		for (const event of events) writer.append(event);
		await writer.flush();
		const status = await eventually(async () => {
			const [found] = await ofBot(at);
			const drawn = JSON.stringify(found?.blocks);
			expect(drawn).toContain("Run npm test");
			return drawn;
		});
		expect(status).toContain("▶ Write a &lt;!here&gt; test");
		expect(status).toContain("1 file changed, +4 −1");
		expect(status).toContain("acme/web-shop");
		expect(status).toContain("stop_session");
		await eventually(async () => expect(await workspace.sign(at)).toMatchObject({ status: "processing" }));
		writer.close();
		await followed.stop();

		await workspace.database.db
			.insertInto("pull_requests")
			.values({
				id: randomUUID(),
				session_id: sessionId,
				prompt_id: promptId,
				repository_id: repository.id,
				branch: "bobbin/1a2b3c4d-round",
				base: "main",
				title: "Round the <total>",
				body: "",
				state: "open",
				number: 12,
				url: "http://127.0.0.1:1/acme/web-shop/pull/12",
			})
			.execute();
		await setPrompt(promptId, {
			status: "done",
			answer: "**Done.** <!channel> see `cart.ts`",
			cost_usd: 0.12,
			finished_at: new Date(),
		});
		expect(await workspace.slack.showThread(sessionId)).toEqual({ outcome: "shown" });
		const texts = (await ofBot(at)).map((message) => message.text);
		expect(texts).toHaveLength(3);
		expect(texts[0]).toMatch(/^✅ Done · `acme\/web-shop` · \d+ s · \$0.12$/);
		expect(texts[1]).not.toContain("<!channel>");
		expect(texts[2]).toContain("#12 Round the &lt;total&gt;");
		expect(await reactionsOf(at)).toEqual(["white_check_mark"]);
		await eventually(async () => expect(await workspace.sign(at)).toMatchObject({ status: "active" }));

		const calls = workspace.proxy.calls.length;
		expect(await workspace.slack.showThread(sessionId)).toEqual({ outcome: "shown" });
		expect(workspace.proxy.calls).toHaveLength(calls);
	});

	test("a failure says what happened; a retry begins the same message anew", async () => {
		const { at, sessionId, promptId } = await aSession("docs", "fail first");
		await workspace.slack.showThread(sessionId);
		await setPrompt(promptId, {
			status: "failed",
			attempt: 1,
			problem: JSON.stringify({ code: "clone_failed", message: "The repository is gone.", retryable: true }),
		});
		await workspace.slack.showThread(sessionId);
		const [failed] = await ofBot(at);
		expect(failed?.text).toContain("The repository is gone.");
		expect(JSON.stringify(failed?.blocks)).toContain("retry_prompt");
		expect(await reactionsOf(at)).toEqual(["x"]);

		await workspace.sessions.retryPrompt({ promptId, personId: null });
		await workspace.slack.showThread(sessionId);
		expect(await ofBot(at)).toHaveLength(1);
		expect(await reactionsOf(at)).toEqual(["eyes"]);
	});

	test("a sign that Slack did not take away in time goes with the next", async () => {
		const { at, sessionId, promptId } = await aSession("docs", "fail, then work");
		const problem = JSON.stringify({ code: "clone_failed", message: "It is gone.", retryable: true });
		await setPrompt(promptId, { status: "failed", attempt: 1, problem });
		await workspace.slack.showThread(sessionId);
		await workspace.sessions.retryPrompt({ promptId, personId: null });
		workspace.proxy.next("reactions.remove", "refuse_connection");
		expect((await workspace.slack.showThread(sessionId)).outcome).toBe("later");
		expect(await reactionsOf(at)).toEqual(["x", "eyes"]);

		await setPrompt(promptId, { status: "done", attempt: 2, problem: null, answer: "Done." });
		workspace.proxy.next("reactions.remove", "refuse_connection");
		expect((await workspace.slack.showThread(sessionId)).outcome).toBe("later");
		expect(await reactionsOf(at)).toEqual(["x", "eyes", "white_check_mark"]);
		expect(await workspace.slack.showThread(sessionId)).toEqual({ outcome: "shown" });
		expect(await reactionsOf(at)).toEqual(["white_check_mark"]);
		const calls = workspace.proxy.calls.length;
		expect(await workspace.slack.showThread(sessionId)).toEqual({ outcome: "shown" });
		expect(workspace.proxy.calls.slice(calls)).not.toContain("reactions.remove");
	});

	test("what Slack changed although its answer was lost is changed back where that is wanted again", async () => {
		const { at, sessionId, promptId } = await aSession("random", "wait for me");
		await workspace.slack.showThread(sessionId);
		const [before] = await ofBot(at);
		await setPrompt(promptId, { status: "cancelled", withdrawn: "talk" });
		workspace.proxy.next("chat.update", "drop");
		expect((await workspace.slack.showThread(sessionId)).outcome).toBe("later");
		expect((await ofBot(at))[0]?.text).toContain("Taken for talk");
		await setPrompt(promptId, { status: "queued", withdrawn: null });
		expect(await workspace.slack.showThread(sessionId)).toEqual({ outcome: "shown" });
		expect((await ofBot(at))[0]?.text).toBe(before?.text);

		await setPrompt(promptId, { status: "cancelled", withdrawn: "talk" });
		workspace.proxy.next("reactions.remove", "drop");
		expect((await workspace.slack.showThread(sessionId)).outcome).toBe("later");
		expect(await reactionsOf(at)).toEqual([]);
		await setPrompt(promptId, { status: "queued", withdrawn: null });
		expect(await workspace.slack.showThread(sessionId)).toEqual({ outcome: "shown" });
		expect(await reactionsOf(at)).toEqual(["eyes"]);
	});
});

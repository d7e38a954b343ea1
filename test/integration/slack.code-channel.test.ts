import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { AppError } from "../../src/errors.ts";
import { showThreadJob } from "../../src/jobs/queue.ts";
import type { CodeChannel as CodeChannelOnPage } from "../../src/playground/slack/model.ts";
import { OPTIONAL_METHODS } from "../../src/slack/install/uses.ts";
import type { CodeChannel } from "../../src/slack/native/code-channel/code-channel-store.ts";
import { findCodeChannel } from "../../src/slack/native/code-channel/code-channel-store.ts";
import { click } from "../harness/click.ts";
import { eventually } from "../harness/eventually.ts";
import { createPullRequestRows } from "../harness/pull-request-rows.ts";
import { aRepository } from "../harness/sessions.ts";
import { refusals, slackPerson } from "../harness/slack-person.ts";
import { createSlackTalk, type Place, type SlackTalk } from "../harness/slack-talk.ts";
import type { ThreadMessage } from "../harness/slack-workspace.ts";

let talk: SlackTalk;
let repositoryId: string;
let changes: { diff: string; base: string; head: string } | null = null;
/** What GitHub says instead of them. */
let refusal: AppError | null = null;

/** Each part has a workspace of its own: in one, so much at once would have to wait for Slack's limits. */
function inWorkspaceOfItsOwn(): void {
	beforeAll(async () => {
		talk = await createSlackTalk({
			judged: false,
			codeChannels: true,
			repositoryId: async () => repositoryId,
			readChanges: async () => {
				if (refusal !== null) throw refusal;
				return changes;
			},
		});
		await talk.slack.start();
		repositoryId = (await aRepository(talk.database, "web-shop")).id;
	});
	afterAll(() => talk[Symbol.asyncDispose]());
	afterEach(() => talk.release());
}

/** Says a word in a session's thread, and waits for its channel. */
async function openBy(name: string, at: Place): Promise<CodeChannel & { channelId: string }> {
	await talk.human(name).chat.postMessage({ channel: at.channelId, thread_ts: at.threadTs, text: "channel" });
	return untilOpen(at);
}

async function untilOpen(at: Place) {
	return eventually(async () => {
		const { id } = await talk.session(at);
		const channel = await findCodeChannel(talk.database.db, id);
		if (channel?.state !== "open" || channel.channelId === null) throw new Error(`it is ${channel?.state}`);
		return { ...channel, channelId: channel.channelId };
	});
}

async function messagesIn(channelId: string, name = "mia"): Promise<ThreadMessage[]> {
	const found = (await talk.readPage(name, `messages?channel=${channelId}`)) as {
		messages: ThreadMessage[];
	};
	return found.messages;
}

async function write(name: string, channelId: string, text: string): Promise<string> {
	const { members } = await channelOf(channelId, name);
	if (!members.includes(talk.userId(name))) await talk.human(name).conversations.join({ channel: channelId });
	return (await talk.human(name).chat.postMessage({ channel: channelId, text })).ts ?? "";
}

const textsIn = async (channelId: string, name?: string) =>
	(await messagesIn(channelId, name)).map(({ text }) => text);

const untilRuns = (at: Place, text: string) =>
	eventually(async () => expect(await talk.prompts(at)).toContainEqual([text, "running"]));

const untilDone = (at: Place, text: string) =>
	eventually(async () => expect(await talk.prompts(at)).toContainEqual([text, "done"]));
interface ChannelOnPage {
	id: string;
	name: string;
	is_private: boolean;
	is_archived: boolean;
	members: string[];
}

/** As the page has them: the Web API would soon have had enough of somebody who looks so often. */
async function everyChannel(name = "mia"): Promise<ChannelOnPage[]> {
	return ((await talk.readPage(name, "state")) as { channels: ChannelOnPage[] }).channels;
}

async function channelOf(channelId: string, name = "mia"): Promise<ChannelOnPage> {
	const found = (await everyChannel(name)).find(({ id }) => id === channelId);
	if (found === undefined) throw new Error("no such channel");
	return found;
}

describe("a session with a channel of its own", () => {
	inWorkspaceOfItsOwn();

	test("takes what is said there for a prompt, and answers there", async () => {
		const at = await talk.say("mia", "shop", "@bobbin fix the cart");
		const { channelId } = await openBy("mia", at);
		const said = await write("mia", channelId, "and the tests");
		await untilDone(at, "and the tests");
		await eventually(async () =>
			expect(await textsIn(channelId)).toContainEqual(expect.stringContaining("Did: and the tests")),
		);
		await eventually(async () => {
			const message = (await messagesIn(channelId)).find(({ ts }) => ts === said);
			expect(message?.reactions?.map((one) => one.name)).toEqual(["white_check_mark"]);
		});
		const inThread = (await talk.ofBot(at)).map(({ text }) => text);
		expect(inThread.filter((text) => text.includes("and the tests"))).toEqual([]);
		expect(inThread.filter((text) => text.includes(`<#${channelId}>`))).toHaveLength(1);
	});

	test("is opened by the button of its status, which goes then, and is as private as its thread", async () => {
		talk.held.turns = true;
		const secret = (await everyChannel("omar")).find(({ name }) => name === "platform-private")?.id ?? "";
		const { ts = "" } = await talk
			.human("omar")
			.chat.postMessage({ channel: secret, text: "@bobbin a quiet thing" });
		const at = { channelId: secret, ts, threadTs: ts };
		const status = await eventually(async () => {
			const found = (await talk.ofBot(at)).find((one) => JSON.stringify(one.blocks).includes("open_channel"));
			if (found === undefined) throw new Error("no button yet");
			return found;
		});
		await click(talk, "omar", at, status, "Open as channel");
		const { channelId } = await untilOpen(at);
		await eventually(async () => {
			const now = (await talk.ofBot(at)).find(({ ts }) => ts === status.ts);
			expect(JSON.stringify(now?.blocks)).not.toContain("open_channel");
			expect(now?.text).toContain(`<#${channelId}>`);
		});
		expect((await channelOf(channelId, "omar")).is_private).toBe(true);
		await eventually(async () => expect((await textsIn(channelId, "omar")).join()).toContain("Working"));
		talk.release();
		await eventually(async () =>
			expect(await textsIn(channelId, "omar")).toContainEqual(expect.stringContaining("Did: a quiet thing")),
		);
		await eventually(async () =>
			expect((await talk.thread(at)).map(({ text }) => text)).toContainEqual(
				expect.stringContaining("Did: a quiet thing"),
			),
		);
	});

	test("invites those who wrote in its thread, and a direct conversation's channel is private", async () => {
		const at = await talk.say("zoe", "shop", "@bobbin with others");
		await talk.say("omar", "shop", "I care too", at.threadTs);
		const { channelId } = await openBy("omar", at);
		await eventually(async () => {
			const { members } = await channelOf(channelId);
			expect(members).toEqual(expect.arrayContaining([talk.userId("zoe"), talk.userId("omar")]));
		});
		const direct = await talk
			.human("zoe")
			.conversations.open({ users: talk.playground.connection.botUserId });
		const own = direct.channel?.id ?? "";
		const { ts = "" } = await talk.human("zoe").chat.postMessage({ channel: own, text: "fix the footer" });
		const opened = await openBy("zoe", { channelId: own, ts, threadTs: ts });
		expect((await channelOf(opened.channelId, "zoe")).is_private).toBe(true);
	});

	test("is made once, whatever becomes of Slack's answer and of whoever asked", async () => {
		const at = await talk.say("priya", "docs", "@bobbin once only");
		const before = (await everyChannel()).length;
		talk.proxy.next("agents.conversations.create", "drop");
		await talk
			.human("priya")
			.chat.postMessage({ channel: at.channelId, thread_ts: at.threadTs, text: "channel" });
		await untilOpen(at);
		await openBy("noah", at);
		expect((await everyChannel()).length).toBe(before + 1);
	});

	test("stops by the word, by Slack's own Stop, and a message there can be changed and taken back", async () => {
		const at = await talk.say("mia", "engineering", "@bobbin first");
		const { channelId } = await openBy("mia", at);
		await untilDone(at, "first");
		talk.held.turns = true;
		await write("noah", channelId, "second");
		await untilRuns(at, "second");
		const third = await write("noah", channelId, "third");
		const fourth = await write("noah", channelId, "fourth");
		await eventually(async () => expect(await talk.prompts(at)).toContainEqual(["fourth", "queued"]));
		await talk.edit("noah", channelId, third, "third, better");
		await talk.remove("noah", channelId, fourth);
		await eventually(async () => {
			const prompts = await talk.prompts(at);
			expect(prompts).toContainEqual(["third, better", "queued"]);
			expect(prompts).toContainEqual(["fourth", "cancelled"]);
		});
		await talk.react("noah", channelId, third, "raised_hand");
		await eventually(async () =>
			expect(await talk.prompts(at)).toContainEqual(["third, better", "cancelled"]),
		);
		await write("zoe", channelId, "stop");
		await eventually(async () => expect(await talk.prompts(at)).toContainEqual(["second", "stopped"]));
		await write("noah", channelId, "fifth");
		await untilRuns(at, "fifth");
		await talk.onPage("mia", "stop-session", { channel: channelId, thread_ts: "" });
		await eventually(async () => expect(await talk.prompts(at)).toContainEqual(["fifth", "stopped"]));
		talk.release();
	});

	test("answers a member who says nothing, and refuses a guest, once", async () => {
		const at = await talk.say("mia", "random", "@bobbin open to all");
		const { channelId } = await openBy("mia", at);
		await untilDone(at, "open to all");
		const human = talk.human("mia");
		await human.conversations.invite({ channel: channelId, users: talk.userId("finn") });
		await write("finn", channelId, "please do this");
		await write("finn", channelId, "and that");
		await talk.settled();
		const refusals = (await textsIn(channelId)).filter((text) => text.startsWith("Sorry, guests"));
		expect(refusals).toHaveLength(1);
		expect(await talk.prompts(at)).toHaveLength(1);
		await write("mia", channelId, `<@${talk.playground.connection.botUserId}>`);
		await eventually(async () => expect((await textsIn(channelId)).at(-1)).toContain("Hello!"));
		await write("mia", channelId, "status");
		await slackPerson(talk, "mia").untilWhisper({ channelId }, /web-shop/);
	});
});

describe("a session's channel", () => {
	inWorkspaceOfItsOwn();

	test("is archived when its session is over; what is said in the thread goes on there", async () => {
		const at = await talk.say("mia", "shop", "@bobbin short work");
		const { channelId } = await openBy("mia", at);
		await untilDone(at, "short work");
		const { id } = await talk.session(at);
		await talk.database.db.updateTable("sessions").set({ status: "ended" }).where("id", "=", id).execute();
		await talk.slack.showThread(id);
		await eventually(async () => expect((await channelOf(channelId)).is_archived).toBe(true));
		const told = (await textsIn(channelId)).length;
		await talk
			.human("mia")
			.chat.postMessage({ channel: at.channelId, thread_ts: at.threadTs, text: "one more" });
		await untilDone(at, "one more");
		await eventually(async () =>
			expect((await talk.thread(at)).map(({ text }) => text)).toContainEqual(
				expect.stringContaining("Did: one more"),
			),
		);
		expect((await textsIn(channelId)).length).toBe(told);
		expect((await findCodeChannel(talk.database.db, id))?.state).toBe("archived");
	});

	test("is archived also where Slack refuses the sign that it is over", async () => {
		const at = await talk.say("noah", "random", "@bobbin quick work");
		const { channelId } = await openBy("noah", at);
		await untilDone(at, "quick work");
		await talk.settled();
		// Of the thread, of the channel, and before it is archived.
		const fault = { method: "agents.sessions.setStatus", error: "invalid_arguments" };
		await talk.onPage("mia", "faults", { next: [fault, fault, fault] });
		const { id } = await talk.session(at);
		await talk.database.db.updateTable("sessions").set({ status: "ended" }).where("id", "=", id).execute();
		await talk.slack.showThread(id);
		await eventually(async () => expect((await channelOf(channelId)).is_archived).toBe(true));
	});

	test("that was archived is theirs again who unarchive it and speak there, until the session is over again", async () => {
		talk.held.turns = true;
		const at = await talk.say("zoe", "engineering", "@bobbin early work");
		const { channelId } = await openBy("zoe", at);
		talk.release();
		await untilDone(at, "early work");
		const { id } = await talk.session(at);
		const end = async () => {
			await talk.database.db.updateTable("sessions").set({ status: "ended" }).where("id", "=", id).execute();
			await talk.slack.showThread(id);
			await eventually(async () => expect((await channelOf(channelId)).is_archived).toBe(true));
		};
		const answers = async (place: Place | string) => {
			const texts =
				typeof place === "string" ? await textsIn(place) : (await talk.ofBot(place)).map(({ text }) => text);
			return texts.filter((text) => text.startsWith("Did: "));
		};
		await end();
		await talk.say("zoe", "engineering", "meanwhile", at.threadTs);
		await untilDone(at, "meanwhile");
		await eventually(async () => expect(await answers(at)).toContain("Did: meanwhile"));

		await talk.human("omar").conversations.unarchive({ channel: channelId });
		const said = await write("omar", channelId, "late work");
		await untilDone(at, "late work");
		await eventually(async () => {
			const message = (await messagesIn(channelId)).find(({ ts }) => ts === said);
			expect(message?.reactions?.map((one) => one.name)).toEqual(["white_check_mark"]);
		});
		await talk.settled();
		expect(await answers(channelId)).toEqual(["Did: early work", "Did: late work"]);
		expect(await answers(at)).toEqual(["Did: early work", "Did: meanwhile"]);
		const signs = (await talk.ofBot(at)).map(({ text }) => text).filter((text) => text.includes(channelId));
		expect(signs).toEqual([expect.stringContaining("It has a channel of its own")]);
		await end();
		expect((await findCodeChannel(talk.database.db, id))?.state).toBe("archived");
	});

	test("that people archived or took from us leaves its work to the thread, which says so once", async () => {
		const at = await talk.say("mia", "docs", "@bobbin carry on");
		const { channelId } = await openBy("mia", at);
		await untilDone(at, "carry on");
		talk.held.turns = true;
		await write("mia", channelId, "half way");
		await untilRuns(at, "half way");
		await talk
			.human("mia")
			.conversations.kick({ channel: channelId, user: talk.playground.connection.botUserId });
		talk.release();
		await untilDone(at, "half way");
		await eventually(async () => {
			const texts = (await talk.thread(at)).map(({ text }) => text);
			expect(texts).toContainEqual(expect.stringContaining("Did: half way"));
			expect(texts.filter((text) => text.includes("closed to me"))).toHaveLength(1);
		});
	});

	test("each of its calls may be put off", async () => {
		const at = await talk.say("omar", "general", "@bobbin patience");
		await untilDone(at, "patience");
		// Somebody who is to be invited.
		await talk.say("zoe", "general", "I care too", at.threadTs);
		await untilDone(at, "I care too");
		// Of its tabs below.
		const { "agents.conversations.setView": _, ...others } = OPTIONAL_METHODS;
		const putOff = ["agents.sessions.setStatus", ...Object.keys(others)];
		for (const method of putOff) talk.proxy.next(method, "limit_briefly");
		const { channelId } = await openBy("omar", at);
		await write("omar", channelId, "now");
		await untilDone(at, "now");
		const { id } = await talk.session(at);
		await talk.database.db.updateTable("sessions").set({ status: "ended" }).where("id", "=", id).execute();
		await talk.enqueue(talk.database.db, showThreadJob, { version: 1, sessionId: id }, { key: id });
		await eventually(async () => expect((await channelOf(channelId)).is_archived).toBe(true));
		expect(putOff.filter((method) => talk.proxy.left(method) > 0)).toEqual([]);
		const { members } = await talk.bot.conversations.members({ channel: channelId });
		expect(members).toContain(talk.userId("zoe"));
	});
});

const codeChannelOf = async (channelId: string): Promise<CodeChannelOnPage | undefined> => {
	const state = (await talk.readPage("mia", "state")) as { code_channels: CodeChannelOnPage[] };
	return state.code_channels.find(({ channel_id }) => channel_id === channelId);
};

describe("the tabs and the bar of a channel", () => {
	inWorkspaceOfItsOwn();

	test("show the pull request and its changes, as they are now, however often Slack puts them off", async () => {
		const at = await talk.say("mia", "shop", "@bobbin show your work");
		await untilDone(at, "show your work");
		const { id } = await talk.session(at);
		const pullRequestId = await createPullRequestRows(talk.database.db).pullRequest(
			{ sessionId: id, repositoryId },
			{
				branch: "bobbin/abc",
				base: "main",
				state: "open",
				number: 12,
				url: "https://github.example/acme/web-shop/pull/12",
				checks: "passing",
			},
		);
		changes = { diff: "diff --git a/a b/a\n+one\n", base: "main", head: "bobbin/abc" };
		for (const method of ["setView", "setView", "setProperties"])
			talk.proxy.next(`agents.conversations.${method}`, "limit_briefly");
		const { channelId } = await openBy("mia", at);
		await eventually(async () => {
			const code = await codeChannelOf(channelId);
			expect(code?.views).toMatchObject([
				{ type: "pull_request", pr_url: "https://github.example/acme/web-shop/pull/12" },
				{
					type: "diff",
					content: changes?.diff,
					base_branch: "main",
					head_branch: "bobbin/abc",
					content_version: 1,
				},
			]);
			expect(code?.context_bar_items.map(({ label }) => label)).toEqual([
				"acme/web-shop",
				"bobbin/abc",
				"#12 open",
				"Checks pass",
			]);
		});
		// Shown again, nothing is asked of Slack that it has already.
		const before = talk.proxy.calls.filter((method) => method.startsWith("agents.conversations."));
		await talk.slack.showThread(id);
		expect(talk.proxy.calls.filter((method) => method.startsWith("agents.conversations."))).toEqual(before);

		changes = { ...changes, diff: `${"+x\n".repeat(400_000)}` };
		await write("mia", channelId, "and more");
		await untilDone(at, "and more");
		await talk.database.db
			.updateTable("pull_requests")
			.set({ state: "merged", checks: "failing" })
			.where("id", "=", pullRequestId)
			.execute();
		await talk.enqueue(talk.database.db, showThreadJob, { version: 1, sessionId: id }, { key: id });
		await eventually(async () => {
			const code = await codeChannelOf(channelId);
			const diff = code?.views.find(({ type }) => type === "diff");
			expect(diff?.content?.length).toBeLessThanOrEqual(1_000_000);
			expect(diff?.content).toContain("too long for Slack");
			expect(code?.context_bar_items.map(({ label }) => label)).toContain("#12 merged");
		});
		changes = null;
		expect(await refusals(talk)).toEqual([]);
	});

	test("are there without the changes that GitHub does not let the App read", async () => {
		refusal = new AppError("forbidden", "The GitHub App may not do this.");
		const at = await talk.say("mia", "shop", "@bobbin show what you may");
		await untilDone(at, "show what you may");
		const { channelId } = await openBy("mia", at);
		await eventually(async () =>
			expect((await codeChannelOf(channelId))?.context_bar_items.map(({ label }) => label)).toEqual([
				"acme/web-shop",
			]),
		);
		const { id } = await talk.session(at);
		expect(await talk.slack.showThread(id)).toEqual({ outcome: "shown" });
		refusal = null;
	});
});

describe("where a workspace has none", () => {
	test("no button is shown, and the word says what to do", async () => {
		await using without = await createSlackTalk({ judged: false, repositoryId: async () => null });
		await without.slack.start();
		without.held.turns = true;
		const at = await without.say("mia", "shop", "@bobbin no channel here");
		await eventually(async () => expect((await without.ofBot(at))[0]?.text).toContain("Working"));
		expect(JSON.stringify(await without.ofBot(at))).not.toContain("open_channel");
		await without
			.human("mia")
			.chat.postMessage({ channel: at.channelId, thread_ts: at.threadTs, text: "channel" });
		await slackPerson(without, "mia").untilWhisper(at, /no code channels.*goes on in this thread/);
		expect(without.proxy.calls.filter((method) => method.startsWith("agents.conversations"))).toEqual([]);
		without.release();
		await eventually(async () => expect(await without.prompts(at)).toEqual([["no channel here", "done"]]));
	});

	test("though the app may, it is found out once, said to whoever asked, and not offered again", async () => {
		await using lacking = await createSlackTalk({
			judged: false,
			codeChannels: true,
			repositoryId: async () => null,
		});
		await lacking.slack.start();
		await lacking.onPage("mia", "faults", {
			next: [{ method: "agents.conversations.create", error: "feature_disabled" }],
		});
		lacking.held.turns = true;
		const first = await lacking.say("mia", "shop", "@bobbin one");
		const button = await eventually(async () => {
			const found = (await lacking.ofBot(first)).find((one) =>
				JSON.stringify(one.blocks).includes("open_channel"),
			);
			if (found === undefined) throw new Error("no button yet");
			return found;
		});
		await click(lacking, "mia", first, button, "Open as channel");
		await slackPerson(lacking, "mia").untilWhisper(first, /no code channels/);
		const second = await lacking.say("mia", "docs", "@bobbin two");
		await eventually(async () => expect((await lacking.ofBot(second))[0]?.text).toContain("Working"));
		expect(JSON.stringify(await lacking.ofBot(second))).not.toContain("open_channel");
		await lacking
			.human("mia")
			.chat.postMessage({ channel: second.channelId, thread_ts: second.threadTs, text: "channel" });
		await slackPerson(lacking, "mia").untilWhisper(second, /no code channels/);
		expect(lacking.proxy.calls.filter((method) => method === "agents.conversations.create")).toHaveLength(1);
		lacking.release();
	});
});

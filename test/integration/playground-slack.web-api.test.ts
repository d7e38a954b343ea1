import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebAPIPlatformError, WebAPIRateLimitedError, WebClient } from "@slack/web-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningPlayground, runPlaygroundSlack } from "../harness/slack-playground.ts";

let dataDir: string;
let playground: RunningPlayground;
let clockMs = Date.now();
let bot: WebClient;
let mia: WebClient;
let noah: WebClient;

function client(token: string): WebClient {
	return new WebClient(token, {
		slackApiUrl: playground.slack.connection.apiUrl,
		retryConfig: { retries: 0 },
		rejectRateLimitedCalls: true,
		logger: silent,
	});
}

const silent = {
	debug() {},
	info() {},
	warn() {},
	error() {},
	setLevel() {},
	getLevel: () => "error" as never,
	setName() {},
};

async function refusal(call: Promise<unknown>): Promise<Record<string, unknown>> {
	const error = await call.then(
		() => null,
		(thrown: unknown) => thrown,
	);
	if (!(error instanceof WebAPIPlatformError)) throw new Error(`not refused: ${String(error)}`);
	return error.data as unknown as Record<string, unknown>;
}

function channelId(name: string): string {
	const found = playground.slack.describe().channels.find((channel) => channel.name === name);
	if (found === undefined) throw new Error(`no channel ${name}`);
	return found.id;
}

/** Lets a minute pass, so that no test feels the calls of another. */
function rest(): void {
	clockMs += 61_000;
}

beforeAll(async () => {
	dataDir = await mkdtemp(join(tmpdir(), "slack-"));
	await mkdir(join(dataDir, "page"));
	await writeFile(join(dataDir, "page", "index.html"), "<title>page</title>");
	playground = await runPlaygroundSlack({
		dataDir,
		eventsUrl: "http://127.0.0.1:9/slack/events",
		now: () => clockMs,
		retryDelaysMs: [],
		pageDir: join(dataDir, "page"),
	});
	bot = client(playground.slack.connection.botToken);
	mia = client("xoxp-mia");
	noah = client("xoxp-noah");
});

afterAll(async () => {
	await playground.close();
	await rm(dataDir, { recursive: true, force: true });
});

describe("messages", () => {
	it("posts, replies, edits and deletes", async () => {
		rest();
		const channel = channelId("shop");
		const posted = await bot.chat.postMessage({ channel, text: "hello" });
		const ts = String(posted.ts);
		const reply = await bot.chat.postMessage({ channel, text: "reply", thread_ts: ts });
		await bot.chat.update({ channel, ts, text: "hello again" });

		const replies = await bot.conversations.replies({ channel, ts });
		expect(replies.messages?.map((message) => message.text)).toEqual(["hello again", "reply"]);
		expect(replies.messages?.[0]).toMatchObject({
			reply_count: 1,
			thread_ts: ts,
			edited: { user: "U0BOBBIN01" },
		});
		expect(replies.messages?.[1]).toMatchObject({ bot_id: "B0BOBBIN01", app_id: "A0BOBBIN01" });

		await bot.chat.delete({ channel, ts: String(reply.ts) });
		expect((await bot.conversations.replies({ channel, ts })).messages).toHaveLength(1);
	});

	it("keeps a thread whose parent was deleted", async () => {
		rest();
		const channel = channelId("shop");
		const ts = String((await mia.chat.postMessage({ channel, text: "parent" })).ts);
		await mia.chat.postMessage({ channel, text: "child", thread_ts: ts });
		await mia.chat.delete({ channel, ts });
		const replies = await bot.conversations.replies({ channel, ts });
		expect(replies.messages).toMatchObject([{ subtype: "tombstone" }, { text: "child" }]);
		await bot.chat.postMessage({ channel, text: "still here", thread_ts: ts });
	});

	it("returns metadata only where it is asked for", async () => {
		rest();
		const channel = channelId("shop");
		const metadata = { event_type: "delivery", event_payload: { id: "42" } };
		const { ts } = await bot.chat.postMessage({ channel, text: "with metadata", metadata });
		const plain = await bot.conversations.history({ channel, latest: String(ts), inclusive: true, limit: 1 });
		const full = await bot.conversations.history({
			channel,
			latest: String(ts),
			inclusive: true,
			limit: 1,
			include_all_metadata: true,
		});
		expect(plain.messages?.[0]).not.toHaveProperty("metadata");
		expect(full.messages?.[0]?.metadata).toMatchObject(metadata);
	});

	it("turns what a human types into Slack's own form", async () => {
		rest();
		const { message } = await mia.chat.postMessage({
			channel: "#general",
			text: "@bobbin look at #shop <b> & https://example.com/a?b=@noah, not `@bobbin`",
		});
		expect(message?.text).toBe(
			`<@U0BOBBIN01> look at <#${channelId("shop")}|shop> &lt;b&gt; &amp; <https://example.com/a?b=@noah>, not \`@bobbin\``,
		);
	});

	it("pages through a history with cursors", async () => {
		rest();
		const channel = channelId("random");
		for (const text of ["1", "2", "3", "4", "5"]) await mia.chat.postMessage({ channel, text });
		const seen: (string | undefined)[] = [];
		let cursor: string | undefined;
		do {
			const page = await bot.conversations.history({ channel, limit: 2, ...(cursor ? { cursor } : {}) });
			seen.push(...(page.messages ?? []).map((message) => message.text));
			cursor = page.response_metadata?.next_cursor || undefined;
		} while (cursor !== undefined);
		expect(seen).toEqual(["5", "4", "3", "2", "1"]);
	});

	it("gives only the reply when asked for the replies of a reply", async () => {
		rest();
		const channel = channelId("random");
		const { ts } = await mia.chat.postMessage({ channel, text: "parent" });
		const reply = await mia.chat.postMessage({ channel, text: "child", thread_ts: String(ts) });
		const replies = await bot.conversations.replies({ channel, ts: String(reply.ts) });
		expect(replies.messages?.map((message) => message.text)).toEqual(["child"]);
	});
});

describe("refusals", () => {
	const cases: [title: string, error: string, call: () => Promise<unknown>][] = [
		["a method that does not exist", "unknown_method", () => bot.apiCall("chat.shout", {})],
		["a name that every object has", "unknown_method", () => bot.apiCall("constructor", {})],
		[
			"an argument that does not exist",
			"invalid_arguments",
			() => bot.apiCall("chat.postMessage", { channel: channelId("shop"), text: "x", txet: "y" }),
		],
		["a missing argument", "invalid_arguments", () => bot.apiCall("chat.update", { text: "x" })],
		["no token", "not_authed", () => client("").auth.test()],
		["a wrong token", "invalid_auth", () => client("xoxb-wrong").auth.test()],
		["somebody who has left", "account_inactive", () => client("xoxp-lena").auth.test()],
		["no text", "no_text", () => bot.chat.postMessage({ channel: channelId("shop"), text: "" })],
		[
			"a channel of another workspace",
			"channel_not_found",
			() => bot.chat.postMessage({ channel: "C000000022", text: "x" }),
		],
		[
			"an archived channel",
			"is_archived",
			() => bot.chat.postMessage({ channel: "#old-project", text: "x" }),
		],
		[
			"a channel without the app",
			"not_in_channel",
			() => bot.chat.postMessage({ channel: "#watercooler", text: "x" }),
		],
		[
			"a private channel to outsiders",
			"channel_not_found",
			() => noah.conversations.info({ channel: "G000000006" }),
		],
		[
			"a message that is not there",
			"message_not_found",
			() => bot.chat.update({ channel: channelId("shop"), ts: "1700000000.000000", text: "x" }),
		],
		[
			"a thread that is not there",
			"thread_not_found",
			() => bot.conversations.replies({ channel: channelId("shop"), ts: "1700000000.000000" }),
		],
		[
			"an edit of more than 4,000 characters",
			"msg_too_long",
			async () => {
				const channel = channelId("shop");
				const { ts } = await bot.chat.postMessage({ channel, text: "x" });
				await bot.chat.update({ channel, ts: String(ts), text: "x".repeat(4001) });
			},
		],
		[
			"an edit of somebody else's message",
			"cant_update_message",
			async () => {
				const channel = channelId("shop");
				const { ts } = await mia.chat.postMessage({ channel, text: "mine" });
				await bot.chat.update({ channel, ts: String(ts), text: "x" });
			},
		],
		[
			"too much text in blocks",
			"msg_blocks_too_long",
			() =>
				bot.chat.postMessage({
					channel: channelId("shop"),
					text: "x",
					blocks: Array.from({ length: 5 }, () => ({
						type: "section",
						text: { type: "mrkdwn", text: "x".repeat(3000) },
					})),
				}),
		],
		[
			"metadata of more than 16 kB",
			"metadata_too_large",
			() =>
				bot.chat.postMessage({
					channel: channelId("shop"),
					text: "x",
					metadata: { event_type: "e", event_payload: { big: "x".repeat(17_000) } },
				}),
		],
		["a cursor that was never given", "invalid_cursor", () => bot.conversations.list({ cursor: "nonsense" })],
		[
			"a view without a trigger",
			"invalid_trigger_id",
			() => bot.views.open({ trigger_id: "1.x", view: modal }),
		],
		[
			"an app's method with a human's token",
			"not_allowed_token_type",
			() => mia.views.open({ trigger_id: "1.x", view: modal }),
		],
		[
			"five suggested prompts",
			"invalid_arguments",
			() =>
				bot.assistant.threads.setSuggestedPrompts({
					channel_id: channelId("shop"),
					prompts: Array.from({ length: 5 }, () => ({ title: "t", message: "m" })),
				}),
		],
		[
			"another title for a session that is not there",
			"session_not_found",
			async () => {
				const channel = channelId("shop");
				const { ts = "" } = await bot.chat.postMessage({ channel, text: "x" });
				await bot.agents.sessions.rename({ channel_id: channel, thread_ts: ts, title: "t" });
			},
		],
		[
			"a session status that does not exist",
			"invalid_status",
			async () => {
				const channel = channelId("shop");
				const { ts } = await bot.chat.postMessage({ channel, text: "x" });
				await bot.apiCall("agents.sessions.setStatus", {
					channel_id: channel,
					thread_ts: ts,
					status: "busy",
				});
			},
		],
	];
	const modal = { type: "modal" as const, title: { type: "plain_text" as const, text: "t" }, blocks: [] };

	for (const [title, error, call] of cases) {
		it(`refuses ${title}: ${error}`, async () => {
			rest();
			expect(await refusal(call())).toMatchObject({ ok: false, error });
		});
	}

	it("says where blocks are wrong", async () => {
		rest();
		const data = await refusal(
			bot.chat.postMessage({
				channel: channelId("shop"),
				text: "x",
				blocks: [
					{ type: "divider" },
					{ type: "header", text: { type: "plain_text", text: "x".repeat(151) } },
				],
			}),
		);
		expect(data).toMatchObject({
			error: "invalid_blocks",
			errors: ["must be less than 151 characters [json-pointer:/blocks/1/text/text]"],
		});
	});

	it("names the scope that is missing", async () => {
		rest();
		const data = await refusal(bot.conversations.setTopic({ channel: channelId("shop"), topic: "x" }));
		expect(data).toMatchObject({
			error: "missing_scope",
			needed: expect.stringContaining("channels:manage"),
		});
		expect(data.provided).toContain("chat:write");
	});

	it("keeps what the app did wrong for the page, and not what people did", async () => {
		rest();
		await fetch(`${playground.origin}/playground/slack/page/refused`, { method: "DELETE", headers: asMia });
		await refusal(bot.apiCall("chat.postMessage", { channel: "C404404404", text: "x" }));
		await refusal(mia.apiCall("chat.postMessage", { channel: "C404404404", text: "x" }));
		const response = await fetch(`${playground.origin}/playground/slack/page/refused`, { headers: asMia });
		const { refused } = (await response.json()) as { refused: unknown[] };
		expect(refused).toMatchObject([
			{ method: "chat.postMessage", error: "channel_not_found", args: { channel: "C404404404" } },
		]);
	});
});

const asMia = { authorization: "Bearer xoxp-mia" };

describe("people, reactions, files", () => {
	it("knows guests, people who left and people from elsewhere", async () => {
		rest();
		const users = (await bot.users.list({})).members ?? [];
		expect(users.find((user) => user.name === "finn")).toMatchObject({ is_restricted: true });
		expect(users.find((user) => user.name === "lena")).toMatchObject({ deleted: true });
		expect(users.some((user) => user.name === "ivan")).toBe(false);
		const ivan = playground.slack.describe().users.find((user) => user.name === "ivan");
		expect((await bot.users.info({ user: String(ivan?.id) })).user).toMatchObject({ is_stranger: true });
	});

	it("adds a reaction once and removes it once", async () => {
		rest();
		const channel = channelId("shop");
		const timestamp = String((await mia.chat.postMessage({ channel, text: "react" })).ts);
		await bot.reactions.add({ channel, timestamp, name: "eyes" });
		expect(await refusal(bot.reactions.add({ channel, timestamp, name: "eyes" }))).toMatchObject({
			error: "already_reacted",
		});
		const { message } = await bot.reactions.get({ channel, timestamp });
		expect(message?.reactions).toEqual([{ name: "eyes", users: ["U0BOBBIN01"], count: 1 }]);
		await bot.reactions.remove({ channel, timestamp, name: "eyes" });
		expect(await refusal(bot.reactions.remove({ channel, timestamp, name: "eyes" }))).toMatchObject({
			error: "no_reaction",
		});
	});

	it("takes a file in three steps and shows a sign-in page to a wrong token", async () => {
		rest();
		const channel = channelId("shop");
		await mia.files.uploadV2({
			channel_id: channel,
			filename: "trace.txt",
			content: "boom",
			initial_comment: "see here",
		});
		const [message] = (await bot.conversations.history({ channel, limit: 1 })).messages ?? [];
		expect(message).toMatchObject({ subtype: "file_share", text: "see here" });
		const url = String(message?.files?.[0]?.url_private_download);

		const right = await fetch(url, {
			headers: { authorization: `Bearer ${playground.slack.connection.botToken}` },
		});
		expect(await right.text()).toBe("boom");
		const wrong = await fetch(url, { headers: { authorization: "Bearer xoxb-wrong" } });
		expect(wrong.status).toBe(200);
		expect(wrong.headers.get("content-type")).toContain("text/html");
		const stranger = await fetch(url, { headers: { authorization: "Bearer xoxp-ivan" } });
		expect(await stranger.text()).not.toContain("boom");
	});
});

describe("rate limits", () => {
	it("limits posting to one channel, with a burst, and says when to come back", async () => {
		rest();
		const channel = channelId("docs");
		for (let n = 0; n < 5; n += 1) await bot.chat.postMessage({ channel, text: `burst ${n}` });
		const limited = await bot.chat
			.postMessage({ channel, text: "too much" })
			.catch((error: unknown) => error);
		expect(limited).toBeInstanceOf(WebAPIRateLimitedError);
		expect((limited as WebAPIRateLimitedError).retryAfter).toBe(1);
		await bot.chat.postMessage({ channel: channelId("general"), text: "elsewhere it is fine" });
		clockMs += 1_000;
		await bot.chat.postMessage({ channel, text: "now it is fine" });
	});

	it("limits a tier 3 method to fifty calls a minute, for each method on its own", async () => {
		rest();
		const channel = channelId("shop");
		for (let n = 0; n < 50; n += 1) await bot.conversations.info({ channel });
		const limited = await bot.conversations.info({ channel }).catch((error: unknown) => error);
		expect(limited).toBeInstanceOf(WebAPIRateLimitedError);
		expect((limited as WebAPIRateLimitedError).retryAfter).toBe(60);
		await bot.conversations.history({ channel, limit: 1 });
	});
});

describe("faults on demand", () => {
	it("does the work and loses the answer", async () => {
		rest();
		const channel = channelId("engineering");
		await fetch(`${playground.origin}/playground/slack/page/faults`, {
			method: "POST",
			headers: { ...asMia, "content-type": "application/json" },
			body: JSON.stringify({ next: [{ method: "chat.postMessage", cut: true }] }),
		});
		await expect(bot.chat.postMessage({ channel, text: "lost answer" })).rejects.toThrow();
		const { messages } = await bot.conversations.history({ channel });
		expect(messages?.filter((message) => message.text === "lost answer")).toHaveLength(1);
	});
});

it("serves the page at its root and at every place inside it", async () => {
	const root = `${playground.origin}/playground/slack`;
	const bare = await fetch(root, { redirect: "manual" });
	expect([bare.status, bare.headers.get("location")]).toEqual([302, "/playground/slack/"]);
	for (const place of ["/", "/archives/C000000002/p1700000000000000"]) {
		expect(await (await fetch(root + place)).text()).toBe("<title>page</title>");
	}
	expect((await fetch(`${root}/assets/none.js`)).status).toBe(404);
	expect((await fetch(`${root}/..%2f..%2fpackage.json`)).status).toBe(404);
});

it("answers nobody but this machine", async () => {
	const foreign = await fetch(`${playground.origin}/playground/slack/api/auth.test`, {
		method: "POST",
		headers: { authorization: "Bearer xoxp-mia", origin: "https://evil.example" },
	});
	expect(foreign.status).toBe(403);
});

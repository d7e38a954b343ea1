import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SocketModeClient } from "@slack/socket-mode";
import { type LogLevel, WebClient } from "@slack/web-api";
import { afterEach, describe, expect, it } from "vitest";
import type { PlaygroundSlackDeps } from "../../src/playground/slack/playground-slack.ts";
import { type RunningPlayground, runPlaygroundSlack, runReceiver } from "../harness/slack-playground.ts";

const open: (() => Promise<unknown>)[] = [];

afterEach(async () => {
	for (const close of open.splice(0).reverse()) await close();
});

async function newDataDir(): Promise<string> {
	const dataDir = await mkdtemp(join(tmpdir(), "slack-"));
	open.push(() => rm(dataDir, { recursive: true, force: true }));
	return dataDir;
}

async function start(deps: Partial<PlaygroundSlackDeps> = {}) {
	let playground: RunningPlayground | undefined;
	const receiver = await runReceiver(() => playground?.slack.connection.signingSecret ?? "");
	open.push(receiver.close);
	playground = await runPlaygroundSlack({
		dataDir: deps.dataDir ?? (await newDataDir()),
		eventsUrl: receiver.url,
		...deps,
	});
	open.push(playground.close);
	return { playground, receiver, human: human(playground, "mia"), bot: client(playground, "bot") };
}

const silent = {
	debug() {},
	info() {},
	warn() {},
	error() {},
	setLevel() {},
	getLevel: () => "error" as LogLevel,
	setName() {},
};

function human(playground: RunningPlayground, name: string): WebClient {
	return new WebClient(`xoxp-${name}`, {
		slackApiUrl: playground.slack.connection.apiUrl,
		logger: silent,
	});
}

function client(playground: RunningPlayground, kind: "bot"): WebClient {
	const { apiUrl, botToken } = playground.slack.connection;
	return new WebClient(kind === "bot" ? botToken : "", { slackApiUrl: apiUrl, logger: silent });
}

describe("deliveries over HTTP", () => {
	it("tells of a mention twice: as a message and as app_mention, each with an id of its own", async () => {
		const { receiver, human } = await start();
		const { ts } = await human.chat.postMessage({ channel: "#shop", text: "@bobbin fix the cart" });
		await receiver.until(() => receiver.events().length === 2);

		const [first, second] = receiver
			.events()
			.sort((a, b) => String(a.event.type).localeCompare(String(b.event.type)));
		expect(first?.event).toMatchObject({ type: "app_mention", ts, text: "<@U0BOBBIN01> fix the cart" });
		expect(second?.event).toMatchObject({ type: "message", ts, channel_type: "channel", event_ts: ts });
		expect(first?.body.event_id).not.toBe(second?.body.event_id);
		expect(first?.body).toMatchObject({
			team_id: "T0ACME0001",
			api_app_id: "A0BOBBIN01",
			type: "event_callback",
			is_ext_shared_channel: false,
			authorizations: [{ team_id: "T0ACME0001", user_id: "U0BOBBIN01", is_bot: true }],
			event_context: expect.stringMatching(/^4-/),
		});
		expect(receiver.received.every((one) => one.signatureValid)).toBe(true);
	});

	it("tells of the app's own messages, of edits and of deletions, and of nothing in channels without it", async () => {
		const { receiver, human, bot } = await start();
		await human.chat.postMessage({ channel: "#watercooler", text: "@bobbin are you here?" });
		const posted = await bot.chat.postMessage({ channel: "#shop", text: "mine" });
		const channel = String(posted.channel);
		const ts = String(posted.ts);
		await receiver.until(() => receiver.events().length === 1);
		await bot.chat.update({ channel, ts, text: "edited" });
		await receiver.until(() => receiver.events().length === 2);
		await bot.chat.delete({ channel, ts });
		await receiver.until(() => receiver.events().length === 3);

		const [own, changed, deleted] = receiver.events().map((one) => one.event);
		expect(own).toMatchObject({ type: "message", bot_id: "B0BOBBIN01", user: "U0BOBBIN01" });
		expect(changed).toMatchObject({
			subtype: "message_changed",
			message: { text: "edited", ts },
			previous_message: { text: "mine" },
		});
		expect(deleted).toMatchObject({ subtype: "message_deleted", deleted_ts: ts });
	});

	it("tells of a mention again when its message is edited", async () => {
		const { receiver, human } = await start();
		const { channel = "", ts = "" } = await human.chat.postMessage({ channel: "#shop", text: "fix it" });
		await receiver.until(() => receiver.events().length === 1);
		await human.chat.update({ channel, ts, text: "@bobbin fix it" });
		await receiver.until(() => receiver.events().length === 3);
		const [, ...told] = receiver.events().map(({ event }) => event);
		// Each is sent by itself, so either may come first.
		expect(told.toSorted((a, b) => String(a.type).localeCompare(String(b.type)))).toMatchObject([
			{ type: "app_mention", ts, text: "<@U0BOBBIN01> fix it", edited: { user: "U0MIA00000" } },
			{ type: "message", subtype: "message_changed" },
		]);
	});

	it("shares a file as file_share without an app_mention, and tells who is from another organisation", async () => {
		const { playground, receiver } = await start();
		const ivan = human(playground, "ivan");
		await ivan.files.uploadV2({
			channel_id: channelId(playground, "partners"),
			filename: "a.txt",
			content: "a",
			initial_comment: "@bobbin read this",
		});
		await receiver.until(() => receiver.events().length === 1);
		const [shared] = receiver.events();
		expect(shared?.event).toMatchObject({
			type: "message",
			subtype: "file_share",
			user_team: "T0GLOBEX01",
			text: "<@U0BOBBIN01> read this",
		});
		expect(shared?.body).toMatchObject({
			team_id: "T0GLOBEX01",
			is_ext_shared_channel: true,
			authorizations: [{ team_id: "T0ACME0001" }],
		});
	});

	it("sends no app_mention in a direct message", async () => {
		const { receiver, human } = await start();
		await human.chat.postMessage({ channel: "U0BOBBIN01", text: "hello @bobbin" });
		const invited = await human.conversations.create({ name: "with-bobbin" });
		await human.conversations.invite({ channel: String(invited.channel?.id), users: "U0BOBBIN01" });
		const direct = () => receiver.events().filter((one) => one.event.channel_type === "im");
		const joined = () => receiver.events().some((one) => one.event.type === "member_joined_channel");
		await receiver.until(() => joined() && direct().length > 0);
		expect(direct()).toHaveLength(1);
		expect(receiver.events().some((one) => one.event.type === "app_mention")).toBe(false);
	});

	it("repeats what was refused, with number and reason, until it is taken", async () => {
		const { receiver, human } = await start({ retryDelaysMs: [0, 5, 5] });
		receiver.answer = (received, response) => {
			response.statusCode = received.headers["x-slack-retry-num"] === "2" ? 200 : 500;
			response.end();
		};
		await human.chat.postMessage({ channel: "#shop", text: "no mention" });
		await receiver.until(() => receiver.events().length === 3);
		expect(receiver.events().map((one) => one.headers["x-slack-retry-num"])).toEqual([undefined, "1", "2"]);
		expect(receiver.events()[1]?.headers["x-slack-retry-reason"]).toBe("http_error");
		expect(new Set(receiver.events().map((one) => one.body.event_id)).size).toBe(1);
	});

	it("gives up after three repetitions, or at once when the app asks for no more", async () => {
		const { playground, receiver, human } = await start({ retryDelaysMs: [0, 0, 0] });
		receiver.answer = (received, response) => {
			response.statusCode = 500;
			if (String(received.event.text).includes("stubborn")) response.setHeader("x-slack-no-retry", "1");
			response.end();
		};
		await human.chat.postMessage({ channel: "#shop", text: "stubborn" });
		await human.chat.postMessage({ channel: "#shop", text: "patient" });
		const attempts = (text: string) => receiver.events().filter((one) => one.event.text === text).length;
		await receiver.until(() => attempts("patient") === 4);
		await playground.close();
		open.splice(open.indexOf(playground.close), 1);
		expect([attempts("stubborn"), attempts("patient")]).toEqual([1, 4]);
	});

	it("keeps messages and undelivered events when the process is killed", async () => {
		const dataDir = await newDataDir();
		const dead = await runPlaygroundSlack({
			dataDir,
			eventsUrl: "http://127.0.0.1:9/none",
			retryDelaysMs: [60_000],
		});
		const channel = channelId(dead, "shop");
		const posted = await human(dead, "mia").chat.postMessage({ channel, text: "@bobbin before the crash" });
		const secret = dead.slack.connection.signingSecret;
		// Nothing is stopped or closed: only the address is gone, as after SIGKILL.
		await dead.abandon();

		const { playground, receiver, bot } = await start({ dataDir, now: () => Date.now() + 120_000 });
		await receiver.until(() => receiver.events().length >= 2);
		expect(new Set(receiver.events().map((one) => one.event.type))).toEqual(
			new Set(["message", "app_mention"]),
		);
		expect(playground.slack.connection.signingSecret).toBe(secret);
		const { messages } = await bot.conversations.history({ channel });
		expect(messages?.[0]).toMatchObject({ ts: posted.ts, text: "<@U0BOBBIN01> before the crash" });
		await dead.slack.stop();
	});
});

describe("Socket Mode", () => {
	it("delivers events and interactions as envelopes, and again after an ack that never came", async () => {
		const { playground, human } = await start({ mode: "socket", retryDelaysMs: [0, 0, 0] });
		const { apiUrl, appToken } = playground.slack.connection;
		await human.chat.postMessage({ channel: "#shop", text: "waits for a socket" });

		const socket = new SocketModeClient({
			appToken,
			// So long it waits before it connects again, too.
			clientPingTimeout: 1_000,
			clientOptions: { slackApiUrl: apiUrl },
			logger: silent,
		});
		open.push(() => socket.disconnect());
		const seen: { text: unknown; retry: number; type: string }[] = [];
		let wake = () => {};
		socket.on("slack_event", async ({ ack, type, body, retry_num }) => {
			const text = body.event?.text ?? body.text;
			seen.push({ text, retry: retry_num ?? 0, type });
			if (text === "lost" && retry_num === 0) socket.emit("drop");
			else await ack(type === "slash_commands" ? { text: "understood" } : {});
			wake();
		});
		const until = async (condition: () => boolean) => {
			while (!condition()) {
				await new Promise<void>((resolve) => {
					wake = resolve;
				});
			}
		};
		await socket.start();
		await until(() => seen.some((one) => one.text === "waits for a socket"));

		// The connection goes away before the ack: the event comes again over the next one.
		socket.once("drop", () => {
			void fetch(`${playground.origin}/playground/slack/page/disconnect`, {
				method: "POST",
				headers: { authorization: "Bearer xoxp-mia" },
			});
		});
		await human.chat.postMessage({ channel: "#shop", text: "lost" });
		await until(() => seen.some((one) => one.text === "lost" && one.retry >= 1));

		const answer = await fetch(`${playground.origin}/playground/slack/page/command`, {
			method: "POST",
			headers: { authorization: "Bearer xoxp-mia", "content-type": "application/json" },
			body: JSON.stringify({ channel: channelId(playground, "shop"), command: "/bobbin", text: "help" }),
		});
		expect(await answer.json()).toEqual({ ok: true });
		expect(seen.at(-1)).toMatchObject({ type: "slash_commands", text: "help" });
	});
});

function channelId(playground: RunningPlayground, name: string): string {
	return playground.slack.describe().channels.find((channel) => channel.name === name)?.id ?? "";
}

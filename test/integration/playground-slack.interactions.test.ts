import { mkdtemp, rm } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebClient } from "@slack/web-api";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
	type Received,
	type RunningPlayground,
	runPlaygroundSlack,
	runReceiver,
} from "../harness/slack-playground.ts";

let dataDir: string;
let playground: RunningPlayground;
let receiver: Awaited<ReturnType<typeof runReceiver>>;
let bot: WebClient;
let clockMs = Date.now();

const plain = (text: string) => ({ type: "plain_text" as const, text });
const modal = {
	type: "modal" as const,
	callback_id: "task",
	title: plain("New task"),
	submit: plain("Start"),
	blocks: [
		{
			type: "input" as const,
			block_id: "what",
			label: plain("What"),
			element: { type: "plain_text_input" as const, action_id: "text" },
		},
	],
};

beforeAll(async () => {
	dataDir = await mkdtemp(join(tmpdir(), "slack-"));
	receiver = await runReceiver(() => playground.slack.connection.signingSecret);
	playground = await runPlaygroundSlack({ dataDir, eventsUrl: receiver.url, now: () => clockMs });
	bot = new WebClient(playground.slack.connection.botToken, {
		slackApiUrl: playground.slack.connection.apiUrl,
		retryConfig: { retries: 0 },
		rejectRateLimitedCalls: true,
	});
});

afterAll(async () => {
	await playground.close();
	await receiver.close();
	await rm(dataDir, { recursive: true, force: true });
});

beforeEach(() => {
	clockMs += 61_000;
	receiver.received.length = 0;
	receiver.answer = (_received, response) => {
		response.end();
	};
});

async function page(path: string, body?: unknown, name = "mia"): Promise<Record<string, unknown>> {
	const response = await fetch(`${playground.origin}/playground/slack/page/${path}`, {
		method: body === undefined ? "GET" : "POST",
		headers: { authorization: `Bearer xoxp-${name}`, "content-type": "application/json" },
		...(body === undefined ? {} : { body: JSON.stringify(body) }),
	});
	return (await response.json()) as Record<string, unknown>;
}

function answerJson(pick: (received: Received) => unknown): void {
	receiver.answer = (received: Received, response: ServerResponse) => {
		const answer = received.body.type === "event_callback" ? undefined : pick(received);
		if (answer === undefined) {
			response.end();
			return;
		}
		response.setHeader("content-type", "application/json");
		response.end(JSON.stringify(answer));
	};
}

function shop(): string {
	return playground.slack.describe().channels.find((channel) => channel.name === "shop")?.id ?? "";
}

async function postButtons() {
	const { ts } = await bot.chat.postMessage({
		channel: shop(),
		text: "choose",
		blocks: [
			{
				type: "actions",
				block_id: "row",
				elements: [
					{ type: "button", action_id: "go", text: plain("Go"), value: "42" },
					{
						type: "static_select",
						action_id: "size",
						options: [
							{ text: plain("Small"), value: "s" },
							{ text: plain("Large"), value: "l" },
						],
					},
					{ type: "external_select", action_id: "repository", min_query_length: 0 },
				],
			},
		],
	});
	return { channel: shop(), message_ts: String(ts) };
}

describe("buttons and menus", () => {
	it("tells the app of a pressed button, and the response_url works five times", async () => {
		const place = await postButtons();
		expect(await page("action", { ...place, block_id: "row", action: { action_id: "go" } })).toEqual({
			ok: true,
		});
		const [pressed] = receiver.received.filter((one) => one.body.type === "block_actions");
		expect(pressed?.signatureValid).toBe(true);
		expect(pressed?.body).toMatchObject({
			user: { id: "U0MIA00000", team_id: "T0ACME0001" },
			api_app_id: "A0BOBBIN01",
			container: { type: "message", ...{ message_ts: place.message_ts, channel_id: place.channel } },
			channel: { id: place.channel, name: "shop" },
			message: { text: "choose", bot_id: "B0BOBBIN01" },
			actions: [{ type: "button", action_id: "go", block_id: "row", value: "42" }],
		});
		const answers: string[] = [];
		for (let n = 0; n < 6; n += 1) {
			const response = await fetch(String(pressed?.body.response_url), {
				method: "POST",
				body: JSON.stringify({ text: `answer ${n}`, replace_original: n === 0 }),
			});
			answers.push(await response.text());
		}
		expect(answers).toEqual([...Array(5).fill("ok"), JSON.stringify({ ok: false, error: "used_url" })]);
		const shown = await page(`messages?channel=${place.channel}`);
		expect(shown.ephemerals).toMatchObject([1, 2, 3, 4].map((n) => ({ text: `answer ${n}` })));
		expect((shown.messages as { ts: string }[]).find((one) => one.ts === place.message_ts)).toMatchObject({
			text: "answer 0",
		});
	});

	it("sends a choice whole, and takes none that was not offered", async () => {
		const place = await postButtons();
		const choose = (value: string) =>
			page("action", {
				...place,
				block_id: "row",
				action: { action_id: "size", selected_option: { text: plain("any"), value } },
			});
		expect(await choose("l")).toEqual({ ok: true });
		expect(receiver.received.at(-1)?.body.actions).toMatchObject([
			{ selected_option: { text: plain("Large"), value: "l" } },
		]);
		expect(await choose("xl")).toMatchObject({ ok: false, error: "invalid_option" });
	});

	it("fetches the options of an external select from the app", async () => {
		const place = await postButtons();
		answerJson(({ body }) => ({ options: [{ text: plain(`for ${body.value}`), value: "1" }] }));
		const ask = () =>
			page("suggestions", { ...place, block_id: "row", action_id: "repository", value: "we" });
		expect(await ask()).toEqual({ ok: true, options: [{ text: plain("for we"), value: "1" }] });
		answerJson(() => ({ options: [{ text: plain("x".repeat(76)), value: "1" }] }));
		expect(await ask()).toMatchObject({ ok: false, error: "invalid_options" });
	});

	it("shows a failure when the app does not answer rightly", async () => {
		const place = await postButtons();
		receiver.answer = (received, response) => {
			response.statusCode = received.body.type === "block_actions" ? 500 : 200;
			response.end();
		};
		const pressed = await page("action", { ...place, block_id: "row", action: { action_id: "go" } });
		expect(pressed).toMatchObject({ ok: false, error: "dispatch_failed" });
		const { refused } = (await page("refused")) as { refused: unknown[] };
		expect(refused[0]).toMatchObject({ method: "block_actions", error: "dispatch_failed" });
	});

	it("shows a timeout when the app takes more than three seconds", async () => {
		const place = await postButtons();
		receiver.answer = (received, response) => {
			if (received.body.type !== "block_actions") response.end();
		};
		const pressed = await page("action", { ...place, block_id: "row", action: { action_id: "go" } });
		expect(pressed).toMatchObject({ ok: false, error: "operation_timeout" });
	});
});

describe("commands and shortcuts", () => {
	it("runs a command with escaped names, and shows the answer to its caller only", async () => {
		answerJson(() => ({ response_type: "ephemeral", text: "help is near" }));
		expect(await page("command", { channel: shop(), command: "/bobbin", text: "ask @noah" }, "zoe")).toEqual({
			ok: true,
		});
		expect(receiver.received.at(-1)?.body).toMatchObject({
			command: "/bobbin",
			text: "ask <@U0NOAH0000>",
			channel_name: "shop",
			user_id: "U0ZOE00000",
		});
		expect((await page(`messages?channel=${shop()}`, undefined, "zoe")).ephemerals).toMatchObject([
			{ text: "help is near" },
		]);
		expect((await page(`messages?channel=${shop()}`, undefined, "noah")).ephemerals).toEqual([]);
		expect(await page("command", { channel: shop(), command: "/other", text: "" })).toMatchObject({
			error: "unknown_command",
		});
	});

	it("runs a shortcut on a message", async () => {
		const place = await postButtons();
		await page("shortcut", {
			callback_id: "from_message",
			message: { channel: place.channel, ts: place.message_ts },
		});
		expect(receiver.received.at(-1)?.body).toMatchObject({
			type: "message_action",
			callback_id: "from_message",
			message: { ts: place.message_ts },
		});
	});
});

describe("views", () => {
	async function openModal(): Promise<string> {
		await page("shortcut", { callback_id: "anywhere" });
		const trigger = String(receiver.received.at(-1)?.body.trigger_id);
		const { view } = await bot.views.open({ trigger_id: trigger, view: modal });
		return String(view?.id);
	}

	it("opens a modal once for a trigger, and within three seconds", async () => {
		await openModal();
		const trigger_id = String(receiver.received.at(-1)?.body.trigger_id);
		await expect(bot.views.open({ trigger_id, view: modal })).rejects.toThrow("exchanged_trigger_id");
		await page("shortcut", { callback_id: "anywhere" });
		clockMs += 3_001;
		await expect(
			bot.views.open({ trigger_id: String(receiver.received.at(-1)?.body.trigger_id), view: modal }),
		).rejects.toThrow("expired_trigger_id");
	});

	it("asks for required fields, shows the app's errors, and closes on an empty answer", async () => {
		const view_id = await openModal();
		const submit = (value: string | null) =>
			page("view-submit", { view_id, state: { what: { text: { value } } } });
		expect(await submit("")).toMatchObject({
			response_action: "errors",
			errors: { what: expect.any(String) },
		});
		answerJson(() => ({ response_action: "errors", errors: { what: "Too vague" } }));
		expect(await submit("it")).toMatchObject({ response_action: "errors", errors: { what: "Too vague" } });
		expect(receiver.received.at(-1)?.body).toMatchObject({
			type: "view_submission",
			view: {
				callback_id: "task",
				state: { values: { what: { text: { type: "plain_text_input", value: "it" } } } },
			},
		});
		answerJson(() => undefined);
		expect(await submit("fix the cart")).toEqual({ ok: true });
		expect((await page("views")).modals).toEqual([]);
	});

	it("pushes and updates views, at most three deep", async () => {
		const view_id = await openModal();
		answerJson(() => ({ response_action: "push", view: { ...modal, title: plain("Second") } }));
		const state = { what: { text: { value: "x" } } };
		await page("view-submit", { view_id, state });
		const stack = (await page("views")).modals as { id: string; title: unknown; previous_view_id: string }[];
		expect(stack.map((view) => view.title)).toEqual([plain("New task"), plain("Second")]);
		expect(stack[1]?.previous_view_id).toBe(view_id);
		const second = String(stack[1]?.id);
		await page("view-submit", { view_id: second, state });
		expect(await page("view-submit", { view_id: second, state })).toMatchObject({
			error: "push_limit_reached",
		});
		const { view } = await bot.views.update({ view_id: second, view: { ...modal, title: plain("Third") } });
		await expect(
			bot.views.update({ view_id: second, hash: `${view?.hash}-old`, view: modal }),
		).rejects.toThrow("hash_conflict");
	});

	it("publishes a home view and tells the app when it is opened", async () => {
		await page("home-open", { tab: "home" });
		await receiver.until(() => receiver.events().length > 0);
		expect(receiver.events()[0]?.event).toMatchObject({
			type: "app_home_opened",
			tab: "home",
			user: "U0MIA00000",
		});
		await bot.views.publish({
			user_id: "U0MIA00000",
			view: { type: "home", blocks: [{ type: "section", text: plain("Welcome") }] },
		});
		expect((await page("views")).home).toMatchObject({ type: "home", blocks: [{ text: plain("Welcome") }] });
	});
});

it("stops an agent session natively", async () => {
	const { channel, message_ts } = await postButtons();
	await bot.apiCall("agents.sessions.setStatus", {
		channel_id: channel,
		thread_ts: message_ts,
		status: "processing",
	});
	receiver.received.length = 0;
	expect(await page("stop-session", { channel, thread_ts: message_ts })).toEqual({ ok: true });
	await receiver.until(() => receiver.events().some((one) => one.event.type === "agent_session_stopped"));
	expect(receiver.events().at(-1)?.event).toMatchObject({
		channel,
		thread_ts: message_ts,
		user: "U0MIA00000",
	});
});

it("streams to the page what its person may see", async () => {
	const stop = new AbortController();
	const stream = await fetch(`${playground.origin}/playground/slack/page/stream?token=xoxp-noah`, {
		signal: stop.signal,
	});
	const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
	let text = String((await reader?.read())?.value);
	await bot.chat.postMessage({ channel: "G000000006", text: "private words" });
	await bot.chat.postEphemeral({ channel: shop(), user: "U0MIA00000", text: "for mia" });
	await bot.chat.postMessage({ channel: shop(), text: "public words" });
	while (!text.includes("public words")) text += String((await reader?.read())?.value);
	stop.abort();
	expect(text).not.toContain("private words");
	expect(text).not.toContain("for mia");
});

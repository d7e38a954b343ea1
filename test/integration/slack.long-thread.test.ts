import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { WebClient } from "@slack/web-api";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { readThread } from "../../src/slack/context/read-thread.ts";

const TOTAL = 2_000;
const ts = (n: number) => `1760000000.${String(n).padStart(6, "0")}`;
/** A thread of 2,000 messages, as `conversations.replies` gives it: oldest first, in pages. */
const messages = Array.from({ length: TOTAL }, (_, n) => ({
	ts: ts(n),
	thread_ts: ts(0),
	user: "U1",
	text: `message ${n}`,
	...(n === 0 ? { reply_count: TOTAL - 1 } : {}),
}));

let limits: number[];
/** From this call on Slack asks to wait for so many seconds; null: never. */
let limited: { fromCall: number; retryAfterS: number; times: number } | null;

const server = createServer(async (request, response) => {
	const chunks: Buffer[] = [];
	for await (const chunk of request) chunks.push(chunk as Buffer);
	const args = new URLSearchParams(Buffer.concat(chunks).toString());
	const limit = Number(args.get("limit"));
	limits.push(limit);
	if (limited !== null && limits.length >= limited.fromCall && limited.times-- > 0) {
		response.writeHead(429, { "retry-after": String(limited.retryAfterS) }).end();
		return;
	}
	const start = Number(args.get("cursor") ?? 0);
	const next = start + limit < TOTAL ? String(start + limit) : "";
	response.writeHead(200, { "content-type": "application/json" }).end(
		JSON.stringify({
			ok: true,
			messages: messages.slice(start, start + limit),
			has_more: next !== "",
			response_metadata: { next_cursor: next },
		}),
	);
});
let client: WebClient;
beforeAll(async () => {
	await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
	const { port } = server.address() as AddressInfo;
	client = new WebClient("xoxb-1", {
		slackApiUrl: `http://127.0.0.1:${port}/api/`,
		rejectRateLimitedCalls: true,
		retryConfig: { retries: 0 },
	});
});
beforeEach(() => {
	limits = [];
	limited = null;
});
afterAll(() => new Promise((done) => server.close(done)));

const read = (signal = new AbortController().signal) =>
	readThread(client, { channelId: "C1", threadTs: ts(0), beforeTs: ts(9_999) }, () => true, signal);

test("of 2,000 messages the first five and the last fifty come, with how many are left out, in three calls", async () => {
	const thread = await read();
	expect(thread.messages.map(({ text }) => text)).toEqual([
		...[0, 1, 2, 3, 4].map((n) => `message ${n}`),
		...Array.from({ length: 50 }, (_, n) => `message ${1_950 + n}`),
	]);
	expect(thread.leftOut).toBe(1_945);
	expect(limits).toEqual([200, 1_000, 1_000]);
});

test("where Slack asks for a short pause, it is kept", async () => {
	limited = { fromCall: 2, retryAfterS: 1, times: 1 };
	expect((await read()).messages).toHaveLength(55);
});

test("where Slack wants a long one, the beginning comes and the rest counts as left out", async () => {
	limited = { fromCall: 2, retryAfterS: 60, times: 1 };
	const thread = await read();
	expect(thread.messages.map(({ text }) => text)).toEqual([0, 1, 2, 3, 4].map((n) => `message ${n}`));
	expect(thread.leftOut).toBe(1_994);
});

test("once there is no time left, no further call is made", async () => {
	expect(await read(AbortSignal.abort())).toEqual({ messages: [], leftOut: 0 });
	expect(limits).toEqual([]);
});

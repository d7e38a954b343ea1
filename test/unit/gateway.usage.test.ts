import { expect, test } from "vitest";
import { createUsageMeter } from "../../src/gateway/usage-meter.ts";

const STREAM = [
	'event: message_start\ndata: {"type":"message_start","message":{"model":"claude-sonnet-5-5","usage":{"input_tokens":10,"cache_read_input_tokens":3,"cache_creation_input_tokens":4,"output_tokens":1}}}\n\n',
	'event: ping\ndata: {"type":"ping"}\n\n',
	'event: content_block_delta\ndata: {"type":"content_block_delta","delta":{"type":"text_delta","text":"ü"}}\n\n',
	'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":42}}\n\n',
	'event: message_stop\ndata: {"type":"message_stop"}\n\n',
].join("");

test.each([1, 7, 1000])("reads a stream that comes in pieces of %d bytes", (size) => {
	let nowMs = 0;
	const meter = createUsageMeter("stream", () => nowMs);
	const bytes = Buffer.from(STREAM);
	for (let at = 0; at < bytes.length; at += size) {
		nowMs = at;
		meter.add(bytes.subarray(at, at + size));
	}
	expect(meter.read()).toMatchObject({
		model: "claude-sonnet-5-5",
		inputTokens: 10,
		outputTokens: 42,
		cacheReadTokens: 3,
		cacheWriteTokens: 4,
		firstTokenAtMs: expect.any(Number),
	});
});

test("keeps what it saw of a stream that was cut", () => {
	const meter = createUsageMeter("stream", () => 0);
	meter.add(Buffer.from(STREAM.slice(0, STREAM.indexOf("event: message_delta"))));
	expect(meter.read()).toMatchObject({ inputTokens: 10, outputTokens: 1 });
});

test("counts what went by of a stream that was let go before its total came", () => {
	const begin = STREAM.slice(0, STREAM.indexOf("event: content_block_delta"));
	const piece = (text: string) =>
		`data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"${text}"}}\n\n`;
	const pieces = `${piece("x".repeat(4_000))}${piece("a").repeat(50)}`;
	const cut = createUsageMeter("stream", () => 0);
	cut.add(Buffer.from(begin + pieces));
	expect(cut.read().outputTokens).toBeGreaterThan(1_000);
	expect(cut.read().outputTokens).toBeLessThan(1_100);
	const whole = createUsageMeter("stream", () => 0);
	whole.add(Buffer.from(begin + pieces + STREAM.slice(STREAM.indexOf("event: message_delta"))));
	expect(whole.read().outputTokens).toBe(42);
});

test("reads a whole answer", () => {
	const meter = createUsageMeter("json", () => 0);
	meter.add(Buffer.from('{"model":"claude-haiku-5-5","usage":{"input_tokens":5,'));
	meter.add(Buffer.from('"output_tokens":6,"cache_read_input_tokens":null}}'));
	expect(meter.read()).toMatchObject({
		model: "claude-haiku-5-5",
		inputTokens: 5,
		outputTokens: 6,
		cacheReadTokens: 0,
	});
});

test.each(["stream", "json"] as const)("passes over nonsense in a %s", (kind) => {
	const meter = createUsageMeter(kind, () => 0);
	meter.add(Buffer.from('data: nonsense\n\ndata: {"type":"message_start","message":42}\n\ndata: {'));
	expect(meter.read()).toMatchObject({ model: null, inputTokens: 0 });
});

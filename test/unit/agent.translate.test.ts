import type { Message, Part } from "@opencode-ai/sdk/v2";
import { beforeEach, expect, test } from "vitest";
import { createTurnTranslator, type TurnTranslator } from "../../src/agent/translate.ts";
import type { AgentEvent } from "../../src/contract/event.ts";

const ASKED = "msg_000000000001aaaaaaaaaaaaaa";
const ANSWER = "msg_000000000002aaaaaaaaaaaaaa";
let events: AgentEvent[];
let nowMs: number;
let translator: TurnTranslator;

beforeEach(() => {
	events = [];
	nowMs = 0;
	translator = createTurnTranslator({
		promptId: "p1",
		messageId: ASKED,
		directory: "/repo",
		now: () => nowMs,
		onEvent: (event) => events.push(event),
	});
	translator.message({ id: ANSWER, role: "assistant", modelID: "claude-sonnet-5-5" } as Message);
});

const text = (fields: object): Part =>
	({ id: "t1", messageID: ANSWER, sessionID: "s", type: "text", text: "", ...fields }) as Part;
const tool = (state: object, name = "bash"): Part =>
	({ id: "c1", messageID: ANSWER, sessionID: "s", type: "tool", tool: name, callID: "call1", state }) as Part;
const types = () => events.map((event) => event.type);

test("tells pieces while they come and the whole once", () => {
	translator.part(text({ time: { start: 1 } }));
	translator.delta({ partId: "t1", text: "He" });
	translator.delta({ partId: "t1", text: "llo" });
	const whole = text({ text: "Hello", time: { start: 1, end: 2 } });
	translator.part(whole);
	translator.part(whole, { replayed: true });
	translator.delta({ partId: "t1", text: "late" });
	expect(events.map((event) => "text" in event.data && event.data.text)).toEqual(["He", "llo", "Hello"]);
	expect(types()).toEqual(["text.delta", "text.delta", "text"]);
});

test("does not repeat pieces that were read back", () => {
	translator.part(text({ text: "Hel", time: { start: 1 } }), { replayed: true });
	translator.delta({ partId: "t1", text: "l" });
	translator.part(text({ text: "Hello", time: { start: 1, end: 2 } }));
	expect(events.map((event) => "text" in event.data && event.data.text)).toEqual(["Hel", "Hello"]);
});

test("says nothing of other turns, people's messages, hidden and empty parts", () => {
	const old = "msg_000000000000aaaaaaaaaaaaaa";
	translator.message({ id: old, role: "assistant" } as Message);
	translator.message({ id: "msg_000000000003aaaaaaaaaaaaaa", role: "user" } as Message);
	const time = { start: 1, end: 2 };
	translator.part(text({ messageID: old, text: "old", time }));
	translator.part(text({ messageID: "msg_000000000003aaaaaaaaaaaaaa", text: "asked", time }));
	translator.part(text({ messageID: "unknown", text: "x", time }));
	translator.part(text({ synthetic: true, text: "hidden", time }));
	translator.part(text({ id: "t2", text: " \n", time }));
	expect(events).toEqual([]);
});

test("tells a tool's start, progress at most four times a second, and end", () => {
	const running = (output: string) =>
		tool({ status: "running", input: { command: "npm test" }, metadata: { output }, time: { start: 5 } });
	translator.part(tool({ status: "pending", input: {}, raw: "" }));
	translator.part(running("a"));
	nowMs = 100;
	translator.part(running("ab"));
	translator.part(running("abc"));
	translator.tick();
	nowMs = 400;
	translator.part(running("abcd"));
	const done = {
		status: "completed",
		input: { command: "npm test" },
		output: "out",
		title: "",
		metadata: {},
	};
	translator.part(tool({ ...done, time: { start: 5, end: 25 } }));
	translator.part(tool({ ...done, time: { start: 5, end: 25 } }));
	translator.tick();
	expect(types()).toEqual([
		"tool.started",
		"tool.progress",
		"tool.progress",
		"tool.progress",
		"tool.finished",
	]);
	expect(events.flatMap((event) => (event.type === "tool.progress" ? [event.data.tail] : []))).toEqual([
		"a",
		"abc",
		"abcd",
	]);
	expect(events.at(-1)?.data).toMatchObject({
		title: "Run npm test",
		outcome: "done",
		output: "out",
		durationMs: 20,
	});
	expect(events.at(-1)?.data).not.toHaveProperty("exitCode");
});

test("tells what a command of the shell ended with, though its call was completed", () => {
	const input = { command: "npm test" };
	const metadata = { output: "1 failed", exit: 1, truncated: false };
	const time = { start: 1, end: 2 };
	translator.part(tool({ status: "completed", input, output: "1 failed", title: "", metadata, time }));
	expect(events.at(-1)?.data).toMatchObject({ outcome: "done", exitCode: 1 });
});

test("tells a tool that was over before anybody listened from its start on", () => {
	translator.part(
		tool({ status: "error", input: {}, error: "no such file", time: { start: 1, end: 2 } }, "read"),
	);
	expect(types()).toEqual(["tool.started", "tool.finished"]);
	expect(events.at(-1)?.data).toMatchObject({ outcome: "failed", output: "no such file" });
});

test("cuts long output at its beginning, long input and characters that no database takes", () => {
	const input = { command: "x".repeat(10_000), nested: { note: "a\u0000b\ud800" } };
	const output = `${"ä".repeat(20_000)}end\u0000`;
	translator.part(
		tool({ status: "completed", input, output, title: "", metadata: {}, time: { start: 1, end: 2 } }),
	);
	const [started, finished] = events;
	if (started?.type !== "tool.started" || finished?.type !== "tool.finished") throw new Error("other events");
	expect(JSON.stringify(started.data.input).length).toBeLessThan(2200);
	expect(started.data.input).toMatchObject({ nested: { note: "a\uFFFDb\uFFFD" } });
	expect(Buffer.byteLength(finished.data.output)).toBeLessThanOrEqual(16 * 1024);
	expect(finished.data.output).toMatch(/^…\nä+end\uFFFD$/);
});

test("tells the plan once for each change", () => {
	const plan = (id: string, status: string) => ({
		...tool(
			{
				status: "completed",
				input: { todos: [{ content: "one", status, priority: "high" }] },
				output: "",
				title: "",
				metadata: {},
				time: { start: 1, end: 2 },
			},
			"todowrite",
		),
		id,
	});
	translator.part(plan("c1", "pending") as Part);
	translator.part(plan("c2", "pending") as Part);
	translator.part(plan("c3", "completed") as Part);
	const plans = events.flatMap((event) => (event.type === "todos.changed" ? [event.data.todos] : []));
	expect(plans).toEqual([[{ content: "one", status: "pending" }], [{ content: "one", status: "completed" }]]);
});

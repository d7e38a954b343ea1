import Anthropic from "@anthropic-ai/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type StartedModel, startModel } from "./playground-model.loop.ts";

let model: StartedModel;

beforeAll(async () => {
	model = await startModel();
});
afterAll(() => model.stop());

const user = (content: unknown) => ({ role: "user", content });
const assistant = (content: unknown) => ({ role: "assistant", content });
const use = (id: string) => ({ type: "tool_use", id, name: "read", input: {} });
const result = (id: string) => ({ type: "tool_result", tool_use_id: id, content: "x" });
const tool = { name: "read", input_schema: { type: "object" } };
const cached = (text: string) => ({ type: "text", text, cache_control: { type: "ephemeral" } });
const valid = { model: "claude-haiku-5-5", max_tokens: 100, messages: [user("hello")] };

async function post(body: unknown, headers: Record<string, string> = {}) {
	const response = await fetch(`${model.connection.baseUrl}/v1/messages`, {
		method: "POST",
		headers: {
			"x-api-key": model.connection.apiKey,
			"anthropic-version": "2026-10-21",
			...headers,
		},
		body: typeof body === "string" ? body : JSON.stringify(body),
	});
	const text = await response.text();
	return { status: response.status, headers: response.headers, text };
}

async function refusal(body: unknown, headers?: Record<string, string>) {
	const { status, text } = await post(body, headers);
	const { error, type, request_id: requestId } = JSON.parse(text);
	expect(type).toBe("error");
	expect(requestId).toMatch(/^req_/);
	return `${status} ${error.type} ${error.message}`;
}

describe("refuses what the vendor refuses", () => {
	test.each<[string, unknown, string, Record<string, string>?]>([
		["a wrong key", valid, "401 authentication_error", { "x-api-key": "sk-ant-other" }],
		["no key", valid, "401 authentication_error", { "x-api-key": "" }],
		["no version", valid, "400 invalid_request_error anthropic-version", { "anthropic-version": "" }],
		[
			"an unknown version",
			valid,
			"400 invalid_request_error anthropic-version",
			{ "anthropic-version": "2020-01-01" },
		],
		["no JSON", "{", "400 invalid_request_error"],
		["an unknown model", { ...valid, model: "claude-9" }, "404 not_found_error model: claude-9"],
		[
			"no max_tokens",
			{ ...valid, max_tokens: undefined },
			"400 invalid_request_error max_tokens: Field required",
		],
		["an unknown field", { ...valid, n: 2 }, "400 invalid_request_error n: Extra inputs are not permitted"],
		["sampling on the new version", { ...valid, temperature: 0 }, "400 invalid_request_error temperature"],
		["no messages", { ...valid, messages: [] }, "400 invalid_request_error messages: at least one message"],
		[
			"an unknown role",
			{ ...valid, messages: [{ role: "tool", content: "x" }] },
			"400 invalid_request_error messages.0.role",
		],
		[
			"a system message on the old version",
			{ ...valid, messages: [user("x"), { role: "system", content: "y" }] },
			"400 invalid_request_error messages.1.role",
			{ "anthropic-version": "2023-06-01" },
		],
		[
			"an empty text block",
			{ ...valid, messages: [user([{ type: "text", text: "" }])] },
			"400 invalid_request_error messages.0.content.0.text: text content blocks must be non-empty",
		],
		[
			"an unknown block",
			{ ...valid, messages: [user([{ type: "sound" }])] },
			"400 invalid_request_error messages.0.content.0.type",
		],
		[
			"a prefilled answer",
			{ ...valid, messages: [user("x"), assistant("y")] },
			"400 invalid_request_error This model does not support assistant message prefill",
		],
		[
			"an assistant first",
			{ ...valid, messages: [assistant("x"), user("y")] },
			"400 invalid_request_error messages.0.role",
		],
		[
			"a call without its result",
			{ ...valid, tools: [tool], messages: [user("x"), assistant([use("a")]), user("y")] },
			"400 invalid_request_error messages.2: `tool_use` ids were found without `tool_result` blocks immediately after: a",
		],
		[
			"one of two results missing",
			{
				...valid,
				tools: [tool],
				messages: [user("x"), assistant([use("a"), use("b")]), user([result("a")])],
			},
			"400 invalid_request_error messages.2: `tool_use` ids were found without `tool_result` blocks immediately after: b",
		],
		[
			"text before a result",
			{
				...valid,
				tools: [tool],
				messages: [user("x"), assistant([use("a")]), user([{ type: "text", text: "y" }, result("a")])],
			},
			"400 invalid_request_error messages.2",
		],
		[
			"a result without its call",
			{ ...valid, tools: [tool], messages: [user([result("a")])] },
			"400 invalid_request_error messages.0.content.0: unexpected `tool_use_id`",
		],
		[
			"a repeated call id",
			{
				...valid,
				tools: [tool],
				messages: [
					user("x"),
					assistant([use("a")]),
					user([result("a")]),
					assistant([use("a")]),
					user([result("a")]),
				],
			},
			"400 invalid_request_error messages.3.content.0: `tool_use` ids must be unique",
		],
		[
			"a call from the user",
			{ ...valid, tools: [tool], messages: [user([use("a")])] },
			"400 invalid_request_error messages.0.content.0",
		],
		[
			"a tool without a schema",
			{ ...valid, tools: [{ name: "a" }] },
			"400 invalid_request_error tools.0.input_schema: Field required",
		],
		[
			"a tool name with a dot",
			{ ...valid, tools: [{ ...tool, name: "a.b" }] },
			"400 invalid_request_error tools.0.name",
		],
		[
			"two tools of one name",
			{ ...valid, tools: [tool, tool] },
			"400 invalid_request_error tools: Tool names must be unique",
		],
		[
			"a choice among no tools",
			{ ...valid, tool_choice: { type: "any" } },
			"400 invalid_request_error tool_choice",
		],
		[
			"a choice that is not a tool",
			{ ...valid, tools: [tool], tool_choice: { type: "tool", name: "b" } },
			"400 invalid_request_error tool_choice.name",
		],
		[
			"force with thinking",
			{ ...valid, tools: [tool], tool_choice: { type: "any" }, thinking: { type: "adaptive" } },
			"400 invalid_request_error Thinking may not be enabled",
		],
		[
			"force on a model that always thinks",
			{ ...valid, model: "claude-sonnet-5-5", tools: [tool], tool_choice: { type: "any" } },
			"400 invalid_request_error Thinking may not be enabled",
		],
		[
			"a thinking budget above the limit",
			{ ...valid, max_tokens: 1024, thinking: { type: "enabled", budget_tokens: 2000 } },
			"400 invalid_request_error `max_tokens` must be greater",
		],
		[
			"five cache breakpoints",
			{
				...valid,
				system: [cached("a"), cached("b"), cached("c")],
				messages: [user([cached("d"), cached("e")])],
			},
			"400 invalid_request_error A maximum of 4 blocks with cache_control may be provided. Found 5.",
		],
	])("%s", async (_name, body, expected, headers) => {
		expect(await refusal(body, headers)).toContain(expected);
	});
});

test("takes sampling fields on the old version", async () => {
	const { status } = await post({ ...valid, temperature: 0 }, { "anthropic-version": "2023-06-01" });
	expect(status).toBe(200);
});

test("does not know other paths", async () => {
	const response = await fetch(`${model.connection.baseUrl}/v1/complete`, {
		headers: { "x-api-key": model.connection.apiKey },
	});
	expect(response.status).toBe(404);
	expect(await response.json()).toMatchObject({ type: "error", error: { type: "not_found_error" } });
});

describe("the vendor's own client", () => {
	const client = () =>
		new Anthropic({
			apiKey: model.connection.apiKey,
			baseURL: model.connection.baseUrl,
			maxRetries: 0,
			logLevel: "off",
		});

	test("streams an answer and its usage", async () => {
		const stream = client().messages.stream({
			model: "claude-haiku-5-5",
			max_tokens: 1000,
			messages: [{ role: "user", content: "hello 👋" }],
		});
		let deltas = "";
		stream.on("text", (text) => {
			deltas += text;
		});
		const message = await stream.finalMessage();
		expect(message.stop_reason).toBe("end_turn");
		expect(message.content).toEqual([{ type: "text", text: deltas }]);
		expect(message.usage.output_tokens).toBeGreaterThan(10);
	});

	test("gets the forced tool", async () => {
		const catalogue = [{ id: "1", name: "acme/web-shop", description: "cart and checkout" }];
		const message = await client().messages.create({
			model: "claude-haiku-5-5",
			max_tokens: 500,
			thinking: { type: "disabled" },
			tools: [{ name: "choose_repository", input_schema: { type: "object" } }],
			tool_choice: { type: "tool", name: "choose_repository" },
			messages: [
				{
					role: "user",
					content: `<catalogue>\n${JSON.stringify(catalogue)}\n</catalogue>\n<channel>\nnull\n</channel>\n<thread>\n[]\n</thread>\n<message>\n"the cart in web-shop is wrong"\n</message>`,
				},
			],
		});
		expect(message.stop_reason).toBe("tool_use");
		expect(message.content).toEqual([
			expect.objectContaining({
				type: "tool_use",
				name: "choose_repository",
				input: expect.objectContaining({ decision: "repository", repository: "acme/web-shop" }),
			}),
		]);
	});

	test("stops at max_tokens", async () => {
		const message = await client().messages.create({ ...valid, max_tokens: 3 } as never);
		expect((message as Anthropic.Message).stop_reason).toBe("max_tokens");
	});

	test("counts tokens and lists models", async () => {
		const { input_tokens: tokens } = await client().messages.countTokens({
			model: "claude-haiku-5-5",
			messages: [{ role: "user", content: "x".repeat(400) }],
		});
		expect(tokens).toBeGreaterThan(90);
		const ids = (await client().models.list()).data.map((entry) => entry.id);
		expect(ids).toContain("claude-sonnet-5-5");
	});
});

describe("goes wrong on purpose", () => {
	const streamed = { ...valid, stream: true };

	test("a rate limit says when to come back, once", async () => {
		await model.setFaults([{ status: 429, retryAfterSeconds: 2 }]);
		const { status, headers, text } = await post(valid);
		expect([status, headers.get("retry-after"), JSON.parse(text).error.type]).toEqual([
			429,
			"2",
			"rate_limit_error",
		]);
		expect((await post(valid)).status).toBe(200);
	});

	test("an overload", async () => {
		await model.setFaults([{ status: 529 }]);
		expect(await refusal(valid)).toContain("529 overloaded_error");
	});

	test("a stream that ends in the middle", async () => {
		await model.setFaults([{ cutAfterBytes: 300 }]);
		await expect(post(streamed)).rejects.toThrow();
	});

	test("an error event after a 200", async () => {
		await model.setFaults([{ errorEvent: "overloaded_error" }]);
		const { status, text } = await post(streamed);
		expect(status).toBe(200);
		expect(text).toMatch(/event: error\ndata: .*"overloaded_error"/);
		expect(text).not.toContain("message_stop");
	});

	test("nonsense instead of the protocol", async () => {
		await model.setFaults([{ nonsense: true }]);
		expect((await post(valid)).text).toContain("<html>");
	});

	test("a refusal", async () => {
		await model.setFaults([{ refusal: true }]);
		expect(JSON.parse((await post(valid)).text)).toMatchObject({ stop_reason: "refusal", content: [] });
	});

	test("a tool call that is not JSON, kept for the classifier", async () => {
		await model.setFaults([{ malformedTool: true, for: "classifier" }]);
		expect((await post(streamed)).text).not.toContain("broken");
		const asked = {
			...streamed,
			tools: [{ ...tool, name: "choose_repository" }],
			messages: [user('<catalogue>[]</catalogue><message>"x"</message>')],
		};
		expect((await post(asked)).text).toContain('"partial_json":"{\\"broken\\": [}"');
	});

	test("no answer until the caller gives up", async () => {
		await model.setFaults([{ hang: true }]);
		const call = fetch(`${model.connection.baseUrl}/v1/messages`, {
			method: "POST",
			headers: { "x-api-key": model.connection.apiKey, "anthropic-version": "2026-10-21" },
			body: JSON.stringify(valid),
			signal: AbortSignal.timeout(200),
		});
		await expect(call).rejects.toThrow(/timeout/);
	});

	test("refuses faults that it does not know", async () => {
		expect((await model.setFaults([{ explode: true }])).status).toBe(400);
	});
});

test("paces the stream by the asked token speed", async () => {
	const slow = await startModel({ delayMs: 30, tokensPerSecond: 400 });
	try {
		const startedAt = performance.now();
		const response = await fetch(`${slow.connection.baseUrl}/v1/messages`, {
			method: "POST",
			headers: { "x-api-key": slow.connection.apiKey, "anthropic-version": "2026-10-21" },
			body: JSON.stringify({ ...valid, stream: true }),
		});
		const text = await response.text();
		const tokens = Number(/"output_tokens":(\d+)\}\}/.exec(text)?.[1]);
		expect(performance.now() - startedAt).toBeGreaterThan(30 + (tokens / 400) * 1000 * 0.8);
	} finally {
		await slow.stop();
	}
});

import { expect, test } from "vitest";
import { decideModelCall } from "../../src/gateway/decide-model-call.ts";

const decide = (body: unknown) => decideModelCall(new TextEncoder().encode(JSON.stringify(body)));
const saying = (content: unknown) => ({ model: "m", messages: [{ role: "user", content }] });
const image = (source: object) => ({ type: "image", source });
const byUrl = image({ type: "url", url: "https://elsewhere.example/?what=it-found" });

test.each([
	["words", saying("hello")],
	[
		"the agent's own tools",
		{ ...saying("hello"), tools: [{ name: "read" }, { type: "custom", name: "edit" }] },
	],
	[
		"tools that Anthropic describes and the agent runs",
		{ ...saying("x"), tools: [{ type: "bash_20250124" }] },
	],
	["a picture's bytes", saying([image({ type: "base64", media_type: "image/png", data: "" })])],
	["no MCP servers", { ...saying("x"), mcp_servers: [] }],
	[
		"what a tool was called with",
		saying([{ type: "tool_use", input: { content: [byUrl], source: { type: "url" } } }]),
	],
	[
		"a search result that names its source",
		saying([{ type: "search_result", source: "docs/a.md", content: [] }]),
	],
])("passes %s on", (_what, body) => {
	expect(decide(body)).toBeNull();
});

test.each([
	["a picture that the provider is to fetch", saying([byUrl]), "send their bytes"],
	["one in a tool's result", saying([{ type: "tool_result", content: [byUrl] }]), "send their bytes"],
	[
		"one in a document",
		saying([{ type: "document", source: { type: "content", content: [byUrl] } }]),
		"send their bytes",
	],
	[
		"MCP servers",
		{ ...saying("x"), mcp_servers: [{ type: "url", url: "https://a.example" }] },
		"MCP servers",
	],
	["a search by the provider", { ...saying("x"), tools: [{ type: "web_search_20250305" }] }, "web_search"],
	["a fetch by the provider", { ...saying("x"), tools: [{ type: "web_fetch_20250910" }] }, "web_fetch"],
	["a program run there", { ...saying("x"), tools: [{ type: "code_execution_20250825" }] }, "code_execution"],
	["what is no object", [], "not one of the Messages API"],
])("refuses %s, with the reason", (_what, body, reason) => {
	expect(decide(body)).toContain(reason);
});

test("refuses what is not JSON", () => {
	expect(decideModelCall(new TextEncoder().encode("{"))).toContain("not one of the Messages API");
});

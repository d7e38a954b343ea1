import { expect, test } from "vitest";
import { toAgentConfig } from "../../src/agent/agent-config.ts";
import { loadConfig } from "../../src/config.ts";

test("an agent knows every model that its turns may be given to", () => {
	const config = toAgentConfig({
		gatewayUrl: "http://127.0.0.1:8701",
		toolsDir: "/opt/bobbin",
		directory: "/home/agent/repo",
		model: "one",
		models: ["one", "two"],
		fastModel: "fast",
	});
	expect(config).toMatchObject({ model: "anthropic/one", provider: { anthropic: { models: {} } } });
	const { models } = (config as { provider: { anthropic: { models: object } } }).provider.anthropic;
	expect(Object.keys(models)).toEqual(["one", "two", "fast"]);
});

test.each([
	[{}, ["claude-sonnet-5-5", "claude-haiku-5-5"]],
	[{ AGENT_MODEL: "big", FAST_MODEL: "big" }, ["big"]],
	[{ AGENT_MODEL: "big", AGENT_MODELS: " small, big ,,other " }, ["big", "small", "other"]],
])("of the settings %j people may choose %j, the default first", (env, models) => {
	expect(loadConfig(env).agentModels).toEqual(models);
});

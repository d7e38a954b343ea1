import { expect, test } from "vitest";
import { toToolTitle } from "../../src/agent/titles.ts";

const DIRECTORY = "/home/agent/repo";

test.each([
	["read", { filePath: "/home/agent/repo/src/cart.ts" }, "Read src/cart.ts"],
	["read", { filePath: "src/cart.ts" }, "Read src/cart.ts"],
	["read", { filePath: "/etc/hosts" }, "Read /etc/hosts"],
	["read", { filePath: "/home/agent/repository/a" }, "Read /home/agent/repository/a"],
	["list", {}, "List the files"],
	["list", { path: "/home/agent/repo" }, "List the files"],
	["edit", { filePath: "/home/agent/repo/a.ts", oldString: "a" }, "Edit a.ts"],
	["write", { filePath: "/home/agent/repo/a.ts" }, "Write a.ts"],
	["bash", { command: "npm test\n  && echo ok" }, "Run npm test && echo ok"],
	["bash", {}, "Run a command"],
	["bash", { command: 42 }, "Run a command"],
	["grep", { pattern: "total" }, "Search for “total”"],
	["glob", { pattern: "**/*.ts" }, "Find files “**/*.ts”"],
	["todowrite", { todos: [] }, "Update the plan"],
	["task", { description: "look around" }, "Ask a helper: look around"],
	["webfetch", { url: "https://example.com" }, "Open https://example.com"],
	["open_pull_request", { title: "Fix it" }, "Open a pull request: Fix it"],
	["add_screenshot", { path: "a.png", title: "The cart" }, "Show a picture: The cart"],
	["some_new_tool", {}, "Some new tool"],
	["", {}, "Use a tool"],
])("says %s %j as “%s”", (tool, input, title) => {
	expect(toToolTitle(tool, input, DIRECTORY)).toBe(title);
});

test("cuts a long command at whole characters", () => {
	const title = toToolTitle("bash", { command: "😀".repeat(500) }, DIRECTORY);
	expect([...title]).toHaveLength(120);
	expect(title.isWellFormed()).toBe(true);
});

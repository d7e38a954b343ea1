import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { writeFiles } from "../harness/playground-github.ts";

interface Template {
	path: string;
	text: string;
}
const { findHeadings, followsTemplate, readTemplates } = (await import(
	new URL("../../sandbox/guest/plugin/pull-request-template.js", import.meta.url).href
)) as {
	findHeadings(text: string): string[];
	followsTemplate(body: string, templates: Template[]): boolean;
	readTemplates(directory: string): Template[];
};

let folder: string;
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), "bobbin-template-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test.each([
	["none", { "README.md": "x" }, []],
	["in .github", { ".github/PULL_REQUEST_TEMPLATE.md": "a" }, [".github/PULL_REQUEST_TEMPLATE.md"]],
	["at the root, in small letters", { "pull_request_template.md": "a" }, ["pull_request_template.md"]],
	["in docs, as text", { "docs/Pull_Request_Template.txt": "a" }, ["docs/Pull_Request_Template.txt"]],
	["without an ending", { PULL_REQUEST_TEMPLATE: "a" }, ["PULL_REQUEST_TEMPLATE"]],
	[
		"the first of GitHub's order",
		{ "docs/pull_request_template.md": "a", ".github/pull_request_template.md": "b" },
		[".github/pull_request_template.md"],
	],
	[
		"several to choose from",
		{ ".github/PULL_REQUEST_TEMPLATE/fix.md": "a", ".github/PULL_REQUEST_TEMPLATE/new.md": "b" },
		[".github/PULL_REQUEST_TEMPLATE/fix.md", ".github/PULL_REQUEST_TEMPLATE/new.md"],
	],
	[
		"one that is the rule, beside others",
		{ ".github/PULL_REQUEST_TEMPLATE/fix.md": "a", "pull_request_template.md": "b" },
		["pull_request_template.md"],
	],
])("finds %s", async (_, files, expected) => {
	await writeFiles(folder, files as Record<string, string>);
	expect(readTemplates(folder).map(({ path }) => path)).toEqual(expected);
});

test("headings are those that people see", () => {
	const text = "<!-- # no -->\n## What ##\n```\n# code\n```\nWhy\n---\ntext\n#tag\n  ### 🧪 Tests\r\n";
	expect(findHeadings(text)).toEqual(["What", "Why", "🧪 Tests"]);
});

test.each([
	["## What\n\nThis\n\n## 🧪 How tested\n\nSo", true],
	["# WHAT:\n### how tested", true],
	["## What\n\nThis", false],
	["Fix it. What, how tested", false],
	["", false],
])("%j follows it: %s", (body, expected) => {
	const one = { path: "a.md", text: "## What\n<!-- say it -->\n## How tested 🧪\n- [ ] yes" };
	expect(followsTemplate(body, [one])).toBe(expected);
	expect(followsTemplate(body, [one, { path: "b.md", text: "## Other" }])).toBe(expected);
	expect(followsTemplate(body, [])).toBe(true);
});

test.each([
	["Fixes #12\n\n- [x] I ran the tests", true],
	["fixes: #3. I ran the tests.", true],
	["Rounds the total.", false],
])("%j has the lines of one without headings: %s", (body, expected) => {
	const text = "Fixes #\n<!-- which issue -->\n\n- [ ] I ran the tests\n";
	expect(followsTemplate(body, [{ path: "a.md", text }])).toBe(expected);
	expect(followsTemplate(body, [{ path: "a.md", text: "<!-- nothing to see -->" }])).toBe(true);
});

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { listPages } from "../scripts/check-links.mjs";

const docs = fileURLToPath(new URL("../docs", import.meta.url));

test("every page starts with its one title", () => {
	for (const page of listPages(docs)) {
		const titles = readFileSync(page, "utf8").match(/^# .+$/gm) ?? [];
		assert.equal(titles.length, 1, page);
	}
});

test("every code block is closed", () => {
	for (const page of listPages(docs)) {
		assert.equal((readFileSync(page, "utf8").match(/^```/gm) ?? []).length % 2, 0, page);
	}
});

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { findBrokenLinks, listPages } from "../scripts/check-links.mjs";

const docs = fileURLToPath(new URL("../docs", import.meta.url));

test("every link leads to a page and a heading", () => {
	assert.deepEqual(findBrokenLinks(docs), []);
});

test("every page is found", () => {
	assert.equal(listPages(docs).length, 6);
});

test("notices a missing page and a missing heading", () => {
	const folder = mkdtempSync(join(tmpdir(), "links-"));
	try {
		writeFileSync(join(folder, "a.md"), "# A\n\n[b](b.md) [top](#a) [nowhere](#z) [site](https://acme.example)\n");
		assert.deepEqual(
			findBrokenLinks(folder).map((link) => link.reason),
			["no such page", "no such heading"],
		);
	} finally {
		rmSync(folder, { recursive: true });
	}
});

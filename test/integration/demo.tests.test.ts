import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readTestOutput } from "../../src/playground/model/agent/test-output.ts";
import { runShell } from "./playground-model.loop.ts";

const DEMO = new URL("../../src/playground/demo", import.meta.url).pathname;

let dir: string;

beforeAll(async () => {
	dir = await mkdtemp(join(tmpdir(), "demo-"));
	await cp(DEMO, dir, { recursive: true });
});
afterAll(() => rm(dir, { recursive: true, force: true }));

test("lists every demo repository and only those", async () => {
	const listed = JSON.parse(await readFile(join(DEMO, "repositories.json"), "utf8")) as { folder: string }[];
	const folders = (await readdir(DEMO, { withFileTypes: true })).filter((entry) => entry.isDirectory());
	expect(listed.map((entry) => entry.folder).sort()).toEqual(folders.map((entry) => entry.name).sort());
});

test("web-shop fails for its known bugs and for nothing else", async () => {
	const result = readTestOutput(
		await runShell('node --test --test-isolation=none "test/**/*.test.ts"', join(dir, "web-shop")),
	);
	// The third one is flaky: it passes where a millisecond lies between two orders.
	const flaky = "lists a customer's orders newest first";
	expect(result?.total).toBe(29);
	expect(result?.failedNames.filter((name) => name !== flaky).sort()).toEqual([
		"adds up the cart total to the cent",
		"has no empty last page when the list fills its pages",
	]);
});

test("py-pricing fails for its known bug and for nothing else", async () => {
	const out = await runShell("python3 -m unittest discover -s tests -t .", join(dir, "py-pricing"));
	expect(readTestOutput(out)).toEqual({
		total: 10,
		failed: 1,
		failedNames: ["test_gives_a_tier_from_its_first_quantity_on"],
	});
});

test("docs-site fails for its known bug and for nothing else", async () => {
	const out = await runShell('node --test "test/**/*.test.mjs"', join(dir, "docs-site"));
	expect(readTestOutput(out)).toEqual({
		total: 5,
		failed: 1,
		failedNames: ["every link leads to a page and a heading"],
	});
});

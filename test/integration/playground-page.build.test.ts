import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { buildPage } from "../../src/playground/build-page.ts";

test("builds the page once for the same sources, with React made for production", async () => {
	const dir = await buildPage();
	const { mtimeMs } = await stat(join(dir, "index.html"));
	expect(await buildPage()).toBe(dir);
	expect((await stat(join(dir, "index.html"))).mtimeMs).toBe(mtimeMs);

	const html = await readFile(join(dir, "index.html"), "utf8");
	expect(html).toContain('src="/playground/slack/assets/');
	const scripts = (await readdir(join(dir, "assets"))).filter((name) => name.endsWith(".js"));
	const code = await readFile(join(dir, "assets", scripts[0] ?? ""), "utf8");
	expect(code).not.toContain("jsxDEV");
	expect(code.length).toBeLessThan(600_000);
});

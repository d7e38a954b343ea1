import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildImage } from "../../sandbox/images/build-image.ts";
import type { DaytonaProvider } from "../../sandbox/providers/daytona/daytona-provider.ts";
import { PATIENCE_MS } from "../config/patience.ts";
import { type DaytonaSandboxes, prepareDaytonaSandboxes } from "../daytona/daytona-sandboxes.ts";
import { makeRepository } from "../harness/image-builds.ts";

let sandboxes: DaytonaSandboxes;
let provider: DaytonaProvider;

beforeAll(async () => {
	sandboxes = await prepareDaytonaSandboxes();
	const guestDir = fileURLToPath(new URL("../../sandbox/guest", import.meta.url));
	provider = sandboxes.open({ tools: { ...sandboxes.tools, guestDir } });
});
afterAll(() => sandboxes?.remove());

test("an image is built, verified and used at Daytona", async () => {
	const recipe =
		"setup: echo installed > ~/installed\nstart: node server.js\nports: [4123]\ntest: echo 3 tests passed\n";
	const server =
		'require("node:http").createServer((_, answer) => answer.end("hello")).listen(4123, "127.0.0.1");\n';
	const outcome = await buildImage(
		{ provider, now: Date.now },
		{
			sandboxName: "build",
			snapshot: "bobbin-image-1",
			recipeText: null,
			prepare: (sandbox) => makeRepository(provider, sandbox, { ".bobbin.yml": recipe, "server.js": server }),
			warmAgent: async () => {},
			onStep: () => {},
			onLog: () => {},
			limits: { stepMs: PATIENCE_MS, totalMs: 2 * PATIENCE_MS, logBytes: 64 * 1024 },
		},
		new AbortController().signal,
	);
	expect(outcome).toMatchObject({ outcome: "ready", ports: [4123] });
	expect(await provider.list()).toEqual([]);
	const { id } = await provider.create({ name: "used", snapshot: "bobbin-image-1" });
	const looked = await provider.exec(id, { command: "cat ~/installed ~/repo/server.js", timeoutMs: 60_000 });
	expect(looked.stdout).toBe(`installed\n${server}`);
	expect(sandboxes.skin.mistakes).toEqual([]);
});

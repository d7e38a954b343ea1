import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type RepositoryBuilds, repositoryBuilds } from "../../src/contract/image.ts";
import { createTestDatabase } from "../harness/database.ts";
import {
	describePlayground,
	joinPlayground,
	type PlaygroundHuman,
	type SlackMessage,
} from "../harness/playground-client.ts";
import { startApp, type TestApp } from "../harness/start-app.ts";
import { createVendorFaults } from "../harness/vendor-faults.ts";

const run = promisify(execFile);
const database = await createTestDatabase();
let app: TestApp;
let mia: PlaygroundHuman;

beforeAll(async () => {
	app = await startApp({ DATABASE_URL: database.url, IMAGE_EVERY_MINUTES: "30" });
	mia = await joinPlayground(app.origin, "mia");
});
afterAll(async () => {
	mia?.close();
	await app?.remove();
	await database.drop();
});

async function addressOf(name: string): Promise<string> {
	const answer = await fetch(`${app.origin}/api/repositories`);
	const { repositories } = (await answer.json()) as {
		repositories: { repositoryId: string; repository: string }[];
	};
	return `${app.origin}/api/repositories/${repositories.find(({ repository }) => repository === name)?.repositoryId}`;
}

async function until(at: string, accept: (builds: RepositoryBuilds) => boolean): Promise<RepositoryBuilds> {
	const deadline = Date.now() + 100_000;
	for (;;) {
		const builds = repositoryBuilds.parse(await (await fetch(`${at}/recipe`)).json());
		if (accept(builds)) return builds;
		if (Date.now() > deadline) throw new Error(`not in time: ${JSON.stringify(builds, null, 1)}`);
		await new Promise((resolve) => setTimeout(resolve, 200));
	}
}

/** What the bot said in #shop in no thread, once it has said this. */
async function untilSaid(words: string): Promise<SlackMessage[]> {
	const { slack } = await describePlayground(app.origin);
	const channel = slack.channels.find(({ name }) => name === "shop")?.id;
	const token = slack.users.find(({ name }) => name === "mia")?.token;
	const deadline = Date.now() + 20_000;
	for (;;) {
		const answer = await fetch(`${slack.apiUrl}conversations.history`, {
			method: "POST",
			headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
			body: JSON.stringify({ channel }),
		});
		const { messages } = (await answer.json()) as { messages: SlackMessage[] };
		const said = messages.filter(({ bot_id }) => bot_id !== undefined);
		if (said.some(({ text }) => text.includes(words))) return said;
		if (Date.now() > deadline) throw new Error(`not said: ${words}; but ${JSON.stringify(said)}`);
		await new Promise((resolve) => setTimeout(resolve, 200));
	}
}

const setRecipe = (at: string, recipeText: string) =>
	fetch(`${at}/recipe`, { method: "PUT", body: JSON.stringify({ recipeText }) });

test("the first session on a repository has its image built, once the turn is over", {
	timeout: 200_000,
}, async () => {
	const threadTs = await mia.post({
		channel: "shop",
		text: "@bobbin how does the checkout work in acme/web-shop?",
	});
	await mia.waitForThread(
		{ channel: "shop", threadTs, timeoutMs: 80_000, what: "the reaction that says done" },
		([parent]) => parent?.reactions?.some(({ name }) => name === "white_check_mark"),
	);
	const at = await addressOf("acme/web-shop");
	const { imageInUse, recipe } = await until(at, (builds) => builds.imageInUse !== null);
	expect(recipe).toMatchObject({ source: "file", text: expect.stringContaining("node --test") });
	expect(imageInUse).toMatchObject({ state: "ready", reason: "first_use", problem: null });
	expect(imageInUse?.steps.map(({ step }) => step)).toEqual(
		expect.arrayContaining(["start", "test", "agent"]),
	);
	const { rows } = await database.pool.query<{ began: Date; done: Date }>(
		"select i.started_at as began, p.finished_at as done from images i, prompts p",
	);
	expect(rows[0]?.began.getTime()).toBeGreaterThanOrEqual(
		rows[0]?.done.getTime() ?? Number.POSITIVE_INFINITY,
	);
	await vi.waitFor(async () => {
		const { rows: left } = await database.pool.query(
			"select name from sandboxes where name like 'bobbin-build-%' and deleted_at is null",
		);
		expect(left).toEqual([]);
	}, 10_000);
});

test("a build that fails is told in the channel once, and again when it is mended", {
	timeout: 200_000,
}, async () => {
	const at = await addressOf("acme/web-shop");
	const inUse = (await until(at, () => true)).imageInUse?.id;
	await setRecipe(at, "setup: echo '<!channel> no such thing' && exit 3\n");
	await until(at, ({ failures }) => failures === 1);
	await fetch(`${at}/images`, { method: "POST" });
	const failing = await until(at, ({ failures }) => failures === 2);
	expect(failing.imageInUse?.id).toBe(inUse);
	expect(failing.newestImage).toMatchObject({ state: "failed", step: "setup" });
	await setRecipe(at, "setup: echo mended\ntest: []\nstart: null\n");
	await until(at, ({ newestImage }) => newestImage?.state === "ready");
	const lines = await untilSaid("can be built again");
	const failures = lines.filter(({ text }) => text.includes("could not be built"));
	expect(failures).toHaveLength(1);
	expect(failures[0]?.text).toContain("exit code 3");
	expect(failures[0]?.text).not.toContain("<!channel>");
	expect(failures[0]?.blocks).toMatchObject([
		{ type: "section", text: { type: "plain_text" } },
		{ type: "rich_text", elements: [{ type: "rich_text_preformatted" }] },
	]);
});

test("a push to the default branch has the next one built, where people want that", async () => {
	const at = await addressOf("acme/web-shop");
	await fetch(`${at}/recipe`, { method: "PUT", body: JSON.stringify({ buildsOnPush: true }) });
	await createVendorFaults(app.origin).github("DELETE", "/repos/acme/web-shop/branches/main/protection");
	const { github } = await describePlayground(app.origin);
	const url = `${github.url}/acme/web-shop.git`.replace("://", `://x-access-token:${github.token}@`);
	const clone = join(app.dataDir, "clone");
	const git = (...words: string[]) =>
		run("git", ["-C", clone, "-c", "user.name=Mia", "-c", "user.email=m@example.com", ...words]);
	await run("git", ["clone", "-q", url, clone]);
	await git("commit", "-q", "--allow-empty", "-m", "Nothing");
	await git("push", "-q", "origin", "HEAD");
	const { stdout: pushed } = await git("rev-parse", "HEAD");
	const { newestImage } = await until(at, (builds) => builds.newestImage?.reason === "push");
	expect(newestImage).toMatchObject({ commit: pushed.trim() });
});

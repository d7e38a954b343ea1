import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AppProcess, createAppProcess } from "../harness/app-process.ts";
import { createTestDatabase } from "../harness/database.ts";
import { type TableWatch, watchTable } from "../harness/table-watch.ts";

const database = await createTestDatabase();
let app: AppProcess;
let entries: TableWatch;
let images: TableWatch;

beforeAll(async () => {
	entries = await watchTable(database, "sandboxes");
	images = await watchTable(database, "images");
	app = await createAppProcess({ DATABASE_URL: database.url, POOL_MAX_SANDBOXES: "1" });
	await app.start();
});

afterAll(async () => {
	await app?.remove();
	await entries.stop();
	await images.stop();
	await database.drop();
});

const readSandboxes = () => database.db.selectFrom("sandboxes").selectAll().orderBy("created_at").execute();
type Entry = Awaited<ReturnType<typeof readSandboxes>>[number];

function untilSandbox(what: string, matches: (entry: Entry) => boolean): Promise<Entry> {
	return entries.until(what, async () => (await readSandboxes()).find(matches));
}

const readImages = () => database.db.selectFrom("images").selectAll().orderBy("started_at").execute();

async function hint(): Promise<void> {
	const answer = await fetch(`${app.origin}/api/warm`, {
		method: "POST",
		body: JSON.stringify({ repository: "acme/web-shop", source: "typing" }),
	});
	expect(answer.status).toBe(202);
}

async function addressOf(name: string): Promise<string> {
	const answer = await fetch(`${app.origin}/api/repositories`);
	const { repositories } = (await answer.json()) as {
		repositories: { repositoryId: string; repository: string }[];
	};
	return `${app.origin}/api/repositories/${repositories.find(({ repository }) => repository === name)?.repositoryId}`;
}

const listSandboxes = () => readdir(join(app.dataDir, "sandboxes", "sandboxes"));

// One app, killed twice: while it makes a warm sandbox, and while it builds an image with that sandbox beside it.
let warm: Entry;

test("a warm sandbox that a killed app was making is gone and made again", async () => {
	await hint();
	const first = await untilSandbox("one under way", ({ state }) => state === "warming");
	await app.kill();

	// The hint is a row, so the next start goes on with it.
	await app.start();
	warm = await untilSandbox("a warm one", ({ state }) => state === "warm");
	expect(warm.id).not.toBe(first.id);
	expect((await readSandboxes()).find(({ id }) => id === first.id)).toMatchObject({ state: "deleted" });
	expect(await listSandboxes()).toEqual([warm.name]);
});

test("a build begins anew after a kill and leaves one image and nothing else; what was warm is looked at and kept", async () => {
	const at = await addressOf("acme/docs-site");
	const body = JSON.stringify({ recipeText: "setup: echo ready\nbuild: []\ntest: []\nstart: null\n" });
	expect((await fetch(`${at}/recipe`, { method: "PUT", body })).status).toBe(200);
	await fetch(`${at}/images`, { method: "POST" });
	// Its sandbox is there and works.
	const isPreparing = async () =>
		(await readImages()).find(({ state, step }) => state === "building" && step === "agent");
	await images.until("a build that prepares the agent", isPreparing);
	await app.kill();
	await app.start();

	const looked = await untilSandbox(
		"a look at it",
		({ id, checked_at }) =>
			id === warm.id && (checked_at?.getTime() ?? 0) > (warm.checked_at?.getTime() ?? 0),
	);
	expect(looked).toMatchObject({ state: "warm", session_id: null, deleted_at: null });
	const isReady = async () => (await readImages()).find(({ state }) => state === "ready");
	await images.until("an image", isReady);
	expect((await readImages()).map(({ state, problem }) => [state, problem?.code ?? null])).toEqual([
		["failed", "interrupted"],
		["ready", null],
	]);
	await entries.until("the warm one alone", async () => {
		const left = (await readSandboxes()).filter(({ deleted_at }) => deleted_at === null);
		return left.every(({ id }) => id === warm.id) || undefined;
	});
	expect(await listSandboxes()).toEqual([warm.name]);
	expect(await (await fetch(`${at}/recipe`)).json()).toMatchObject({
		failures: 0,
		imageInUse: { state: "ready" },
		newestImage: { state: "ready" },
	});
	const { rows: told } = await database.pool.query("select 1 from pgboss.job where name = 'tell-channel'");
	expect(told).toEqual([]);

	await hint();
	const hints = await database.db
		.selectFrom("warm_hints")
		.select(["outcome", "sandbox_id"])
		.orderBy("at")
		.execute();
	expect(hints).toEqual([
		{ outcome: "made", sandbox_id: warm.id },
		{ outcome: "present", sandbox_id: warm.id },
	]);
});

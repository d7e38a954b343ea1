import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AppProcess, createAppProcess } from "../harness/app-process.ts";
import { createTestDatabase } from "../harness/database.ts";
import { type TableWatch, watchTable } from "../harness/table-watch.ts";

const LIMIT_MS = 60_000;
const database = await createTestDatabase();
let app: AppProcess;
let table: TableWatch;

beforeAll(async () => {
	table = await watchTable(database, "sandboxes");
	app = await createAppProcess({ DATABASE_URL: database.url, POOL_MAX_SANDBOXES: "1" });
	await app.start();
});

afterAll(async () => {
	await app?.remove();
	await table.stop();
	await database.drop();
});

const readEntries = () => database.db.selectFrom("sandboxes").selectAll().orderBy("created_at").execute();
type Entry = Awaited<ReturnType<typeof readEntries>>[number];

function untilEntry(what: string, matches: (entry: Entry) => boolean): Promise<Entry> {
	return table.until(what, async () => (await readEntries()).find(matches), LIMIT_MS);
}

async function hint(): Promise<void> {
	const answer = await fetch(`${app.origin}/api/warm`, {
		method: "POST",
		body: JSON.stringify({ repository: "acme/web-shop", source: "typing" }),
	});
	expect(answer.status).toBe(202);
}

const listSandboxes = () => readdir(join(app.dataDir, "sandboxes", "sandboxes"));

test("what a killed app was making is gone and made again; what was warm is looked at and kept", {
	timeout: 240_000,
}, async () => {
	await hint();
	const first = await untilEntry("one under way", ({ state }) => state === "warming");
	await app.kill();

	// The hint is a row, so the next start goes on with it.
	await app.start();
	const second = await untilEntry("a warm one", ({ state }) => state === "warm");
	expect(second.id).not.toBe(first.id);
	expect((await readEntries()).find(({ id }) => id === first.id)).toMatchObject({ state: "deleted" });
	expect(await listSandboxes()).toEqual([second.name]);

	await app.kill();
	await app.start();
	const looked = await untilEntry(
		"a look at it",
		({ id, checked_at }) =>
			id === second.id && (checked_at?.getTime() ?? 0) > (second.checked_at?.getTime() ?? 0),
	);
	expect(looked).toMatchObject({ state: "warm", session_id: null, deleted_at: null });
	expect(await listSandboxes()).toEqual([second.name]);
	await hint();
	const hints = await database.db
		.selectFrom("warm_hints")
		.select(["outcome", "sandbox_id"])
		.orderBy("at")
		.execute();
	expect(hints).toEqual([
		{ outcome: "made", sandbox_id: second.id },
		{ outcome: "present", sandbox_id: second.id },
	]);
});

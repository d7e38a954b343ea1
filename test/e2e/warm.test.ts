import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase } from "../harness/database.ts";
import { joinPlayground, type PlaygroundHuman } from "../harness/playground-client.ts";
import { startApp, type TestApp } from "../harness/start-app.ts";
import { type TableWatch, watchTable } from "../harness/table-watch.ts";
import { openThread } from "../harness/thread.ts";

const WARM_LIMIT_MS = 60_000;
const TURN_LIMIT_MS = 90_000;
const database = await createTestDatabase();
let app: TestApp;
let table: TableWatch;
let mia: PlaygroundHuman;

beforeAll(async () => {
	table = await watchTable(database, "sandboxes");
	app = await startApp({ DATABASE_URL: database.url, POOL_MAX_SANDBOXES: "1" });
	mia = await joinPlayground(app.origin, "mia");
});

afterAll(async () => {
	mia?.close();
	await app?.remove();
	await table.stop();
	await database.drop();
});

const readEntries = () => database.db.selectFrom("sandboxes").selectAll().orderBy("created_at").execute();

function untilWarm(besides: string[]) {
	return table.until(
		"a warm sandbox",
		async () => (await readEntries()).find(({ id, state }) => state === "warm" && !besides.includes(id)),
		WARM_LIMIT_MS,
	);
}

async function sessionOf(threadTs: string) {
	return database.db
		.selectFrom("threads as t")
		.innerJoin("prompts as p", "p.session_id", "t.session_id")
		.select(["t.session_id as sessionId", "p.startup"])
		.where("t.thread_ts", "=", threadTs)
		.executeTakeFirstOrThrow();
}

test("the second session on a repository begins in a sandbox that was there before it", {
	timeout: 300_000,
}, async () => {
	const first = await openThread(mia, "shop", "@bobbin fix the flaky checkout test in acme/web-shop");
	await first.untilMarked("white_check_mark", first.threadTs, TURN_LIMIT_MS);
	const waiting = await untilWarm([]);

	const second = await openThread(mia, "shop", "@bobbin how does checkout work in acme/web-shop?");
	await second.untilMarked("white_check_mark", second.threadTs, TURN_LIMIT_MS);
	const { sessionId, startup } = await sessionOf(second.threadTs);
	expect(startup?.sandbox).toBe("warm");
	const claimed = (await readEntries()).find(({ id }) => id === waiting.id);
	expect(claimed).toMatchObject({ state: "ready", session_id: sessionId, claimed_at: expect.any(Date) });
	await second.untilSaid(/Warm sandbox · [\d.]+ s to the model/);

	const successor = await untilWarm([waiting.id]);
	const hits = await database.db
		.selectFrom("warm_hints")
		.select(["source", "session_id"])
		.where("session_id", "=", sessionId)
		.execute();
	expect(hits).toEqual([{ source: "mention", session_id: sessionId }]);
	const figures = await (await fetch(`${app.origin}/api/warm/figures`)).json();
	expect(figures).toMatchObject({ hits: [{ source: "mention" }], wastedSeconds: 0 });

	await app.stop();
	const left = await readEntries();
	expect(left.find(({ id }) => id === successor.id)).toMatchObject({ state: "deleted" });
	expect(left.filter(({ session_id, deleted_at }) => session_id === null && deleted_at === null)).toEqual([]);
});

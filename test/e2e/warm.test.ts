import { afterAll, beforeAll, expect, test } from "vitest";
import { type PlaygroundApp, startPlaygroundApp } from "../harness/playground-app.ts";
import { type TableWatch, watchTable } from "../harness/table-watch.ts";
import { openThread } from "../harness/thread.ts";

let app: PlaygroundApp<"mia">;
let table: TableWatch;

beforeAll(async () => {
	app = await startPlaygroundApp(["mia"], { POOL_MAX_SANDBOXES: "1" });
	table = await watchTable(app.database, "sandboxes");
});

afterAll(async () => {
	await table?.stop();
	await app?.remove();
});

const readEntries = () => app.database.db.selectFrom("sandboxes").selectAll().orderBy("created_at").execute();

async function sessionOf(threadTs: string) {
	return app.database.db
		.selectFrom("threads as t")
		.innerJoin("prompts as p", "p.session_id", "t.session_id")
		.select(["t.session_id as sessionId", "p.startup"])
		.where("t.thread_ts", "=", threadTs)
		.executeTakeFirstOrThrow();
}

test("the second session on a repository begins in a sandbox that was there before it", async () => {
	const { mia } = app.people;
	const first = await openThread(mia, "shop", "@bobbin what does the cart do?");
	await first.untilMarked("white_check_mark", first.threadTs);
	const waiting = await table.until("a warm sandbox", async () =>
		(await readEntries()).find(({ state }) => state === "warm"),
	);

	const second = await openThread(mia, "shop", "@bobbin how does checkout work in acme/web-shop?");
	await second.untilMarked("white_check_mark", second.threadTs);
	const { sessionId, startup } = await sessionOf(second.threadTs);
	expect(startup?.sandbox).toBe("warm");
	const claimed = (await readEntries()).find(({ id }) => id === waiting.id);
	expect(claimed).toMatchObject({ state: "ready", session_id: sessionId, claimed_at: expect.any(Date) });
	await second.untilSaid(/Warm sandbox · [\d.]+ s to the model/);
	const hits = await app.database.db
		.selectFrom("warm_hints")
		.select(["source", "session_id"])
		.where("session_id", "=", sessionId)
		.execute();
	expect(hits).toEqual([{ source: "mention", session_id: sessionId }]);
	const figures = await (await fetch(`${app.origin}/api/warm/figures`)).json();
	expect(figures).toMatchObject({ hits: [{ source: "mention" }], wastedSeconds: 0 });

	const successor = await table.until("its successor on its way", async () =>
		(await readEntries()).find(({ id, session_id }) => session_id === null && id !== waiting.id),
	);
	await app.stop();
	const left = await readEntries();
	expect(left.find(({ id }) => id === successor.id)).toMatchObject({ state: "deleted" });
	expect(left.filter(({ session_id, deleted_at }) => session_id === null && deleted_at === null)).toEqual([]);
});

import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Tx } from "../../src/db/client.ts";
import { dropPieces } from "../../src/sessions/log/event-store.ts";
import { searchRepositories } from "../../src/sessions/routing/repository-store.ts";
import { createTestDatabase } from "../harness/database.ts";
import { saveManyRepositories } from "../harness/many-repositories.ts";
import { seedManySessions } from "../harness/many-sessions.ts";

const SESSIONS = 500;
const EVENTS = 2_000;

let database: Awaited<ReturnType<typeof createTestDatabase>>;

beforeAll(async () => {
	database = await createTestDatabase();
	await saveManyRepositories(database.db, 200);
	await seedManySessions(database.db, { sessions: SESSIONS, teamId: "T1", nowMs: Date.now() });
});
afterAll(() => database.drop());

/** How many rows of a table the transaction has looked at. */
async function countRead(tx: Tx, table: string): Promise<number> {
	const { rows } = await sql<{ count: number }>`
		select (seq_tup_read + coalesce(idx_tup_fetch, 0))::int as count
		from pg_stat_xact_user_tables where relname = ${table}
	`.execute(tx);
	return rows[0]?.count ?? 0;
}

it("the pieces of a long turn are found by looking at it a few times, not once for each part", async () => {
	const [sessionId, promptId] = [randomUUID(), randomUUID()];
	const types = await database.db.transaction().execute(async (tx) => {
		await sql`insert into sessions (id, status, title) values (${sessionId}, 'ready', 'Long')`.execute(tx);
		// Nine pieces and then their whole; the last part was cut off.
		await sql`
			insert into events (session_id, seq, type, data)
			select ${sessionId}, n, case when n % 10 = 0 then 'text' else 'text.delta' end, jsonb_build_object(
				'promptId', ${promptId}::text, 'partId', (n - 1) / 10, 'text', 'words'
			) from generate_series(1, ${EVENTS + 3}::int) n
		`.execute(tx);
		const before = await countRead(tx, "events");
		await dropPieces(tx, { sessionId, promptId });
		expect((await countRead(tx, "events")) - before).toBeLessThan(5 * EVENTS);
		return tx.selectFrom("events").select("type").where("session_id", "=", sessionId).execute();
	});
	expect(Map.groupBy(types, ({ type }) => type).get("text")).toHaveLength(EVENTS / 10);
	expect(Map.groupBy(types, ({ type }) => type).get("text.delta")).toHaveLength(3);
});

it("how much each repository is used is counted in one look at the sessions", async () => {
	await database.db.transaction().execute(async (tx) => {
		const before = await countRead(tx, "sessions");
		const found = await searchRepositories(tx, { query: "", limit: 20, offset: 0 });
		expect(found).toHaveLength(20);
		expect((await countRead(tx, "sessions")) - before).toBeLessThan(5 * SESSIONS);
	});
});

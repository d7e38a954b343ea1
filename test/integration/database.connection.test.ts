import { once } from "node:events";
import { sql } from "kysely";
import type pg from "pg";
import { afterAll, expect, test } from "vitest";
import { createTestDatabase } from "../harness/database.ts";

const database = await createTestDatabase();
afterAll(() => database.drop());

test("a connection that is cut in mid-transaction fails that transaction and nothing else", async () => {
	const acquired = once(database.pool, "acquire");
	const cut = database.db.transaction().execute(async (tx) => {
		const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx);
		const [client] = (await acquired) as [pg.PoolClient];
		// Not by once(): the error that comes before the end is not what is waited for.
		const ended = new Promise<void>((resolve) => client.once("end", () => resolve()));
		await database.pool.query("select pg_terminate_backend($1)", [rows[0]?.pid]);
		await ended;
		await sql`select 1`.execute(tx);
	});
	await expect(cut).rejects.toThrow();
	expect((await database.pool.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
});

import { once } from "node:events";
import { sql } from "kysely";
import type pg from "pg";
import { afterAll, expect, test } from "vitest";
import { openDatabase } from "../../src/db/client.ts";
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

test("a transaction of a process that froze lets go of its locks, and of none that is at work", async () => {
	const frozen = openDatabase(database.url, { idleInTransactionMs: 200 });
	const lock = sql`select pg_advisory_xact_lock(7)`;
	let wasTaken = false;
	const cut = frozen.db.transaction().execute(async (tx) => {
		await lock.execute(tx);
		// Whoever waits in a query does something.
		await frozen.db.transaction().execute((next) => lock.execute(next));
		wasTaken = true;
		await sql`select 1`.execute(tx);
	});
	await expect(cut).rejects.toThrow();
	expect(wasTaken).toBe(true);
	expect((await frozen.pool.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
	await frozen.close();
});

test("what we open is cut after five minutes, longer than a provider takes to stop a sandbox", async () => {
	const { rows } = await database.pool.query("show idle_in_transaction_session_timeout");
	expect(rows).toEqual([{ idle_in_transaction_session_timeout: "5min" }]);
});

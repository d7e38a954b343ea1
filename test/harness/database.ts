import { randomBytes } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";
import { type Database, openDatabase } from "../../src/db/client.ts";

/** A database of the test file's own, cloned from the migrated template. Call `drop` in afterAll. */
export async function createTestDatabase(): Promise<Database & { drop(): Promise<void> }> {
	const server = inject("postgresUrl");
	const name = `test_${randomBytes(6).toString("hex")}`;
	await run(server, `create database ${name} template ${inject("templateDatabase")}`);
	const database = openDatabase(server.replace(/\/postgres$/, `/${name}`));
	return {
		...database,
		async drop() {
			await database.close();
			await run(server, `drop database if exists ${name} with (force)`);
		},
	};
}

async function run(url: string, sql: string): Promise<void> {
	const client = new pg.Client({ connectionString: url });
	await client.connect();
	try {
		await client.query(sql);
	} finally {
		await client.end();
	}
}

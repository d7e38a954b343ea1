import { afterAll, expect, test } from "vitest";
import { migrate } from "../../src/db/migrate.ts";
import { createTestDatabase } from "../harness/database.ts";

const database = await createTestDatabase();
afterAll(() => database.drop());

test("migrating twice changes nothing the second time", async () => {
	await migrate(database.db);
	const { rows } = await database.pool.query("select count(*)::int as n from kysely_migration");
	expect(rows[0].n).toBeGreaterThan(0);
});

import { pino } from "pino";
import { afterAll, expect, test } from "vitest";
import { createInstanceRegistry } from "../../src/jobs/instance-registry.ts";
import { createTestDatabase } from "../harness/database.ts";

const database = await createTestDatabase();
afterAll(() => database.drop());

test("an instance that cannot register leaves no connection behind, and registers later", async () => {
	const registry = createInstanceRegistry({
		database,
		instanceId: "one",
		log: pino({ level: "silent" }),
		giveBack: async () => {},
		queues: ["none"],
		onLost: () => {},
	});
	const connections = async () => {
		const { rows } = await database.pool.query<{ count: number }>(
			"select count(*)::int as count from pg_stat_activity where datname = current_database()",
		);
		return rows[0]?.count;
	};
	const before = await connections();
	await database.pool.query("alter table instances rename to instances_away");
	for (let tries = 0; tries < 3; tries++) await expect(registry.register()).rejects.toThrow();
	await expect.poll(connections).toBe(before);
	await database.pool.query("alter table instances_away rename to instances");
	await registry.register();
	expect(registry.number()).not.toBeNull();
	await registry.leave();
});

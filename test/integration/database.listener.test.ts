import { pino } from "pino";
import { afterAll, expect, test } from "vitest";
import { createListener } from "../../src/db/listener.ts";
import { createTestDatabase } from "../harness/database.ts";

const database = await createTestDatabase();
afterAll(() => database.drop());

test("a connection that is lost before it listens is made again once, not twice", async () => {
	let connects = 0;
	const gap = Promise.withResolvers<void>();
	const heard: string[] = [];
	const listener = createListener({
		database: {
			...database,
			async connect() {
				connects++;
				const client = await database.connect();
				// The second is cut as soon as it is there.
				if (connects === 2) await client.end();
				return client;
			},
		},
		log: pino({ level: "silent" }),
	});
	const told = Promise.withResolvers<void>();
	listener.on("news", (payload) => {
		heard.push(payload);
		if (payload === "last") told.resolve();
	});
	listener.onGap(gap.resolve);
	await listener.start();
	await database.pool.query(
		"select pg_terminate_backend(pid) from pg_stat_activity where query = 'listen news' and datname = current_database()",
	);
	await gap.promise;
	await database.pool.query("select pg_notify('news', 'first'), pg_notify('news', 'last')");
	await told.promise;
	expect({ connects, heard }).toEqual({ connects: 3, heard: ["first", "last"] });
	await listener.stop();
	const { rows } = await database.pool.query(
		"select pid from pg_stat_activity where query = 'listen news' and datname = current_database()",
	);
	expect(rows).toEqual([]);
});

import { randomUUID } from "node:crypto";
import { type CompiledQuery, Kysely, PostgresDialect } from "kysely";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Schema } from "../../src/db/schema.ts";
import { findBuiltOnPush, setBuilds } from "../../src/images/build-store.ts";
import { findByNumber } from "../../src/sessions/pull-requests/pull-request-store.ts";
import { findRepositoryByName } from "../../src/sessions/routing/repository-store.ts";
import { createTestDatabase } from "../harness/database.ts";
import { aPerson, aPrompt, aRepository, aThread, createCore } from "../harness/sessions.ts";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let repository: Awaited<ReturnType<typeof aRepository>>;
const asked: CompiledQuery[] = [];
let db: Kysely<Schema>;

beforeAll(async () => {
	database = await createTestDatabase();
	const core = createCore(database);
	await core.jobs.prepare();
	const dialect = new PostgresDialect({ pool: database.pool });
	db = new Kysely<Schema>({ dialect, log: ({ query }) => void asked.push(query) });
	repository = await aRepository(database);
	await setBuilds(database.db, repository.id, { buildsOnPush: true });
	const prompt = aPrompt(await aPerson(core));
	const { sessionId } = await core.sessions.acceptThreadPrompt({ thread: aThread(), prompt });
	await database.db
		.insertInto("pull_requests")
		.values({
			...{ id: randomUUID(), session_id: sessionId, repository_id: repository.id, number: 7 },
			...{ branch: "b", base: "main", title: "t", body: "", state: "open" },
		})
		.execute();
	await core.jobs.stop();
});
afterAll(() => database.drop());

it.each([
	["a repository to work on", (name: Name) => findRepositoryByName(db, name), "id"],
	["one that is built on a push", (name: Name) => findBuiltOnPush(db, name), "id"],
	["a pull request's", (name: Name) => findByNumber(db, { ...name, number: 7 }), "repository_id"],
])("%s is found by its name in any case, and by an index", async (_, find, key) => {
	const { owner, name } = repository;
	const found = await find({ owner: owner.toUpperCase(), name: name.toUpperCase() });
	expect(found).toMatchObject({ [key]: repository.id });
	expect(await find({ owner, name: `${name}-2` })).toBeUndefined();
	expect(await find({ owner: name, name: owner })).toBeUndefined();

	const { sql = "", parameters = [] } = asked.at(-1) ?? {};
	const client = await database.connect();
	try {
		await client.query("set enable_seqscan = off");
		const { rows } = await client.query(`explain ${sql}`, [...parameters]);
		const plan = rows.map((row: { "QUERY PLAN": string }) => row["QUERY PLAN"]).join("\n");
		expect(plan).toMatch(/repositories(_any)?_name/);
		expect(plan).not.toContain("Seq Scan");
	} finally {
		await client.end();
	}
});

interface Name {
	owner: string;
	name: string;
}

import { afterAll, beforeAll, expect, test } from "vitest";
import { createBudget } from "../../src/budget/budget.ts";
import { createBudgetRoutes } from "../../src/http/routes/budget.ts";
import { createTestDatabase } from "../harness/database.ts";
import { openAccess } from "../harness/open-access.ts";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let app: ReturnType<typeof createBudgetRoutes>;

beforeAll(async () => {
	database = await createTestDatabase();
	app = createBudgetRoutes(
		createBudget({
			...{ db: database.db, enqueue: async () => {}, access: openAccess },
			defaults: { prompt: null, session: 20, person: null, channel: null, workspace: null },
			...{ now: Date.now, newId: crypto.randomUUID.bind(crypto) },
		}),
	);
});
afterAll(() => database.drop());

const get = async (query: string) => {
	const response = await app.request(`/api/budget?${query}`);
	return { status: response.status, body: await response.json() };
};
const put = async (body: unknown) => {
	const response = await app.request("/api/budget", { method: "PUT", body: JSON.stringify(body) });
	return { status: response.status, body: await response.json() };
};
const CHANNEL = { scope: "channel", subject: "T1:C1" };
const SESSION = { scope: "session", subject: "c5a1d5a0-0000-4000-8000-000000000001" };

test("a cap is read, set, taken away and left to the default, and each is in the audit log", async () => {
	expect(await get("scope=session&subject=c5a1d5a0-0000-4000-8000-000000000001")).toEqual({
		status: 200,
		body: { ...SESSION, cap: "default", capUsd: 20, spentUsd: 0 },
	});
	expect((await get("scope=channel&subject=T1:C1")).body).toMatchObject({ cap: "default", capUsd: null });
	for (const [cap, capUsd] of [
		[7.5, 7.5],
		["none", null],
		[9, 9],
		["default", null],
	] as const) {
		const set = { status: 200, body: { ...CHANNEL, cap, capUsd, spentUsd: 0 } };
		expect(await put({ ...CHANNEL, cap })).toEqual(set);
		expect(await get("scope=channel&subject=T1:C1")).toEqual(set);
	}
	const { rows } = await database.pool.query(
		"select actor, subject, data from audit_log where action = 'budget.cap_set' order by id",
	);
	expect(rows).toHaveLength(4);
	expect(rows[1]).toEqual({ actor: "local", subject: "channel T1:C1", data: { before: 7.5, cap: "none" } });
});

test.each([
	["nothing", undefined],
	["a cap of nothing", { ...CHANNEL, cap: 0 }],
	["a cap below nothing", { ...CHANNEL, cap: -1 }],
	["no number", { ...CHANNEL, cap: "a lot" }],
	["a scope that is none", { scope: "planet", subject: "x", cap: 1 }],
	["a subject of another scope", { scope: "session", subject: "T1:C1", cap: 1 }],
	["no subject", { scope: "channel", cap: 1 }],
	["more than it knows", { ...CHANNEL, cap: 1, force: true }],
])("%s is refused", async (_title, body) => {
	expect(await put(body)).toMatchObject({ status: 400, body: { error: { code: "bad_request" } } });
});

test("a question without a subject is refused", async () => {
	expect(await get("scope=channel")).toMatchObject({ status: 400, body: { error: { code: "bad_request" } } });
});

import { randomUUID } from "node:crypto";
import { type KyselyPlugin, sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Db } from "../../src/db/client.ts";
import { listOwnSessions } from "../../src/sessions/own-session-store.ts";
import { readFigures } from "../../src/slack/home/read-figures.ts";
import { readFirstResponse } from "../../src/stats/first-response.ts";
import { readPeoplePrompting } from "../../src/stats/people-prompting.ts";
import { readStats } from "../../src/stats/read-stats.ts";
import { readRepositoryUsage } from "../../src/stats/repository-usage.ts";
import { readUsage } from "../../src/stats/usage.ts";
import { createTestDatabase } from "../harness/database.ts";
import { seedManySessions } from "../harness/many-sessions.ts";
import { openAccess } from "../harness/open-access.ts";
import { createPullRequestRows } from "../harness/pull-request-rows.ts";

const DAY_MS = 86_400_000;
const day = (n: number, hour = 12) => new Date(Date.UTC(2026, 0, n, hour));

describe("a few sessions", () => {
	let database: Awaited<ReturnType<typeof createTestDatabase>>;
	let db: Db;
	beforeAll(async () => {
		database = await createTestDatabase();
		({ db } = database);
	});
	afterAll(() => database.drop());

	const inTeam = async (sessionId: string, teamId: string) => {
		const place = { team_id: teamId, channel_id: "C1", thread_ts: randomUUID() };
		await db
			.insertInto("threads")
			.values({ ...place, session_id: sessionId })
			.execute();
	};

	test("count by day, by repository and by people, each for its workspace", async () => {
		const rows = createPullRequestRows(db);
		const [mia, noah] = [await rows.person("Mia"), await rows.person("Noah")];
		const shop = await rows.repository({ name: "shop" });
		for (const [teamId, author] of [
			["T1", mia],
			["T1", noah],
			["T2", noah],
		] as const) {
			const sessionId = await rows.session(shop, { created_at: day(2) });
			await inTeam(sessionId, teamId);
			await rows.prompt(sessionId, author, { attempt: 1, created_at: day(2) });
			await rows.prompt(sessionId, author, { attempt: 0, created_at: day(3, 11) });
			const fate = { state: "merged" as const, merged_at: day(4), url: "https://x.example" };
			if (author === mia) await rows.pullRequest({ sessionId, repositoryId: shop }, fate);
		}
		// Nobody has worked on it.
		await inTeam(await rows.session(shop, { created_at: day(2) }), "T1");
		const period = { since: day(1, 0), until: day(5, 6), teamId: "T1" };
		expect(await readUsage(db, period)).toEqual(
			[
				[1, 0, 0, 0],
				[2, 2, 2, 0],
				[3, 0, 2, 0],
				[4, 0, 0, 1],
				[5, 0, 0, 0],
			].map(([n = 0, sessions, prompts, merged]) => ({
				at: day(n, 0).toISOString(),
				sessions,
				prompts,
				merged,
			})),
		);
		const repository = { repositoryId: shop, repository: "acme/shop" };
		expect(await readRepositoryUsage(db, period)).toEqual([{ ...repository, sessions: 2, merged: 1 }]);
		expect(await readRepositoryUsage(db, { ...period, teamId: "T2" })).toEqual([
			{ ...repository, sessions: 1, merged: 0 },
		]);
		const until = new Date(day(3, 11).getTime() + 4 * 60_000);
		expect(await readPeoplePrompting(db, { until, teamId: "T1" })).toEqual({ people: 2 });
		expect(await readPeoplePrompting(db, { until, teamId: "T2" })).toEqual({ people: 1 });
		const later = new Date(until.getTime() + 2 * 60_000);
		expect(await readPeoplePrompting(db, { until: later, teamId: "T1" })).toEqual({ people: 0 });
		const all = await readStats(db, { since: period.since, until: period.until });
		expect(all).toMatchObject({ prompting: { people: 0 }, usedRepositories: [{ sessions: 3, merged: 1 }] });
		expect(all.usage).toHaveLength(5);
	});

	test("are counted by week where the period is long", async () => {
		const steps = await readUsage(db, {
			since: day(1, 0),
			until: new Date(day(1, 0).getTime() + 90 * DAY_MS),
		});
		expect(steps).toHaveLength(13);
		expect(steps[0]).toMatchObject({ sessions: 3, prompts: 6, merged: 1 });
	});

	test.each([
		{ what: "from its writing", startup: [["queue", 1_000]], how: "only", seconds: 1.5 },
		{
			what: "with finding the repository",
			startup: [
				["route", 2_000],
				["queue", 1_000],
			],
			how: "model",
			seconds: 3.5,
		},
		{
			what: "without a person's choice",
			startup: [
				["route", 60_000],
				["queue", 1_000],
			],
			how: "picked",
			seconds: 1.5,
		},
	] as const)("say when the model answered first, $what", async ({ startup, how, seconds }) => {
		const teamId = randomUUID();
		const rows = createPullRequestRows(db);
		const routing = JSON.stringify({ how, reason: "", confidence: null });
		const sessionId = await rows.session(null, { routing });
		await inTeam(sessionId, teamId);
		const startedAt = day(20);
		const steps = startup.map(([step, durationMs]) => ({ step, startMs: 0, durationMs }));
		const promptId = await rows.prompt(sessionId, null, {
			attempt: 1,
			created_at: day(19),
			started_at: startedAt,
			finished_at: day(20, 13),
			startup: JSON.stringify({ totalMs: 1, sandbox: "warm", steps }),
		});
		for (const afterMs of [300, 9_000]) {
			await db
				.insertInto("model_calls")
				.values({
					id: randomUUID(),
					session_id: sessionId,
					prompt_id: promptId,
					model: "m",
					input_tokens: 1,
					output_tokens: 1,
					cache_read_tokens: 0,
					cache_write_tokens: 0,
					cost_usd: 0,
					started_at: new Date(startedAt.getTime() + afterMs),
					first_token_ms: 200,
					duration_ms: 900,
				})
				.execute();
		}
		const period = { since: day(18), until: day(21), teamId };
		expect(await readFirstResponse(db, period)).toEqual({
			prompts: 1,
			medianSeconds: seconds,
			p95Seconds: seconds,
		});
		expect(await readFirstResponse(db, { ...period, teamId: "T1" })).toMatchObject({ prompts: 0 });
	});
});

describe("10,000 sessions", () => {
	// Shortly after midnight the first of seven days would be almost none.
	const nowMs = Date.UTC(2026, 4, 20, 12);
	let database: Awaited<ReturnType<typeof createTestDatabase>>;
	let personId: string;
	beforeAll(async () => {
		database = await createTestDatabase();
		({ personId } = await seedManySessions(database.db, { sessions: 10_000, teamId: "T1", nowMs }));
	});
	afterAll(() => database.drop());

	/** Which tables were read as a whole for it, how many rows were read of the others, and by how many queries. */
	async function costOf(work: (db: Db) => Promise<unknown>) {
		let queries = 0;
		const counting: KyselyPlugin = {
			transformQuery({ node }) {
				queries++;
				return node;
			},
			transformResult: async ({ result }) => result,
		};
		return database.db.transaction().execute(async (tx) => {
			const read = async () =>
				(
					await sql<{ name: string; scanned: number; fetched: number }>`
						select relname as name, seq_tup_read::int as scanned, coalesce(idx_tup_fetch, 0)::int as fetched
						from pg_stat_xact_user_tables
						where relname in ('sessions', 'prompts', 'threads', 'model_calls', 'pull_requests') order by relname
					`.execute(tx)
				).rows;
			const before = await read();
			await work(tx.withPlugin(counting) as unknown as Db);
			const after = (await read()).map((row, index) => ({
				name: row.name,
				scanned: row.scanned - (before[index]?.scanned ?? 0),
				fetched: row.fetched - (before[index]?.fetched ?? 0),
			}));
			return {
				queries,
				scanned: after.filter(({ scanned }) => scanned > 0).map(({ name }) => name),
				fetched: after.reduce((sum, row) => sum + row.fetched, 0),
			};
		});
	}

	test("a person's own are found without a look at the others'", async () => {
		const cost = await costOf(async (db) => {
			const { sessions, total } = await listOwnSessions(db, { teamId: "T1", personId, limit: 10, offset: 0 });
			expect(sessions).toHaveLength(10);
			expect(total).toEqual({ running: 0, waiting: 0, recent: 50 });
		});
		expect(cost).toMatchObject({ queries: 1, scanned: [] });
		expect(cost.fetched).toBeLessThan(1_000);
	});

	test.each([
		{ days: 7, most: 5_000 },
		{ days: 30, most: 20_000 },
	])("figures of $days days read what is of these days", async ({ days, most }) => {
		const cost = await costOf(async (db) => {
			const { allowed } = openAccess;
			const figures = await readFigures({ db, allowed }, { teamId: "T1", personId, days, nowMs });
			expect(figures.funnel.sessions).toBeGreaterThan(days * 25);
		});
		expect(cost.queries).toBe(6);
		// Which threads are of the workspace is read at once: two numbers and a name each.
		expect(cost.scanned.filter((table) => table !== "threads")).toEqual([]);
		expect(cost.fetched).toBeLessThan(most);
	});
});

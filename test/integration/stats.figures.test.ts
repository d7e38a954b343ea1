import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pullRequestMeasuresAnswer, statsAnswer } from "../../src/contract/stats.ts";
import { createStatsRoutes } from "../../src/http/routes/stats.ts";
import { readPullRequestMeasures } from "../../src/stats/pull-request-measures.ts";
import { readStats } from "../../src/stats/read-stats.ts";
import { createTestDatabase } from "../harness/database.ts";
import { createPullRequestRows } from "../harness/pull-request-rows.ts";

const DAY_MS = 86_400_000;
const UNTIL = Date.UTC(2026, 10, 22);
const PERIOD = { since: new Date(UNTIL - 10 * DAY_MS), until: new Date(UNTIL) };
const day = (n: number, seconds = 0) => new Date(UNTIL - n * DAY_MS + seconds * 1000);

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let rows: ReturnType<typeof createPullRequestRows>;

beforeAll(async () => {
	database = await createTestDatabase();
	rows = createPullRequestRows(database.db);
});
afterAll(() => database.drop());

describe("where nothing was", () => {
	it("counts nothing and shares nothing", async () => {
		expect(await readStats(database.db, PERIOD)).toEqual({
			since: PERIOD.since.toISOString(),
			until: PERIOD.until.toISOString(),
			sessions: { sessions: 0, withPullRequest: 0, merged: 0 },
			pullRequests: { opened: 0, open: 0, merged: 0, closed: 0 },
			timeToMerge: { merged: 0, medianSeconds: null, p90Seconds: null },
			reviews: { merged: 0, reviews: 0, reviewsEach: null, changesRequestedShare: null },
			revisions: { merged: 0, revisionsEach: null, unrevisedShare: null },
			lines: { agentLines: 0, survivingLines: 0, share: null },
			routing: { routed: 0, moved: 0, share: null, rungs: [] },
			prompting: { people: 0 },
			firstResponse: { prompts: 0, medianSeconds: null, p95Seconds: null },
			usage: Array.from({ length: 10 }, (_, index) => {
				const at = new Date(PERIOD.since.getTime() + index * DAY_MS).toISOString();
				return { at, sessions: 0, prompts: 0, merged: 0 };
			}),
			repositories: [],
			usedRepositories: [],
		});
		expect(await readPullRequestMeasures(database.db, PERIOD)).toEqual([]);
	});
});

describe("with known rows", () => {
	let shop: string;
	let newest: string;
	let oldest: string;

	beforeAll(async () => {
		shop = await rows.repository({ name: "shop" });
		const docs = await rows.repository({ name: "docs" });
		const [mia, noah] = [await rows.person("Mia"), await rows.person("Noah")];
		const session = async (createdAt: Date, authors: (string | null)[]) => {
			const id = await rows.session(shop, { created_at: createdAt });
			for (const author of authors) await rows.prompt(id, author, { started_at: createdAt });
			return id;
		};
		const url = "http://github.test/acme/shop/pull/1";

		// Merged after 100 seconds, as it was opened, reviewed once. Noah prompted again after the merge.
		const first = await session(day(8), [mia]);
		oldest = await rows.pullRequest(
			{ sessionId: first, repositoryId: shop },
			{
				...{
					url,
					number: 1,
					title: "First",
					opened_by: mia,
					state: "merged",
					opened_at: day(8),
					merged_at: day(8, 100),
				},
				...{ added_lines: 10, agent_lines: 8, surviving_lines: 6 },
			},
		);
		await rows.prompt(first, noah, { started_at: day(7) });
		await aReview(oldest, "approved");
		// Mia answered there.
		await aReview(oldest, "commented", mia);
		// Merged after 300 seconds, revised twice, changes were asked for. Two people prompted; one more was refused.
		const second = await session(day(6), [mia, noah, mia]);
		await rows.prompt(second, await rows.person("Zoe"), {
			started_at: day(6),
			status: "failed",
			problem: JSON.stringify({ code: "no_access", message: "", retryable: false }),
		});
		const revised = await rows.pullRequest(
			{ sessionId: second, repositoryId: shop },
			{
				...{ url, number: 2, state: "merged", opened_at: day(6), merged_at: day(6, 300), revisions: 2 },
				...{ added_lines: 40, agent_lines: 32, surviving_lines: 14 },
			},
		);
		await aReview(revised, "changes_requested");
		await aReview(revised, "commented");
		await aReview(revised, "approved");
		// Closed; open; only intended; and a session without a turn.
		const third = await session(day(4), [mia]);
		await rows.pullRequest(
			{ sessionId: third, repositoryId: docs },
			{ url, number: 3, state: "closed", opened_at: day(4) },
		);
		newest = await rows.pullRequest(
			{ sessionId: third, repositoryId: docs },
			{ url, number: 4, opened_at: day(1) },
		);
		const fourth = await session(day(3), [mia]);
		await rows.pullRequest(
			{ sessionId: fourth, repositoryId: docs },
			{ state: "intended", number: null, created_at: day(3) },
		);
		const idle = await rows.session(shop, { created_at: day(3) });
		await rows.prompt(idle, mia, { attempt: 0, status: "cancelled" });
		// Outside: begun, opened and merged before; and begun at the very end.
		const before = await session(day(20), [mia]);
		await rows.pullRequest(
			{ sessionId: before, repositoryId: shop },
			{
				url,
				number: 5,
				state: "merged",
				opened_at: day(20),
				merged_at: day(10, -1),
				revisions: 9,
				agent_lines: 99,
			},
		);
		await session(day(0), [mia]);

		const merges: [string, number, Date, number, number][] = [
			[shop, 1, day(8), 10, 6],
			[shop, 2, day(6), 40, 14],
			[shop, 70, day(5), 50, 0],
			[docs, 71, day(5), 0, 0],
			[docs, 72, day(0), 1_000, 1_000],
		];
		for (const [repository_id, number, merged_at, added_lines, agent_lines] of merges)
			await database.db
				.insertInto("merges")
				.values({ repository_id, number, merged_at, added_lines, agent_lines })
				.execute();
	});

	async function aReview(
		pullRequestId: string,
		state: "approved" | "changes_requested" | "commented",
		personId: string | null = null,
	) {
		await database.db
			.insertInto("pull_request_reviews")
			.values({
				pull_request_id: pullRequestId,
				github_id: Math.floor(Math.random() * 1e9),
				login: "omar",
				person_id: personId,
				state,
				commit_sha: randomUUID(),
				submitted_at: day(6),
			})
			.execute();
	}

	it("gives the figures of the period", async () => {
		expect(await readStats(database.db, PERIOD)).toMatchObject({
			sessions: { sessions: 4, withPullRequest: 3, merged: 2 },
			pullRequests: { opened: 4, open: 1, merged: 2, closed: 1 },
			timeToMerge: { merged: 2, medianSeconds: 200, p90Seconds: 280 },
			reviews: { merged: 2, reviews: 4, reviewsEach: 2, changesRequestedShare: 0.5 },
			revisions: { merged: 2, revisionsEach: 1, unrevisedShare: 0.5 },
			lines: { agentLines: 40, survivingLines: 20, share: 0.5 },
			repositories: [
				{
					repository: "acme/shop",
					repositoryId: shop,
					merged: 3,
					addedLines: 100,
					agentLines: 20,
					share: 0.2,
				},
				{ repository: "acme/docs", merged: 1, addedLines: 0, agentLines: 0, share: null },
			],
		});
	});

	it("lists each pull request with its measures, the newest first", async () => {
		const measures = await readPullRequestMeasures(database.db, PERIOD);
		expect(measures.map(({ number }) => number)).toEqual([4, 3, 2, 1]);
		expect(measures.map(({ prompters }) => prompters)).toEqual([1, 1, 2, 1]);
		expect(measures[0]).toMatchObject({
			pullRequestId: newest,
			state: "open",
			mergedAt: null,
			secondsToMerge: null,
			reviews: 0,
			addedLines: null,
		});
		expect(measures[3]).toMatchObject({
			pullRequestId: oldest,
			repository: "acme/shop",
			title: "First",
			state: "merged",
			openedAt: day(8).toISOString(),
			mergedAt: day(8, 100).toISOString(),
			secondsToMerge: 100,
			reviews: 1,
			revisions: 0,
			addedLines: 10,
			agentLines: 8,
			survivingLines: 6,
		});
	});

	it("answers over HTTP in the form of the contract, and refuses days that are none", async () => {
		const routes = createStatsRoutes({
			readStats: (period) => readStats(database.db, period),
			readPullRequestMeasures: (period) => readPullRequestMeasures(database.db, period),
			now: () => UNTIL,
		});
		const stats = statsAnswer.parse(await (await routes.request("/api/stats?days=10")).json());
		expect(stats.sessions.merged).toBe(2);
		const wide = statsAnswer.parse(await (await routes.request("/api/stats")).json());
		expect(wide.sessions.merged).toBe(3);
		const list = await routes.request("/api/stats/pull-requests?days=10");
		expect(pullRequestMeasuresAnswer.parse(await list.json()).pullRequests).toHaveLength(4);
		for (const days of ["0", "x", "367", "1.5"])
			expect((await routes.request(`/api/stats?days=${days}`)).status).toBe(400);
	});
});

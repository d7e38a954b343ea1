import { Hono } from "hono";
import { z } from "zod";
import type { PullRequestMeasures, StatsAnswer } from "../../contract/stats.ts";
import { AppError, toErrorBody } from "../../errors.ts";
import type { Period } from "../../stats/period.ts";

const DAY_MS = 86_400_000;
const statsQuery = z.object({ days: z.coerce.number().int().min(1).max(366).default(30) });

/**
 * `GET /api/stats?days=30`: the figures of the last days. `GET /api/stats/pull-requests?days=30`: each pull request that
 * was opened in them, with its measures.
 */
export function createStatsRoutes(deps: {
	readStats: (period: Period) => Promise<StatsAnswer>;
	readPullRequestMeasures: (period: Period) => Promise<PullRequestMeasures[]>;
	now: () => number;
}): Hono {
	const toPeriod = (query: Record<string, string>): Period | null => {
		const parsed = statsQuery.safeParse(query);
		if (!parsed.success) return null;
		const until = deps.now();
		return { since: new Date(until - parsed.data.days * DAY_MS), until: new Date(until) };
	};
	const badRequest = toErrorBody(new AppError("bad_request", "`days` must be a whole number from 1 to 366."));

	return new Hono()
		.get("/api/stats", async (c) => {
			const period = toPeriod(c.req.query());
			return period === null ? c.json(badRequest, 400) : c.json(await deps.readStats(period));
		})
		.get("/api/stats/pull-requests", async (c) => {
			const period = toPeriod(c.req.query());
			if (period === null) return c.json(badRequest, 400);
			return c.json({ pullRequests: await deps.readPullRequestMeasures(period) });
		});
}

import type { FirstResponse, RepositoryUsage, SessionFunnel, Usage } from "../../contract/stats.ts";
import type { Db } from "../../db/client.ts";
import { AppError } from "../../errors.ts";
import type { Access } from "../../people/access.ts";
import { readFirstResponse } from "../../stats/first-response.ts";
import { readPeoplePrompting } from "../../stats/people-prompting.ts";
import { readRepositoryUsage } from "../../stats/repository-usage.ts";
import { readSessionFunnel } from "../../stats/session-funnel.ts";
import { readUsage } from "../../stats/usage.ts";

const DAY_MS = 86_400_000;
/** Each may be a question to GitHub. */
const MOST_REPOSITORIES = 20;

/** The figures of one workspace, for one person. */
export interface HomeFigures {
	days: number;
	funnel: SessionFunnel;
	/** Of as many days before. */
	before: SessionFunnel;
	usage: Usage[];
	peoplePrompting: number;
	firstResponse: FirstResponse;
	/** Those that the person may read; null: GitHub cannot be asked just now. */
	repositories: RepositoryUsage[] | null;
	/** There are more that the person may not read, or were not asked for. */
	hasMoreRepositories: boolean;
}

/** The last days are whole ones, UTC, up to now; they are compared with as many before, up to the same time of day. */
export async function readFigures(
	deps: { db: Db; allowed: Access["allowed"] },
	of: { teamId: string; personId: string; days: number; nowMs: number },
): Promise<HomeFigures> {
	const { db } = deps;
	const { teamId, personId, days, nowMs } = of;
	const sinceMs = Math.floor(nowMs / DAY_MS) * DAY_MS - (days - 1) * DAY_MS;
	const until = new Date(nowMs);
	const period = { teamId, since: new Date(sinceMs), until };
	const before = {
		teamId,
		since: new Date(sinceMs - days * DAY_MS),
		until: new Date(nowMs - days * DAY_MS),
	};
	const used = readRepositoryUsage(db, { ...period, limit: MOST_REPOSITORIES });
	const [funnel, funnelBefore, usage, prompting, firstResponse, all, readable] = await Promise.all([
		readSessionFunnel(db, period),
		readSessionFunnel(db, before),
		readUsage(db, period),
		readPeoplePrompting(db, { until, teamId }),
		readFirstResponse(db, period),
		used,
		used.then((rows) => findReadable(deps, personId, rows)),
	]);
	return {
		days,
		funnel,
		before: funnelBefore,
		usage,
		peoplePrompting: prompting.people,
		firstResponse,
		repositories: readable,
		hasMoreRepositories: readable !== null && readable.length < all.length,
	};
}

async function findReadable(
	deps: { allowed: Access["allowed"] },
	personId: string,
	rows: RepositoryUsage[],
): Promise<RepositoryUsage[] | null> {
	const repositoryIds = rows.map((row) => row.repositoryId);
	try {
		const readable = await deps.allowed({ personId, repositoryIds, need: "read" });
		return rows.filter((row) => readable.has(row.repositoryId));
	} catch (error) {
		if (error instanceof AppError && error.code === "access_unknown") return null;
		throw error;
	}
}

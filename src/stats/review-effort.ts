import { sql } from "kysely";
import type { ReviewEffort } from "../contract/stats.ts";
import type { Db } from "../db/client.ts";
import type { Period } from "./period.ts";

/**
 * Reviews of people, dismissed ones too, of the pull requests of sessions that were merged in the period: how many, how
 * many for each, and for what share of them somebody asked for changes and did not have that dismissed. What whoever
 * opened it said there is none: GitHub makes a review of each answer to a comment.
 */
export async function readReviewEffort(db: Db, { since, until }: Period): Promise<ReviewEffort> {
	const { rows } = await sql<ReviewEffort>`
		select count(*)::int as merged,
			coalesce(sum(n), 0)::int as reviews,
			avg(n)::float8 as "reviewsEach",
			avg(wanted::int)::float8 as "changesRequestedShare"
		from pull_requests
		cross join lateral (
			select count(*) as n, coalesce(bool_or(reviews.state = 'changes_requested'), false) as wanted
			from pull_request_reviews reviews
			where reviews.pull_request_id = pull_requests.id
				and (reviews.person_id = pull_requests.opened_by) is not true
		) reviewed
		where state = 'merged' and merged_at >= ${since} and merged_at < ${until}
	`.execute(db);
	return rows[0] ?? { merged: 0, reviews: 0, reviewsEach: null, changesRequestedShare: null };
}

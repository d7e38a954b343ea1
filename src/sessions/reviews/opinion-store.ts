import { sql } from "kysely";
import type { Tx } from "../../db/client.ts";

/** What somebody said last of a pull request, of those words that say yes or no. */
export interface Opinion {
	pullRequestId: string;
	login: string;
	state: "approved" | "changes_requested" | "dismissed";
}

/** Of all pull requests of a session, in the order in which they were said. */
export async function readOpinions(tx: Tx, sessionId: string): Promise<Opinion[]> {
	const { rows } = await sql<Opinion>`
		select "pullRequestId", login, state from (
			select distinct on (reviews.pull_request_id, reviews.login)
				reviews.pull_request_id as "pullRequestId", reviews.login, reviews.state,
				reviews.submitted_at, reviews.github_id
			from pull_request_reviews reviews
			join pull_requests on pull_requests.id = reviews.pull_request_id
			where pull_requests.session_id = ${sessionId} and reviews.state <> 'commented'
			order by reviews.pull_request_id, reviews.login, reviews.submitted_at desc, reviews.github_id desc
		) as latest order by submitted_at, github_id
	`.execute(tx);
	return rows;
}

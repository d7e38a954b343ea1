import { sql } from "kysely";
import type { Tx } from "../../db/client.ts";

/** A session of which something may be suggested. */
export interface RecentSession {
	title: string;
	channelId: string;
	threadTs: string;
	repositoryId: string;
	/** `owner/name` */
	repository: string;
	/** Nothing of it runs or waits. */
	isOver: boolean;
	/** Of its open pull request, if checks fail there. */
	failingUrl: string | null;
	failingNumber: number | null;
}

/** What a person prompted last in a workspace, newest first; only what has a repository that is there. */
export async function listRecentSessions(
	tx: Tx,
	of: { teamId: string; personId: string; limit: number },
): Promise<RecentSession[]> {
	const { rows } = await sql<RecentSession>`
		with mine as (
			select session_id, max(created_at) as at from prompts where author_id = ${of.personId} group by session_id
		)
		select s.title, t.channel_id as "channelId", t.thread_ts as "threadTs", r.id as "repositoryId",
			r.owner || '/' || r.name as repository, f.url as "failingUrl", f.number as "failingNumber",
			not exists (select from prompts p where p.session_id = s.id and p.status in ('queued', 'running')) as "isOver"
		from mine
		join sessions s on s.id = mine.session_id
		join repositories r on r.id = s.repository_id and r.removed_at is null
		join lateral (select * from threads t where t.session_id = s.id and t.team_id = ${of.teamId}
			order by t.created_at limit 1) t on true
		left join lateral (select p.url, p.number from pull_requests p where p.session_id = s.id
			and p.repository_id = r.id and p.state = 'open' and p.checks = 'failing'
			order by p.created_at desc limit 1) f on true
		order by mine.at desc, s.id
		limit ${of.limit}
	`.execute(tx);
	return rows;
}

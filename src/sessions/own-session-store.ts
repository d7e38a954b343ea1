import { sql } from "kysely";
import type { PromptStatus, SessionStatus, Thread } from "../contract/session.ts";
import type { Tx } from "../db/client.ts";

/** What a session waits for a person for. */
type WaitsFor = "repository" | "question" | "account" | "budget";

/** A session as its people find it in their own list. */
export interface OwnSession {
	id: string;
	title: string;
	status: SessionStatus;
	/** "owner/name"; null: none, or not known yet. */
	repository: string | null;
	thread: Thread;
	/** It waits for this person, it works or stands in line, or everything of it is over. */
	group: "running" | "waiting" | "recent";
	/** Set with `waiting`. */
	waitsFor: WaitsFor | null;
	isRunning: boolean;
	/** How many prompts wait. */
	queued: number;
	/** The prompt that ended last; null: none has. */
	last: { promptId: string; status: PromptStatus } | null;
	pullRequests: { number: number; url: string; state: "open" | "merged" | "closed" }[];
}

export interface OwnSessions {
	sessions: OwnSession[];
	/** How many there are of each, not only on this page. */
	total: Record<OwnSession["group"], number>;
}

/**
 * Sessions of a workspace that a person prompted: first those that wait for the person, then those that run, then the
 * others; in each group the newest first.
 */
export async function listOwnSessions(
	tx: Tx,
	wish: { teamId: string; personId: string; limit: number; offset: number },
): Promise<OwnSessions> {
	const { teamId, personId, limit, offset } = wish;
	const { rows } = await sql<OwnSessions>`
		with mine as (
			select session_id, max(created_at) as at from prompts where author_id = ${personId} group by session_id
		), state as (
			select s.id, l.at, s.status, s.title, s.repository_id,
				coalesce(open.running, false) as is_running, coalesce(open.queued, 0) as queued,
				case
					when s.status = 'asking' then 'repository'
					when coalesce(open.running, false) and exists (select from questions q where q.session_id = s.id and q.answered_at is null
						and q.closed_at is null) then 'question'
					when open.for_account or exists (select from pull_requests p where p.session_id = s.id
						and p.waits_for = ${personId} and p.state = 'intended') then 'account'
					when open.for_budget then 'budget'
				end as waits_for
			from mine l
			join sessions s on s.id = l.session_id
			left join lateral (
				select bool_or(p.status = 'running') as running,
					(count(*) filter (where p.status = 'queued'))::int as queued,
					bool_or(p.held = 'link' and p.author_id = ${personId}) as for_account,
					bool_or(p.held = 'budget') as for_budget
				from prompts p where p.session_id = s.id and p.status in ('queued', 'running')
			) open on true
			where exists (select from threads t where t.session_id = s.id and t.team_id = ${teamId})
		), ranked as (
			select *, case when waits_for is not null then 0 when is_running or queued > 0 then 1 else 2 end as rank
			from state
		), grouped as (
			select *, (array['waiting', 'running', 'recent'])[rank + 1] as "group" from ranked
		), page as (
			select * from grouped
			order by rank, at desc, id
			limit ${limit} offset ${offset}
		)
		select
			coalesce((select jsonb_agg(to_jsonb(line) - 'rank' - 'at' order by rank, at desc, id) from (
				select g.rank, g.at, g.id, g.title, g.status, g."group", g.waits_for as "waitsFor",
					g.is_running as "isRunning", g.queued, r.owner || '/' || r.name as repository,
					(select jsonb_build_object('teamId', t.team_id, 'channelId', t.channel_id, 'threadTs', t.thread_ts)
						from threads t where t.session_id = g.id and t.team_id = ${teamId}
						order by t.created_at limit 1) as thread,
					(select jsonb_build_object('promptId', p.id, 'status', p.status) from prompts p
						where p.session_id = g.id and p.finished_at is not null
						order by p.finished_at desc limit 1) as last,
					coalesce((select jsonb_agg(jsonb_build_object('number', q.number, 'url', q.url, 'state', q.state)
						order by q.number) from pull_requests q where q.session_id = g.id and q.number is not null
						and q.state <> 'intended'), '[]') as "pullRequests"
				from page g
				left join repositories r on r.id = g.repository_id
			) line), '[]') as sessions,
			(select jsonb_build_object('waiting', count(*) filter (where rank = 0),
				'running', count(*) filter (where rank = 1), 'recent', count(*) filter (where rank = 2))
			from grouped) as total
	`.execute(tx);
	return rows[0] ?? { sessions: [], total: { running: 0, waiting: 0, recent: 0 } };
}

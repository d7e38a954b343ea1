import { sql } from "kysely";
import type { PromptStatus, SessionStatus, Thread } from "../contract/session.ts";
import type { Tx } from "../db/client.ts";

/** A session as a line of a list. */
export interface ListedSession {
	id: string;
	title: string;
	status: SessionStatus;
	/** "owner/name"; null: none, or not known yet. */
	repository: string | null;
	thread: Thread;
	isRunning: boolean;
	/** How many prompts wait. */
	queued: number;
	/** Of the prompt that ended last; null: none has. */
	lastEnd: PromptStatus | null;
	lastPromptAt: Date;
	pullRequests: { number: number; url: string; state: "open" | "merged" | "closed" }[];
}

/** Which sessions of a workspace: those that a person prompted, those of a channel, or only those that are both. */
export interface ListWish {
	teamId: string;
	personId?: string;
	channelId?: string;
	/** How many that are not at work. */
	recent: number;
}

/** Sessions with open prompts or an open question first, then the most recent; in each of the two the newest first. */
export async function listSessions(tx: Tx, wish: ListWish): Promise<ListedSession[]> {
	const { teamId, personId = null, channelId = null, recent } = wish;
	const { rows } = await sql<ListedSession>`
		with mine as (
			select t.session_id, max(p.created_at) as at,
				bool_or(p.status in ('queued', 'running') or s.status = 'asking') as is_open
			from threads t
			join sessions s on s.id = t.session_id
			join prompts p on p.session_id = t.session_id
			where t.team_id = ${teamId}
				and (${channelId}::text is null or t.channel_id = ${channelId})
				and (${personId}::uuid is null or t.session_id in (select session_id from prompts where author_id = ${personId}::uuid))
			group by t.session_id
		), ranked as (
			select *, row_number() over (partition by is_open order by at desc) as place from mine
		)
		select s.id, s.title, s.status, r.owner || '/' || r.name as repository, l.at as "lastPromptAt",
			(select jsonb_build_object('teamId', t.team_id, 'channelId', t.channel_id, 'threadTs', t.thread_ts)
				from threads t where t.session_id = s.id and t.team_id = ${teamId} order by t.created_at limit 1) as thread,
			exists (select 1 from prompts p where p.session_id = s.id and p.status = 'running') as "isRunning",
			(select count(*)::int from prompts p where p.session_id = s.id and p.status = 'queued') as queued,
			(select p.status from prompts p where p.session_id = s.id and p.finished_at is not null
				order by p.finished_at desc limit 1) as "lastEnd",
			coalesce((select jsonb_agg(jsonb_build_object('number', q.number, 'url', q.url, 'state', q.state) order by q.number)
				from pull_requests q where q.session_id = s.id and q.number is not null and q.state <> 'intended'), '[]') as "pullRequests"
		from ranked l
		join sessions s on s.id = l.session_id
		left join repositories r on r.id = s.repository_id
		where l.is_open or l.place <= ${recent}
		order by l.is_open desc, l.at desc
	`.execute(tx);
	return rows;
}

/**
 * A session by the first digits of its id or by its thread, of those that a person prompted or that stand in the channel
 * where they ask: of others they need not know. Null: there is none, or there are several.
 */
export async function findListedSession(
	tx: Tx,
	wish: { teamId: string; personId: string; channelId: string } & (
		| { idStart: string }
		| { threadTs: string }
	),
): Promise<string | null> {
	const rows = await tx
		.selectFrom("threads")
		.select("session_id as id")
		.distinct()
		.where("team_id", "=", wish.teamId)
		.where((eb) =>
			eb.or([
				eb("channel_id", "=", wish.channelId),
				eb(
					"session_id",
					"in",
					eb.selectFrom("prompts").select("session_id").where("author_id", "=", wish.personId),
				),
			]),
		)
		.where((eb) =>
			"threadTs" in wish
				? eb("thread_ts", "=", wish.threadTs)
				: eb(sql`session_id::text`, "like", `${wish.idStart.replace(/[^0-9a-f-]/g, "")}%`),
		)
		.limit(2)
		.execute();
	return rows.length === 1 ? (rows[0]?.id ?? null) : null;
}

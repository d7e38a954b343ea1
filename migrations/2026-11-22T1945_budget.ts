import { type Kysely, sql } from "kysely";

/** How much sessions may spend, what was spent, and what happened where a cap was reached. */
export async function up(db: Kysely<unknown>): Promise<void> {
	await sql`
		-- what people set; where there is no row, the configuration counts
		create table budget_caps (
			scope text not null check (scope in ('prompt', 'session', 'person', 'channel', 'workspace')),
			-- ids of ours, but <team>:<channel>, <team>
			subject text not null,
			-- null: no cap
			cap_usd float8 check (cap_usd > 0),
			set_by uuid references people (id) on delete set null,
			at timestamptz not null,
			primary key (scope, subject)
		);

		-- what a person, channel or workspace has spent in a calendar month (UTC, 2026-11)
		create table budget_months (
			scope text not null,
			subject text not null,
			month text not null,
			spent_usd float8 not null,
			primary key (scope, subject, month)
		);

		-- model calls that were refused because a cap was reached, and what people said to it
		create table budget_stops (
			id uuid primary key,
			session_id uuid not null references sessions (id) on delete cascade,
			prompt_id uuid not null references prompts (id) on delete cascade,
			attempt int not null,
			scope text not null,
			subject text not null,
			-- empty for prompts and sessions
			month text not null,
			spent_usd float8 not null,
			cap_usd float8 not null,
			-- what the thread is offered to add
			offer_usd float8 not null,
			at timestamptz not null,
			-- since when the prompt is paused; null: its turn has not noticed yet
			asked_at timestamptz,
			decided_at timestamptz,
			decided_by uuid references people (id) on delete set null,
			-- what was added to the cap; null: nobody let it go on
			raised_usd float8
		);
		create unique index budget_stops_open on budget_stops (prompt_id, attempt) where decided_at is null;
		create index budget_stops_raises on budget_stops (scope, subject, month);
		create index budget_stops_session on budget_stops (session_id, at);

		alter table prompts
			-- what kind of work it is, found by rules; null: none that is known
			add column kind text,
			-- what such work usually costs, as it was when its turn began: {medianUsd, p90Usd}
			add column estimate jsonb;
		create index prompts_costs_here on prompts (repository_id, kind, finished_at desc) where status = 'done';
		create index prompts_costs on prompts (kind, finished_at desc) where status = 'done';
		create index model_calls_prompt on model_calls (prompt_id);
	`.execute(db);
	await sql`
		with calls as (
			select m.cost_usd, to_char(m.started_at at time zone 'UTC', 'YYYY-MM') as month,
				p.author_id, t.team_id, t.channel_id
			from model_calls m
			left join prompts p on p.id = m.prompt_id
			left join lateral (
				select team_id, channel_id from threads where session_id = m.session_id order by created_at limit 1
			) t on true
		)
		insert into budget_months (scope, subject, month, spent_usd)
		select scope, subject, month, sum(cost_usd) from (
			select 'person' as scope, author_id::text as subject, month, cost_usd from calls
			union all select 'channel', team_id || ':' || channel_id, month, cost_usd from calls
			union all select 'workspace', team_id, month, cost_usd from calls
		) each_scope
		where subject is not null
		group by scope, subject, month
	`.execute(db);
}

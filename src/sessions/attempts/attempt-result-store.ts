import { sql } from "kysely";
import { z } from "zod";
import type { PromptStatus } from "../../contract/session.ts";
import type { Tx } from "../../db/client.ts";

const commands = z.array(z.string()).catch([]);

/** What came of each attempt so far. */
export async function readResults(tx: Tx, groupId: string) {
	const { rows } = await sql<{
		number: number;
		sessionId: string;
		model: string | null;
		status: PromptStatus | null;
		held: "link" | "budget" | null;
		asks: boolean;
		problem: string | null;
		answer: string | null;
		channelId: string | null;
		threadTs: string | null;
		costUsd: number;
		durationMs: number | null;
		pullRequestUrl: string | null;
		pullRequestNumber: number | null;
		pullRequestState: "open" | "merged" | "closed" | null;
		additions: number | null;
		deletions: number | null;
		files: number;
		checks: "passing" | "failing" | "pending" | null;
		testCommands: unknown;
		runs: { command: string | null; exitCode: number }[];
	}>`
		select a.number, a.session_id as "sessionId", s.model,
			p.status, p.held, p.answer, p.problem ->> 'message' as problem,
			exists (
				select from questions
				where session_id = a.session_id and answered_at is null and closed_at is null
			) as asks,
			t.channel_id as "channelId", t.thread_ts as "threadTs",
			(select coalesce(sum(cost_usd), 0) from prompts where session_id = a.session_id)::float8 as "costUsd",
			extract(epoch from p.finished_at - p.started_at)::float8 * 1000 as "durationMs",
			pr.url as "pullRequestUrl", pr.number as "pullRequestNumber", pr.state as "pullRequestState",
			coalesce(pr.additions, f.additions) as additions, coalesce(pr.deletions, f.deletions) as deletions,
			f.files, pr.checks, i.tests as "testCommands", r.runs
		from attempts a
		join sessions s on s.id = a.session_id
		left join lateral (
			select status, held, answer, problem, started_at, finished_at from prompts
			where session_id = a.session_id order by number desc limit 1
		) p on true
		left join lateral (
			select channel_id, thread_ts from threads where session_id = a.session_id order by created_at limit 1
		) t on true
		left join lateral (
			select url, number, state, additions, deletions, checks from pull_requests
			where session_id = a.session_id and number is not null order by created_at desc limit 1
		) pr on true
		left join lateral (
			select recipe -> 'test' as tests from images
			where repository_id = s.repository_id and state = 'ready' order by finished_at desc nulls last limit 1
		) i on true
		cross join lateral (
			select count(distinct data -> 'file' ->> 'path')::int as files,
				sum((data -> 'file' ->> 'additions')::int)::int as additions,
				sum((data -> 'file' ->> 'deletions')::int)::int as deletions,
				coalesce(max(seq), 0) as last_seq
			from events where session_id = a.session_id and type = 'file.changed'
		) f
		cross join lateral (
			select coalesce(jsonb_agg(jsonb_build_object(
				'command', began.data -> 'input' ->> 'command', 'exitCode', ended.data -> 'exitCode'
			) order by ended.seq), '[]') as runs
			from events ended
			join events began on began.session_id = ended.session_id and began.type = 'tool.started'
				and began.data ->> 'callId' = ended.data ->> 'callId'
			where ended.session_id = a.session_id and ended.type = 'tool.finished'
				and ended.data ? 'exitCode' and began.seq > f.last_seq
		) r
		where a.group_id = ${groupId}
		order by a.number
	`.execute(tx);
	return rows.map(({ testCommands, runs, ...row }) => ({
		...row,
		testCommands: commands.parse(testCommands),
		runs: runs.flatMap(({ command, exitCode }) => (command === null ? [] : [{ command, exitCode }])),
	}));
}

import { sql } from "kysely";
import type { Tx } from "../../db/client.ts";
import type { Approver, Prompter, Review } from "./independent-review.ts";

/** Open pull requests, those that moved last first. */
export async function listLatestOpen(tx: Tx, limit: number): Promise<string[]> {
	const rows = await tx
		.selectFrom("pull_requests")
		.select("id")
		.where("state", "=", "open")
		.orderBy("updated_at", "desc")
		.limit(limit)
		.execute();
	return rows.map(({ id }) => id);
}

/** Pull requests of a session that people may approve now. */
export async function listOpenOfSession(tx: Tx, sessionId: string): Promise<string[]> {
	const rows = await tx
		.selectFrom("pull_requests")
		.select("id")
		.where("session_id", "=", sessionId)
		.where("state", "=", "open")
		.execute();
	return rows.map(({ id }) => id);
}

/** Open pull requests that a person prompted or reviewed: who they are at GitHub matters to them. */
export async function listOpenOfPerson(tx: Tx, personId: string): Promise<string[]> {
	const { rows } = await sql<{ id: string }>`
		select id from pull_requests where state = 'open' and (
			session_id in (select session_id from prompts where author_id = ${personId})
			or id in (
				select pull_request_id from pull_request_reviews reviews
				join identities account on account.provider = 'github' and lower(account.name) = lower(reviews.login)
				where account.person_id = ${personId}
			)
		)
	`.execute(tx);
	return rows.map(({ id }) => id);
}

/**
 * Sessions that made a commit, or pushed to the branch that it is on. A fork's branch is none of theirs; nor is what was
 * merged into the same base from a branch of this name before: whoever uses the name again begins behind that. A minute
 * before the merge is not before it, because a push may arrive later than it was written down.
 */
export async function findSessionsBehind(
	tx: Tx,
	of: { repositoryId: string; headSha: string; branch: string; base: string; isFork: boolean },
): Promise<string[]> {
	const { rows } = await sql<{ session_id: string }>`
		select distinct session_id from pushes
		where repository_id = ${of.repositoryId} and (sha = ${of.headSha} or (
			${!of.isFork} and branch = ${of.branch}
			and not exists (
				select from merges
				where merges.repository_id = pushes.repository_id and merges.branch = pushes.branch
					and merges.base = ${of.base} and merges.merged_at > pushes.at + interval '1 minute'
			)
		))
	`.execute(tx);
	return rows.map(({ session_id }) => session_id);
}

/**
 * Whose words an agent of these sessions got to read: a prompt counts from its turn's begin. What was cancelled before,
 * still waits, or was refused before anything came of it does not, nor what Bobbin asks of itself. An account that a
 * person has exchanged for another is theirs still: nobody prompts as one and approves as the other.
 */
export async function readPrompters(tx: Tx, sessionIds: string[]): Promise<Prompter[]> {
	const { rows } = await sql<Prompter>`
		select prompters.author_id as "personId", coalesce(people.name, 'somebody without a name') as name,
			account.name as login,
			array(
				select account.external_id::float8 where account.external_id is not null
				union select (data ->> 'githubId')::float8 from audit_log
				where person_id = prompters.author_id and action = 'github.linked'
			) as "githubIds"
		from (
			select author_id, min(created_at) as first, min(number) as number from prompts
			where session_id = any(${sessionIds}::uuid[]) and attempt > 0
				and (author_id is not null or origin ->> 'kind' <> 'bobbin')
				and (
					problem ->> 'code' is distinct from 'no_access'
					or exists (select from pushes where pushes.prompt_id = prompts.id)
				)
			group by author_id
		) prompters
		left join people on people.id = prompters.author_id
		left join identities account on account.person_id = prompters.author_id and account.provider = 'github'
		order by prompters.first, prompters.number
	`.execute(tx);
	return rows;
}

/** Which of these GitHub accounts belong to people whom we know by another account as well. */
export async function findKnownAccounts(tx: Tx, githubIds: number[]): Promise<Set<Approver["githubId"]>> {
	const { rows } = await sql<{ githubId: number }>`
		select account.external_id::float8 as "githubId" from identities account
		where account.provider = 'github' and account.external_id = any(${githubIds.map(String)}::text[])
			and exists (
				select from identities other where other.person_id = account.person_id and other.provider <> 'github'
			)
	`.execute(tx);
	return new Set(rows.map(({ githubId }) => githubId));
}

/** Keeps whether somebody who did not prompt has approved. False: that was known. */
export async function saveIndependent(
	tx: Tx,
	pullRequestId: string,
	isIndependent: boolean,
): Promise<boolean> {
	const row = await tx
		.updateTable("pull_requests")
		.set({ independent: isIndependent })
		.where("id", "=", pullRequestId)
		.where("independent", "is distinct from", isIndependent)
		.returning("id")
		.executeTakeFirst();
	return row !== undefined;
}

/** Keeps the reviews of people as they are now; gives back those that are new or became something else, oldest first. */
export async function saveReviews(
	tx: Tx,
	pullRequestId: string,
	reviews: Review[],
): Promise<{ login: string; personId: string | null; state: Review["state"] }[]> {
	const people = reviews.filter(({ isBot }) => !isBot);
	if (people.length === 0) return [];
	const { rows } = await sql<{ login: string; personId: string | null; state: Review["state"] }>`
		with changed as (
			insert into pull_request_reviews as kept
				(pull_request_id, github_id, login, person_id, state, commit_sha, submitted_at)
			select ${pullRequestId}, review.id, review.login, identities.person_id, review.state, review.sha, review.at
			from unnest(
				${people.map(({ id }) => id)}::bigint[], ${people.map(({ githubId }) => String(githubId))}::text[],
				${people.map(({ login }) => login)}::text[], ${people.map(({ state }) => state)}::text[],
				${people.map(({ commitSha }) => commitSha)}::text[],
				${people.map(({ submittedAtMs }) => new Date(submittedAtMs).toISOString())}::timestamptz[]
			) as review (id, account, login, state, sha, at)
			left join lateral (
				select person_id from identities
				where provider = 'github' and external_id = review.account order by tenant limit 1
			) identities on true
			on conflict (pull_request_id, github_id) do update
				set state = excluded.state, login = excluded.login, person_id = excluded.person_id
				where kept.state <> excluded.state
			returning *
		)
		select login, person_id as "personId", state from changed order by github_id
	`.execute(tx);
	return rows;
}

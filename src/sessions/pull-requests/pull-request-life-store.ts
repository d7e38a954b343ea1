import { sql } from "kysely";
import type { Tx } from "../../db/client.ts";
import type { ChecksState } from "../../db/schema/pull-requests.ts";
import type { PullRequestNow } from "../ports.ts";
import { isCalled } from "../routing/repository-store.ts";

/** A repository as GitHub names it: by its number where that is known, else by its name. */
export interface ToldRepository {
	githubId: number | null;
	owner: string;
	name: string;
}

export type ToldRow = NonNullable<Awaited<ReturnType<typeof findToldRepository>>>;

/** Undefined: it is none that we ever knew. One that was taken away counts as well. */
export async function findToldRepository(tx: Tx, told: ToldRepository) {
	return tx
		.selectFrom("repositories")
		.select(["id", "owner", "name", "default_branch", "installation_id", "removed_at", "archived"])
		.where(told.githubId === null ? isCalled(told) : sql<boolean>`github_id = ${told.githubId}`)
		.orderBy(sql`removed_at is not null`)
		.executeTakeFirst();
}

/** A pull request of ours, by its number. */
export function findToldPullRequest(tx: Tx, of: { repositoryId: string; number: number }) {
	return tx
		.selectFrom("pull_requests")
		.selectAll()
		.where("repository_id", "=", of.repositoryId)
		.where("number", "=", of.number)
		.executeTakeFirst();
}

/** Whether GitHub was asked for a pull request of this branch, and what it answered is not written down yet. */
export async function isOpeningUnderWay(
	tx: Tx,
	of: { repositoryId: string; branch: string },
): Promise<boolean> {
	const row = await tx
		.selectFrom("pull_requests")
		.select("id")
		.where("repository_id", "=", of.repositoryId)
		.where("branch", "=", of.branch)
		.where("state", "=", "intended")
		.where("opened_as", "is not", null)
		.where("problem", "is", null)
		.executeTakeFirst();
	return row !== undefined;
}

/** Writes down what GitHub says of it now, and which heads it had. `revisions` follow from those. */
export async function saveLife(
	tx: Tx,
	input: { id: string; now: PullRequestNow; heads: string[]; at: Date },
): Promise<void> {
	const { id, now, at } = input;
	const heads = [...new Set([...input.heads, now.headSha])];
	await sql`
		insert into pull_request_heads (pull_request_id, sha, seen_at)
		select ${id}, sha, ${at} from unnest(${heads}::text[]) as sha on conflict do nothing
	`.execute(tx);
	await tx
		.updateTable("pull_requests")
		.set({
			state: now.state,
			title: now.title,
			base: now.base,
			additions: now.additions,
			deletions: now.deletions,
			draft: now.draft,
			head_sha: now.headSha,
			merged_at: toDate(now.mergedAtMs),
			closed_at: toDate(now.closedAtMs),
			merged_by: now.mergedBy?.login ?? null,
			// What was said of an earlier head says nothing of this one.
			checks: sql`case when head_sha = ${now.headSha} then checks end`,
			failing_checks: sql`case when head_sha = ${now.headSha} then failing_checks else '{}' end`,
			revisions: sql`(select count(*) - 1 from pull_request_heads where pull_request_id = ${id})`,
			updated_at: at,
		})
		.where("id", "=", id)
		.execute();
}

const toDate = (ms: number | null) => (ms === null ? null : new Date(ms));

/** Open pull requests of ours with this head. */
export function findOpenByHead(tx: Tx, of: { repositoryId: string; sha: string }) {
	return tx
		.selectFrom("pull_requests")
		.select(["id", "session_id", "checks", "failing_checks"])
		.where("repository_id", "=", of.repositoryId)
		.where("head_sha", "=", of.sha)
		.where("state", "=", "open")
		.execute();
}

/** False: it has another head by now, or that was known. */
export async function saveChecks(
	tx: Tx,
	input: { id: string; sha: string; state: ChecksState | null; failing: string[]; at: Date },
): Promise<boolean> {
	const row = await tx
		.updateTable("pull_requests")
		.set({ checks: input.state, failing_checks: input.failing, updated_at: input.at })
		.where("id", "=", input.id)
		.where("head_sha", "=", input.sha)
		.where(
			sql<boolean>`(checks, failing_checks) is distinct from (${input.state}::text, ${input.failing}::text[])`,
		)
		.returning("id")
		.executeTakeFirst();
	return row !== undefined;
}

export async function isMeasured(tx: Tx, of: { repositoryId: string; number: number }): Promise<boolean> {
	const row = await tx
		.selectFrom("merges")
		.select("number")
		.where("repository_id", "=", of.repositoryId)
		.where("number", "=", of.number)
		.executeTakeFirst();
	return row !== undefined;
}

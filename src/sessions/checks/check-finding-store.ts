import { sql } from "kysely";
import type { Tx } from "../../db/client.ts";
import type { ToldRepository } from "../pull-requests/pull-request-life-store.ts";
import { isCalled } from "../routing/repository-store.ts";
import type { Finding } from "./decide-checks.ts";

/** Of each prompt that mends checks: one for each head of a pull request. */
export function toFixKey(pullRequestId: string, headSha: string): string {
	return `checks:${pullRequestId}:${headSha}`;
}

interface OfBranch {
	sessionId: string;
	repositoryId: string;
	branch: string;
}

/** The push by which a session brought a commit to a branch, and whose turn that was. Undefined: it did not. */
export function findPush(tx: Tx, of: OfBranch & { sha: string }) {
	return tx
		.selectFrom("pushes")
		.leftJoin("prompts", "prompts.id", "pushes.prompt_id")
		.select(["pushes.sha", "pushes.at", "prompts.author_id as authorId"])
		.where("pushes.session_id", "=", of.sessionId)
		.where("pushes.repository_id", "=", of.repositoryId)
		.where("pushes.branch", "=", of.branch)
		.where("pushes.sha", "=", of.sha)
		.orderBy("pushes.at", "desc")
		.limit(1)
		.executeTakeFirst();
}

/**
 * Open pull requests whose branch a session pushed this commit to. One that is known to have no failing check, nor one
 * that was run again, has nothing to be looked at.
 */
export async function listOpenByPush(
	tx: Tx,
	of: { repository: ToldRepository; sha: string },
): Promise<string[]> {
	const { githubId } = of.repository;
	const rows = await tx
		.selectFrom("pull_requests")
		.innerJoin("repositories", "repositories.id", "pull_requests.repository_id")
		.innerJoin("pushes", (join) =>
			join
				.onRef("pushes.repository_id", "=", "pull_requests.repository_id")
				.onRef("pushes.session_id", "=", "pull_requests.session_id")
				.onRef("pushes.branch", "=", "pull_requests.branch"),
		)
		.select("pull_requests.id")
		.distinct()
		.where("pushes.sha", "=", of.sha)
		.where("pull_requests.state", "=", "open")
		.where(
			sql<boolean>`(pull_requests.head_sha = pushes.sha and pull_requests.checks in ('passing', 'pending')
				and not exists (
					select from check_reruns where pull_request_id = pull_requests.id and head_sha = pushes.sha
				)) is not true`,
		)
		.where(githubId === null ? isCalled(of.repository) : sql<boolean>`repositories.github_id = ${githubId}`)
		.execute();
	return rows.map(({ id }) => id);
}

interface OfHead {
	pullRequestId: string;
	headSha: string;
}

/** Names of the checks of a head that were decided. */
export async function listFindings(tx: Tx, of: OfHead): Promise<Set<string>> {
	const rows = await tx
		.selectFrom("check_findings")
		.select("name")
		.where("pull_request_id", "=", of.pullRequestId)
		.where("head_sha", "=", of.headSha)
		.execute();
	return new Set(rows.map(({ name }) => name));
}

export async function insertFindings(
	tx: Tx,
	input: OfHead & { findings: Finding[]; promptId: string | null; at: Date },
): Promise<void> {
	const { pullRequestId, headSha, promptId, at } = input;
	await tx
		.insertInto("check_findings")
		.values(
			input.findings.map((finding) => ({
				pull_request_id: pullRequestId,
				head_sha: headSha,
				...finding,
				prompt_id: finding.verdict === "caused" ? promptId : null,
				at,
			})),
		)
		.execute();
}

/** How many prompts have mended checks of a pull request since a person's last prompt in the session. */
export async function countFixes(tx: Tx, of: { sessionId: string; pullRequestId: string }): Promise<number> {
	const { rows } = await sql<{ count: number }>`
		select count(*)::int as count from prompts
		where session_id = ${of.sessionId} and idempotency_key like ${`${toFixKey(of.pullRequestId, "")}%`}
			and number > coalesce((
				select max(number) from prompts where session_id = ${of.sessionId} and origin ->> 'kind' <> 'bobbin'
			), 0)
	`.execute(tx);
	return rows[0]?.count ?? 0;
}

/** Which checks of a head were run again, and when that was wanted. */
export function listReruns(tx: Tx, of: OfHead) {
	return tx
		.selectFrom("check_reruns")
		.select(["name", "state", "at"])
		.where("pull_request_id", "=", of.pullRequestId)
		.where("head_sha", "=", of.headSha)
		.execute();
}

/** Writes down that a check is to be run again; once is enough. */
export async function intendReruns(tx: Tx, input: OfHead & { names: string[]; at: Date }): Promise<void> {
	await tx
		.insertInto("check_reruns")
		.values(
			input.names.map((name) => ({
				pull_request_id: input.pullRequestId,
				head_sha: input.headSha,
				name,
				state: "intended" as const,
				at: input.at,
			})),
		)
		.onConflict((conflict) => conflict.doNothing())
		.execute();
}

export async function settleReruns(
	tx: Tx,
	input: OfHead & { names: string[]; state: "asked" | "impossible" },
): Promise<void> {
	await tx
		.updateTable("check_reruns")
		.set({ state: input.state })
		.where("pull_request_id", "=", input.pullRequestId)
		.where("head_sha", "=", input.headSha)
		.where("name", "in", input.names)
		.execute();
}

export interface HeadFindings {
	pullRequestId: string;
	number: number | null;
	headSha: string;
	findings: Finding[];
	/** The prompt that mends what this change caused; null: none does. */
	promptId: string | null;
	/** That prompt pushed something. */
	isPushed: boolean;
	/** Found when others of the same head had their prompt: people have read of those. */
	isLate: boolean;
}

/** What was found out about failing checks of a session's commits, by pull request and head, oldest first. */
export async function readFindings(tx: Tx, sessionId: string): Promise<HeadFindings[]> {
	const { rows } = await sql<Omit<HeadFindings, "findings"> & Finding>`
		select found.pull_request_id as "pullRequestId", pulls.number, found.head_sha as "headSha",
			found.name, found.verdict, found.reason, found.prompt_id as "promptId",
			exists (
				select from pushes
				where pushes.session_id = pulls.session_id and pushes.prompt_id = found.prompt_id
			) as "isPushed",
			exists (
				select from check_findings mended
				where mended.pull_request_id = found.pull_request_id and mended.head_sha = found.head_sha
					and mended.prompt_id is not null and mended.at < found.at
			) as "isLate"
		from check_findings found
		join pull_requests pulls on pulls.id = found.pull_request_id
		where pulls.session_id = ${sessionId}
		order by found.at, found.name
	`.execute(tx);
	const heads = new Map<string, HeadFindings>();
	for (const { name, verdict, reason, promptId, isPushed, ...of } of rows) {
		const key = `${toFixKey(of.pullRequestId, of.headSha)}:${of.isLate}`;
		const head = heads.get(key) ?? { ...of, findings: [], promptId: null, isPushed: false };
		head.findings.push({ name, verdict, reason });
		head.promptId ??= promptId;
		head.isPushed ||= isPushed;
		heads.set(key, head);
	}
	return [...heads.values()];
}

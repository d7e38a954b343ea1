import { readRuns } from "./check-runs.ts";
import type { BranchRuleRow, PullRow, RepositoryRow, ReviewRow, StatusRow } from "./rows.ts";
import type { World } from "./world.ts";

/** A check that a branch rule requires; `appId` null: whoever says it. */
export interface RequiredCheck {
	context: string;
	appId: number | null;
}

/** The checks of a rule. Rows of an earlier release hold names only. */
export function readRequiredChecks(rule: BranchRuleRow): RequiredCheck[] {
	return (JSON.parse(rule.required_checks) as (string | RequiredCheck)[]).map((check) =>
		typeof check === "string" ? { context: check, appId: null } : check,
	);
}

/** What a branch rule still wants before a merge, in GitHub's words, or null. */
export function findBarrier(world: World, repository: RepositoryRow, pull: PullRow): string | null {
	const rule = world.state.get<BranchRuleRow>(
		"select * from branch_rules where repository_id = ? and branch = ?",
		repository.id,
		pull.base_ref,
	);
	if (rule === undefined) return null;
	for (const check of readRequiredChecks(rule)) {
		const lack = findLack(world, repository, pull.head_sha, check);
		if (lack !== null) return `Required status check "${check.context}" is ${lack}.`;
	}
	const approvals = countApprovals(world, repository, pull);
	if (approvals < rule.required_approvals) {
		return `At least ${rule.required_approvals} approving review is required by reviewers with write access.`;
	}
	return null;
}

/** Null: it passed. Where check runs and a status have the same name, all of them must have. */
function findLack(
	world: World,
	repository: RepositoryRow,
	sha: string,
	{ context, appId }: RequiredCheck,
): "expected" | "in progress" | "failing" | null {
	const of = appId === null ? { sha, name: context } : { sha, name: context, appId };
	const [run] = readRuns(world, repository, of);
	// Statuses are of whoever may write.
	const status =
		appId === null
			? world.state.get<StatusRow>(
					"select * from statuses where repository_id = ? and sha = ? and context = ? order by id desc limit 1",
					repository.id,
					sha,
					context,
				)
			: undefined;
	if (run === undefined && status === undefined) return "expected";
	if (run !== undefined && run.status !== "completed") return "in progress";
	if (status?.state === "pending") return "in progress";
	const runPassed = run === undefined || ["success", "neutral", "skipped"].includes(run.conclusion ?? "");
	return runPassed && (status === undefined || status.state === "success") ? null : "failing";
}

function countApprovals(world: World, repository: RepositoryRow, pull: PullRow): number {
	const reviews = world.state.all<ReviewRow & { role: string | null }>(
		`select reviews.*, collaborators.role from reviews
		 left join collaborators on collaborators.repository_id = reviews.repository_id and collaborators.login = reviews.author
		 where reviews.repository_id = ? and number = ? and state <> 'COMMENTED' order by reviews.id`,
		repository.id,
		pull.number,
	);
	// Only the last word of each reviewer counts, and only of those who may write.
	const last = new Map(reviews.map((review) => [review.author, review]));
	return [...last.values()].filter(
		({ state, role }) => state === "APPROVED" && (role === "write" || role === "admin"),
	).length;
}

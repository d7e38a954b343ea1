import { showUser } from "./actors.ts";
import { countCommits, resolveCommit } from "./commits.ts";
import { type ChangedFile, readChangedFiles } from "./diff.ts";
import { checkMerge } from "./merging.ts";
import { showRepository, webhookFrame } from "./repositories.ts";
import type { PullRow, RepositoryRow } from "./rows.ts";
import { timestamp, type World } from "./world.ts";

export function findPull(world: World, repository: RepositoryRow, number: number): PullRow | undefined {
	return world.state.get<PullRow>(
		"select * from pulls where repository_id = ? and number = ?",
		repository.id,
		number,
	);
}

/** The commit where a pull request's branch left its base. */
export async function findMergeBase(
	{ git }: World,
	repository: RepositoryRow,
	pull: PullRow,
): Promise<string> {
	const output = await git.run(git.path(repository), ["merge-base", pull.base_sha, pull.head_sha]);
	return output.trim();
}

export async function readPullFiles(
	world: World,
	repository: RepositoryRow,
	pull: PullRow,
): Promise<ChangedFile[]> {
	const base = await findMergeBase(world, repository, pull);
	return readChangedFiles(world.git, repository, base, pull.head_sha);
}

/** A pull request as lists show it. */
export function showPull(world: World, repository: RepositoryRow, pull: PullRow) {
	const path = `${repository.owner}/${repository.name}`;
	const api = `${world.apiUrl}/repos/${path}/pulls/${pull.number}`;
	const side = (ref: string, sha: string) => ({
		label: `${repository.owner}:${ref}`,
		ref,
		sha,
		user: showUser(world, repository.owner),
		repo: showRepository(world, repository),
	});
	return {
		id: pull.id + 2_000_000_000,
		node_id: `PR_${pull.id}`,
		url: api,
		html_url: `${world.url}/${path}/pull/${pull.number}`,
		diff_url: `${world.url}/${path}/pull/${pull.number}.diff`,
		issue_url: `${world.apiUrl}/repos/${path}/issues/${pull.number}`,
		number: pull.number,
		state: pull.state,
		locked: false,
		title: pull.title,
		user: showUser(world, pull.author),
		body: pull.body,
		created_at: pull.created_at,
		updated_at: pull.updated_at,
		closed_at: pull.closed_at,
		merged_at: pull.merged_at,
		merge_commit_sha: pull.merge_sha,
		draft: pull.draft === 1,
		requested_reviewers: (JSON.parse(pull.reviewers) as string[]).map((login) => showUser(world, login)),
		requested_teams: [],
		assignees: [],
		labels: [],
		head: side(pull.head_ref, pull.head_sha),
		base: side(pull.base_ref, pull.base_sha),
		author_association: "MEMBER",
		auto_merge: null,
	};
}

/** A pull request as reading one shows it, and its webhooks: with numbers and whether it can be merged. */
export async function showWholePull(world: World, repository: RepositoryRow, pull: PullRow) {
	const files = await readPullFiles(world, repository, pull);
	const mergeable =
		pull.state === "open"
			? (await checkMerge(world.git, repository, pull.base_sha, pull.head_sha)).outcome === "clean"
			: null;
	return {
		...showPull(world, repository, pull),
		merged: pull.merged_at !== null,
		merged_by: pull.merged_by === null ? null : showUser(world, pull.merged_by),
		mergeable,
		mergeable_state: mergeable === null ? "unknown" : mergeable ? "clean" : "dirty",
		rebaseable: mergeable,
		maintainer_can_modify: false,
		comments: countRows(world, "comments", repository, pull),
		review_comments: countRows(world, "review_comments", repository, pull),
		commits: await countCommits(world.git, repository, `${pull.base_sha}..${pull.head_sha}`),
		additions: files.reduce((sum, file) => sum + file.additions, 0),
		deletions: files.reduce((sum, file) => sum + file.deletions, 0),
		changed_files: files.length,
	};
}

function countRows(
	world: World,
	table: "comments" | "review_comments",
	repository: RepositoryRow,
	pull: PullRow,
): number {
	const row = world.state.get<{ n: number }>(
		`select count(*) as n from ${table} where repository_id = ? and number = ?`,
		repository.id,
		pull.number,
	);
	return row?.n ?? 0;
}

export async function pullWebhook(
	world: World,
	repository: RepositoryRow,
	pull: PullRow,
	action: string,
	sender: string,
	more: Record<string, unknown> = {},
): Promise<Record<string, unknown>> {
	return {
		action,
		number: pull.number,
		pull_request: await showWholePull(world, repository, pull),
		...more,
		...webhookFrame(world, repository, sender),
	};
}

/** Changes the state, title, body, base or draft mark of a pull request and tells it. */
export async function changePull(
	world: World,
	repository: RepositoryRow,
	pull: PullRow,
	change: Partial<Pick<PullRow, "title" | "body" | "state" | "base_ref" | "draft">>,
	sender: string,
): Promise<PullRow> {
	const next: PullRow = { ...pull, ...change, updated_at: timestamp(world) };
	if (change.base_ref !== undefined) {
		next.base_sha = (await resolveCommit(world.git, repository, change.base_ref)) ?? pull.base_sha;
	}
	if (change.state !== undefined && change.state !== pull.state) {
		next.closed_at = change.state === "closed" ? next.updated_at : null;
		if (change.state === "open") {
			next.head_sha = (await resolveCommit(world.git, repository, pull.head_ref)) ?? pull.head_sha;
		}
	}
	const action =
		next.state !== pull.state
			? next.state === "closed"
				? "closed"
				: "reopened"
			: next.draft !== pull.draft
				? next.draft === 1
					? "converted_to_draft"
					: "ready_for_review"
				: "edited";
	const payload = await pullWebhook(world, repository, next, action, sender);
	world.state.transaction(() => {
		world.state.run(
			`update pulls set title = ?, body = ?, state = ?, base_ref = ?, base_sha = ?, head_sha = ?, draft = ?, updated_at = ?, closed_at = ? where id = ?`,
			next.title,
			next.body,
			next.state,
			next.base_ref,
			next.base_sha,
			next.head_sha,
			next.draft,
			next.updated_at,
			next.closed_at,
			next.id,
		);
		world.deliveries.add("pull_request", payload);
	});
	return next;
}

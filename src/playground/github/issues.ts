import { showUser } from "./actors.ts";
import { findPull } from "./pulls.ts";
import type { IssueRow, PullRow, RepositoryRow } from "./rows.ts";
import type { World } from "./world.ts";

/** Issues and pull requests are counted together. */
export function nextNumber(world: World, repository: RepositoryRow): number {
	const row = world.state.get<{ next: number }>(
		`select max(number) + 1 as next from (
			select 0 as number union select number from pulls where repository_id = ?
			union select number from issues where repository_id = ?
		)`,
		repository.id,
		repository.id,
	);
	return row?.next ?? 1;
}

/** What GitHub calls an issue: one, or a pull request as far as its conversation goes. */
export type Discussed = { kind: "issue"; row: IssueRow } | { kind: "pull"; row: PullRow };

export function findDiscussed(
	world: World,
	repository: RepositoryRow,
	number: number,
): Discussed | undefined {
	const pull = findPull(world, repository, number);
	if (pull !== undefined) return { kind: "pull", row: pull };
	const issue = world.state.get<IssueRow>(
		"select * from issues where repository_id = ? and number = ?",
		repository.id,
		number,
	);
	return issue && { kind: "issue", row: issue };
}

export function showIssue(world: World, repository: RepositoryRow, { kind, row }: Discussed) {
	const path = `${repository.owner}/${repository.name}`;
	const page = `${world.url}/${path}/${kind === "pull" ? "pull" : "issues"}/${row.number}`;
	return {
		id: row.number + 3_000_000_000,
		url: `${world.apiUrl}/repos/${path}/issues/${row.number}`,
		html_url: page,
		number: row.number,
		title: row.title,
		body: row.body,
		state: row.state,
		locked: false,
		user: showUser(world, row.author),
		labels: [],
		created_at: row.created_at,
		...(kind === "pull"
			? { pull_request: { url: `${world.apiUrl}/repos/${path}/pulls/${row.number}`, html_url: page } }
			: {}),
	};
}

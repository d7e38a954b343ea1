import { webhookFrame } from "./repositories.ts";
import type { CheckRunRow, RepositoryRow } from "./rows.ts";
import { timestamp, type World } from "./world.ts";

/** GitHub Actions, which is an App like others. */
const ACTIONS = { id: 15_368, slug: "github-actions", name: "GitHub Actions" };
/** Of the check suites of the App itself: one for each commit, told apart by the commit. */
const OWN_SUITE = 40_000_000;

/** A check run that is a job of a workflow's run. */
export interface JobRow {
	check_run_id: number;
	run_id: number;
	attempt: number;
	log: string;
	/** What it comes to when it is run again; null: it runs until it is told. */
	on_rerun: string | null;
}

export interface NewRun {
	name: string;
	status: CheckRunRow["status"];
	conclusion: string | null;
	title?: string | null;
	summary?: string | null;
	text?: string | null;
	detailsUrl?: string | null;
	externalId?: string | null;
	startedAt?: string;
	completedAt?: string;
}

export function insertRun(world: World, repository: RepositoryRow, sha: string, run: NewRun): CheckRunRow {
	const row = world.state.get<CheckRunRow>(
		`insert into check_runs (repository_id, sha, name, status, conclusion, title, summary, text, details_url, external_id, started_at, completed_at)
		 values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) returning *`,
		repository.id,
		sha,
		run.name,
		run.status,
		run.conclusion,
		run.title ?? null,
		run.summary ?? null,
		run.text ?? null,
		run.detailsUrl ?? null,
		run.externalId ?? null,
		run.startedAt ?? timestamp(world),
		run.status === "completed" ? (run.completedAt ?? timestamp(world)) : null,
	);
	if (row === undefined) throw new Error("the check run was not inserted");
	return row;
}

/** The job that a check run is; undefined: it is the App's own. */
export function findJob(world: World, checkRunId: number): JobRow | undefined {
	return world.state.get<JobRow>("select * from workflow_jobs where check_run_id = ?", checkRunId);
}

/** Newest first. */
export function readRuns(
	world: World,
	repository: RepositoryRow,
	of: { sha: string; name?: string; appId?: number },
): CheckRunRow[] {
	return world.state
		.all<CheckRunRow>(
			"select * from check_runs where repository_id = ? and sha = ? order by id desc",
			repository.id,
			of.sha,
		)
		.filter((run) => of.name === undefined || run.name === of.name)
		.filter((run) => of.appId === undefined || appOf(world, run).id === of.appId);
}

/** Runs of one name in one suite: only the newest counts. */
export function suiteOf(world: World, run: CheckRunRow): number {
	return findJob(world, run.id)?.run_id ?? OWN_SUITE;
}

function appOf(world: World, run: CheckRunRow) {
	const { appId: id, slug, name } = world.identity;
	return findJob(world, run.id) === undefined ? { id, slug, name } : ACTIONS;
}

/** A check run as REST and webhooks show it. */
export function showRun(world: World, repository: RepositoryRow, run: CheckRunRow) {
	const at = `${world.url}/${repository.owner}/${repository.name}`;
	const job = findJob(world, run.id);
	const annotations = world.state.get<{ n: number }>(
		"select count(*) as n from check_annotations where check_run_id = ?",
		run.id,
	);
	return {
		id: run.id,
		node_id: `CR_${run.id}`,
		head_sha: run.sha,
		name: run.name,
		status: run.status,
		conclusion: run.conclusion,
		external_id: run.external_id ?? "",
		details_url: job === undefined ? run.details_url : `${at}/actions/runs/${job.run_id}/job/${run.id}`,
		html_url: `${at}/commit/${run.sha}`,
		url: `${world.apiUrl}/repos/${repository.owner}/${repository.name}/check-runs/${run.id}`,
		started_at: run.started_at,
		completed_at: run.completed_at,
		output: {
			title: run.title,
			summary: run.summary,
			text: run.text,
			annotations_count: annotations?.n ?? 0,
		},
		check_suite: { id: suiteOf(world, run) },
		app: appOf(world, run),
		pull_requests: [],
	};
}

export function tellRun(
	world: World,
	repository: RepositoryRow,
	run: CheckRunRow,
	action: "created" | "completed",
	sender: string,
): void {
	world.deliveries.add("check_run", {
		action,
		check_run: showRun(world, repository, run),
		...webhookFrame(world, repository, sender),
	});
}

import { createHmac } from "node:crypto";
import { botLogin } from "./actors.ts";
import { findJob, insertRun, type JobRow, tellRun } from "./check-runs.ts";
import { notFound, Refusal } from "./refusal.ts";
import type { CheckRunRow, RepositoryRow } from "./rows.ts";
import { same } from "./same.ts";
import { timestamp, type World } from "./world.ts";

/** GitHub's signed addresses of logs are good for a minute. */
const LOG_ADDRESS_MS = 60_000;

/** A job as the playground is told to play it. */
export interface PlayedJob {
	name: string;
	/** null: it runs until it is told what it came to. */
	conclusion: string | null;
	log: string;
	/** What it comes to when it is run again; null: it runs until it is told. */
	onRerun: string | null;
	annotations: { path: string; line: number; message: string }[];
}

export interface Job {
	run: CheckRunRow;
	job: JobRow;
}

/** A workflow's run at a commit, as if GitHub Actions had made it. */
export function playWorkflow(
	world: World,
	repository: RepositoryRow,
	sha: string,
	jobs: PlayedJob[],
): { runId: number; jobs: CheckRunRow[] } {
	return world.state.transaction(() => {
		const { lastId: runId } = world.state.run(
			"insert into workflow_runs (repository_id, sha) values (?, ?)",
			repository.id,
			sha,
		);
		const made = jobs.map((job) => playJob(world, repository, sha, { ...job, runId, attempt: 1 }));
		return { runId, jobs: made };
	});
}

function playJob(
	world: World,
	repository: RepositoryRow,
	sha: string,
	job: PlayedJob & { runId: number; attempt: number },
): CheckRunRow {
	const { name, conclusion } = job;
	const status = conclusion === null ? "in_progress" : "completed";
	const run = insertRun(world, repository, sha, { name, status, conclusion });
	world.state.run(
		"insert into workflow_jobs (check_run_id, run_id, attempt, log, on_rerun) values (?, ?, ?, ?, ?)",
		run.id,
		job.runId,
		job.attempt,
		job.log,
		job.onRerun,
	);
	for (const { path, line, message } of job.annotations)
		world.state.run(
			"insert into check_annotations (check_run_id, path, line, message) values (?, ?, ?, ?)",
			run.id,
			path,
			line,
			message,
		);
	tellRun(world, repository, run, "created", botLogin(world));
	if (conclusion !== null) tellRun(world, repository, run, "completed", botLogin(world));
	return run;
}

/** What a job that runs came to. */
export function endJob(
	world: World,
	repository: RepositoryRow,
	{ run }: Job,
	end: { conclusion: string; log?: string | undefined },
): void {
	if (run.status === "completed") throw new Refusal(422, "The job is over.");
	world.state.transaction(() => {
		const next: CheckRunRow = {
			...run,
			status: "completed",
			conclusion: end.conclusion,
			completed_at: timestamp(world),
		};
		world.state.run(
			"update check_runs set status = 'completed', conclusion = ?, completed_at = ? where id = ?",
			next.conclusion,
			next.completed_at,
			next.id,
		);
		if (end.log !== undefined)
			world.state.run("update workflow_jobs set log = ? where check_run_id = ?", end.log, run.id);
		tellRun(world, repository, next, "completed", botLogin(world));
	});
}

export function openJob(world: World, repository: RepositoryRow, id: number): Job {
	const run = world.state.get<CheckRunRow>(
		"select * from check_runs where repository_id = ? and id = ?",
		repository.id,
		id,
	);
	const job = run && findJob(world, run.id);
	if (run === undefined || job === undefined) throw notFound();
	return { run, job };
}

/** The newest attempt of each job of a workflow's run. */
function readJobs(world: World, repository: RepositoryRow, runId: number): Job[] {
	const ids = world.state.all<{ id: number }>(
		"select check_run_id as id from workflow_jobs where run_id = ? order by check_run_id",
		runId,
	);
	const jobs = ids.map(({ id }) => openJob(world, repository, id));
	return [...new Map(jobs.map((job) => [job.run.name, job])).values()];
}

/** Runs jobs of a workflow's run once more. GitHub refuses while any of them runs. */
export function rerunJobs(
	world: World,
	repository: RepositoryRow,
	runId: number,
	isMeant: (job: Job) => boolean,
): void {
	const known = world.state.get(
		"select 1 from workflow_runs where id = ? and repository_id = ?",
		runId,
		repository.id,
	);
	if (known === undefined) throw notFound();
	const jobs = readJobs(world, repository, runId);
	if (jobs.some(({ run }) => run.status !== "completed"))
		throw new Refusal(403, "This workflow is already running");
	const meant = jobs.filter(isMeant);
	if (meant.length === 0) throw new Refusal(403, "This workflow run cannot be retried");
	world.state.transaction(() => {
		for (const { run, job } of meant)
			playJob(world, repository, run.sha, {
				name: run.name,
				conclusion: job.on_rerun,
				log: job.log,
				onRerun: job.on_rerun,
				annotations: [],
				runId,
				attempt: job.attempt + 1,
			});
	});
}

/** Where a job's log is to be had for a minute by whoever knows the address. */
export function signLogAddress(world: World, { run }: Job): string {
	const expires = String(world.now() + LOG_ADDRESS_MS);
	return `${world.url}/logs/${run.id}?expires=${expires}&signature=${sign(world, run.id, expires)}`;
}

/** The log at a signed address; null: it is none, or no more. */
export function readSignedLog(
	world: World,
	{ id, expires, signature }: { id: number; expires: string; signature: string },
): string | null {
	if (!same(signature, sign(world, id, expires)) || Number(expires) <= world.now()) return null;
	return findJob(world, id)?.log ?? null;
}

function sign(world: World, id: number, expires: string): string {
	return createHmac("sha256", world.identity.webhookSecret).update(`log ${id} ${expires}`).digest("hex");
}

import { Hono } from "hono";
import { notFound } from "../refusal.ts";
import { openPathRepository, type RestContext, type RestEnv } from "../rest.ts";
import type { RepositoryRow } from "../rows.ts";
import { type Job, openJob, rerunJobs, signLogAddress } from "../workflow-runs.ts";
import type { World } from "../world.ts";

/** Jobs of GitHub Actions: what they are, what they printed, and once more. */
export function createActionsRoutes(world: World): Hono<RestEnv> {
	const app = new Hono<RestEnv>();
	const at = "/repos/:owner/:repo/actions";

	function openPathJob(c: RestContext, level: "read" | "write"): { repository: RepositoryRow; job: Job } {
		const repository = openPathRepository(c, world, "actions", level);
		return { repository, job: openJob(world, repository, Number(c.req.param("id"))) };
	}

	app.get(`${at}/jobs/:id{[0-9]+}`, (c) => {
		const { repository, job } = openPathJob(c, "read");
		const { run } = job;
		return c.json({
			id: run.id,
			run_id: job.job.run_id,
			run_url: `${world.apiUrl}/repos/${repository.owner}/${repository.name}/actions/runs/${job.job.run_id}`,
			run_attempt: job.job.attempt,
			head_sha: run.sha,
			status: run.status,
			conclusion: run.conclusion,
			started_at: run.started_at,
			completed_at: run.completed_at,
			name: run.name,
			steps: [],
		});
	});

	app.get(`${at}/jobs/:id{[0-9]+}/logs`, (c) => {
		const { job } = openPathJob(c, "read");
		if (job.run.status !== "completed") throw notFound();
		return c.redirect(signLogAddress(world, job), 302);
	});

	app.post(`${at}/jobs/:id{[0-9]+}/rerun`, (c) => {
		const { repository, job } = openPathJob(c, "write");
		rerunJobs(world, repository, job.job.run_id, ({ run }) => run.name === job.run.name);
		return c.json({}, 201);
	});

	app.post(`${at}/runs/:id{[0-9]+}/rerun-failed-jobs`, (c) => {
		const repository = openPathRepository(c, world, "actions", "write");
		const hasFailed = ({ run }: Job) => ["failure", "timed_out", "cancelled"].includes(run.conclusion ?? "");
		rerunJobs(world, repository, Number(c.req.param("id")), hasFailed);
		return c.json({}, 201);
	});

	return app;
}

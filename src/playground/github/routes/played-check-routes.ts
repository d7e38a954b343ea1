import { Hono } from "hono";
import { z } from "zod";
import { findRepository } from "../access.ts";
import { resolveCommit } from "../commits.ts";
import { notFound } from "../refusal.ts";
import { type RestEnv, readBody } from "../rest.ts";
import type { RepositoryRow } from "../rows.ts";
import { endJob, openJob, playWorkflow } from "../workflow-runs.ts";
import type { World } from "../world.ts";

const conclusion = z.enum(["success", "failure", "neutral", "cancelled", "skipped", "timed_out"]);
const LARGEST_LOG = 4 * 1024 * 1024;
const address = { owner: z.string(), name: z.string() };
const workflowBody = z.strictObject({
	...address,
	/** A commit or a branch. */
	ref: z.string(),
	jobs: z
		.array(
			z.strictObject({
				name: z.string().min(1),
				/** null: it runs until it is told. */
				conclusion: conclusion.nullable(),
				log: z.string().max(LARGEST_LOG).default(""),
				/** What it comes to when it is run again; left out: the same. */
				on_rerun: conclusion.nullish(),
				annotations: z
					.array(z.strictObject({ path: z.string(), line: z.number().int(), message: z.string() }))
					.default([]),
			}),
		)
		.min(1),
});
const endBody = z.strictObject({ ...address, conclusion, log: z.string().max(LARGEST_LOG).optional() });

/** Not GitHub's: where GitHub Actions is played, because nothing is really run here. */
export function createPlayedCheckRoutes(world: World): Hono<RestEnv> {
	const app = new Hono<RestEnv>();

	function open({ owner, name }: { owner: string; name: string }): RepositoryRow {
		const repository = findRepository(world, owner, name);
		if (repository === undefined) throw notFound();
		return repository;
	}

	app.post("/playground/checks", async (c) => {
		const body = await readBody(c, workflowBody, "Workflow");
		const repository = open(body);
		const sha = await resolveCommit(world.git, repository, body.ref);
		if (sha === null) throw notFound();
		const jobs = body.jobs.map(({ on_rerun: onRerun, ...job }) => ({
			...job,
			onRerun: onRerun === undefined ? job.conclusion : onRerun,
		}));
		const made = playWorkflow(world, repository, sha, jobs);
		return c.json({ run_id: made.runId, sha, jobs: made.jobs.map(({ id, name }) => ({ id, name })) }, 201);
	});

	app.post("/playground/checks/:id{[0-9]+}", async (c) => {
		const body = await readBody(c, endBody, "Workflow");
		const repository = open(body);
		endJob(world, repository, openJob(world, repository, Number(c.req.param("id"))), body);
		return c.body(null, 204);
	});

	return app;
}

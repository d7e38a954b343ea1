import { Hono } from "hono";
import { z } from "zod";
import { findActor, showUser } from "../actors.ts";
import { findJob, insertRun, readRuns, showRun, suiteOf, tellRun } from "../check-runs.ts";
import { resolveCommit } from "../commits.ts";
import { notAccessible, notFound, Refusal } from "../refusal.ts";
import { webhookFrame } from "../repositories.ts";
import { openPathRepository, paginate, type RestContext, type RestEnv, readBody } from "../rest.ts";
import type { CheckRunRow, RepositoryRow, StatusRow } from "../rows.ts";
import { timestamp, type World } from "../world.ts";

const conclusion = z.enum([
	"success",
	"failure",
	"neutral",
	"cancelled",
	"skipped",
	"timed_out",
	"action_required",
]);
const output = z.strictObject({
	title: z.string(),
	summary: z.string().max(65_535),
	text: z.string().max(65_535).optional(),
});
const changeBody = z.strictObject({
	name: z.string().min(1).optional(),
	status: z.enum(["queued", "in_progress", "completed"]).optional(),
	conclusion: conclusion.optional(),
	details_url: z.url().optional(),
	external_id: z.string().optional(),
	started_at: z.iso.datetime().optional(),
	completed_at: z.iso.datetime().optional(),
	output: output.optional(),
});
const newRunBody = changeBody.extend({ name: z.string().min(1), head_sha: z.string() });
const statusBody = z.strictObject({
	state: z.enum(["error", "failure", "pending", "success"]),
	context: z.string().default("default"),
	description: z.string().max(140).nullish(),
	target_url: z.url().nullish(),
});

/** What was checked about a commit: check runs and statuses. */
export function createCheckRoutes(world: World): Hono<RestEnv> {
	const app = new Hono<RestEnv>();
	const { state, git } = world;
	const at = "/repos/:owner/:repo";

	async function openCommit(repository: RepositoryRow, ref: string): Promise<string> {
		const sha = await resolveCommit(git, repository, ref);
		if (sha === null) throw new Refusal(422, `No commit found for SHA: ${ref}`);
		return sha;
	}

	function openRun(c: RestContext, level: "read" | "write") {
		const repository = openPathRepository(c, world, "checks", level);
		const run = state.get<CheckRunRow>(
			"select * from check_runs where repository_id = ? and id = ?",
			repository.id,
			Number(c.req.param("id")),
		);
		if (run === undefined) throw notFound();
		return { repository, run };
	}

	app.post(`${at}/check-runs`, async (c) => {
		// Only Apps write check runs; a person's token may not.
		if (c.get("caller").kind === "user") throw notAccessible();
		const repository = openPathRepository(c, world, "checks", "write");
		const body = await readBody(c, newRunBody, "CheckRun");
		const completed = body.conclusion !== undefined || body.status === "completed";
		if (completed && body.conclusion === undefined) throw conclusionMissing();
		const sha = await openCommit(repository, body.head_sha);
		const run = insertRun(world, repository, sha, {
			name: body.name,
			status: completed ? "completed" : (body.status ?? "queued"),
			conclusion: body.conclusion ?? null,
			title: body.output?.title ?? null,
			summary: body.output?.summary ?? null,
			text: body.output?.text ?? null,
			detailsUrl: body.details_url ?? null,
			externalId: body.external_id ?? null,
			...(body.started_at === undefined ? {} : { startedAt: body.started_at }),
			...(body.completed_at === undefined ? {} : { completedAt: body.completed_at }),
		});
		tellRun(world, repository, run, "created", findActor(world, c.get("caller")).login);
		return c.json(showRun(world, repository, run), 201);
	});

	app.get(`${at}/check-runs/:id{[0-9]+}`, (c) => {
		const { repository, run } = openRun(c, "read");
		return c.json(showRun(world, repository, run));
	});

	app.get(`${at}/check-runs/:id{[0-9]+}/annotations`, (c) => {
		const { run } = openRun(c, "read");
		const rows = state.all<{ path: string; line: number; message: string }>(
			"select path, line, message from check_annotations where check_run_id = ? order by id",
			run.id,
		);
		return c.json(
			paginate(c, world, rows).map(({ path, line, message }) => ({
				path,
				start_line: line,
				end_line: line,
				start_column: null,
				end_column: null,
				annotation_level: "failure",
				title: "",
				message,
				raw_details: "",
			})),
		);
	});

	app.patch(`${at}/check-runs/:id{[0-9]+}`, async (c) => {
		if (c.get("caller").kind === "user") throw notAccessible();
		const { repository, run } = openRun(c, "write");
		// An App changes its own only.
		if (findJob(world, run.id) !== undefined) throw notAccessible();
		const body = await readBody(c, changeBody, "CheckRun");
		const completed = body.conclusion !== undefined || body.status === "completed";
		if (completed && body.conclusion === undefined && run.conclusion === null) throw conclusionMissing();
		const next: CheckRunRow = {
			...run,
			name: body.name ?? run.name,
			status: completed ? "completed" : (body.status ?? run.status),
			conclusion: body.conclusion ?? run.conclusion,
			title: body.output?.title ?? run.title,
			summary: body.output?.summary ?? run.summary,
			text: body.output?.text ?? run.text,
			details_url: body.details_url ?? run.details_url,
			external_id: body.external_id ?? run.external_id,
			completed_at: completed ? (body.completed_at ?? timestamp(world)) : run.completed_at,
		};
		state.run(
			`update check_runs set name = ?, status = ?, conclusion = ?, title = ?, summary = ?, text = ?, details_url = ?, external_id = ?, completed_at = ? where id = ?`,
			next.name,
			next.status,
			next.conclusion,
			next.title,
			next.summary,
			next.text,
			next.details_url,
			next.external_id,
			next.completed_at,
			next.id,
		);
		if (completed) tellRun(world, repository, next, "completed", findActor(world, c.get("caller")).login);
		return c.json(showRun(world, repository, next));
	});

	app.get(`${at}/commits/:ref{.+}/check-runs`, async (c) => {
		const repository = openPathRepository(c, world, "checks", "read");
		const sha = await openCommit(repository, c.req.param("ref"));
		const { check_name: name, app_id: appId, filter = "latest" } = c.req.query();
		const rows = readRuns(world, repository, {
			sha,
			...(name === undefined ? {} : { name }),
			...(appId === undefined ? {} : { appId: Number(appId) }),
		}).filter((run, index, all) => {
			const isSame = (other: CheckRunRow) =>
				other.name === run.name && suiteOf(world, other) === suiteOf(world, run);
			return filter === "all" || all.findIndex(isSame) === index;
		});
		return c.json({
			total_count: rows.length,
			check_runs: paginate(c, world, rows).map((run) => showRun(world, repository, run)),
		});
	});

	const showStatus = (status: StatusRow) => ({ ...status, creator: showUser(world, status.creator) });

	app.post(`${at}/statuses/:sha`, async (c) => {
		const repository = openPathRepository(c, world, "statuses", "write");
		const body = await readBody(c, statusBody, "Status");
		const sha = await openCommit(repository, c.req.param("sha"));
		const status = state.get<StatusRow>(
			"insert into statuses (repository_id, sha, context, state, description, target_url, creator, created_at) values (?, ?, ?, ?, ?, ?, ?, ?) returning *",
			repository.id,
			sha,
			body.context,
			body.state,
			body.description ?? null,
			body.target_url ?? null,
			findActor(world, c.get("caller")).login,
			timestamp(world),
		);
		if (status === undefined) throw new Error("the status was not inserted");
		world.deliveries.add("status", {
			...{ id: status.id, sha, name: `${repository.owner}/${repository.name}` },
			...{ context: status.context, state: status.state, description: status.description },
			...webhookFrame(world, repository, status.creator),
		});
		return c.json(showStatus(status), 201);
	});

	app.get(`${at}/commits/:ref{.+}/statuses`, async (c) => {
		const repository = openPathRepository(c, world, "statuses", "read");
		return c.json(paginate(c, world, await readStatuses(repository, c.req.param("ref"))).map(showStatus));
	});
	app.get(`${at}/commits/:ref{.+}/status`, async (c) => {
		const repository = openPathRepository(c, world, "statuses", "read");
		const rows = await readStatuses(repository, c.req.param("ref"));
		const latest = [...new Map(rows.toReversed().map((status) => [status.context, status])).values()];
		const combined = latest.some(({ state: one }) => one === "failure" || one === "error")
			? "failure"
			: latest.length > 0 && latest.every(({ state: one }) => one === "success")
				? "success"
				: "pending";
		return c.json({ state: combined, statuses: latest.map(showStatus), total_count: latest.length });
	});

	async function readStatuses(repository: RepositoryRow, ref: string): Promise<StatusRow[]> {
		const sha = await openCommit(repository, ref);
		return state.all<StatusRow>(
			"select * from statuses where repository_id = ? and sha = ? order by id desc",
			repository.id,
			sha,
		);
	}

	return app;
}

const conclusionMissing = () =>
	new Refusal(422, "Validation Failed", {
		errors: [{ resource: "CheckRun", field: "conclusion", code: "missing_field" }],
	});

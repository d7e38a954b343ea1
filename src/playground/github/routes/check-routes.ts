import { Hono } from "hono";
import { z } from "zod";
import { findActor, showUser } from "../actors.ts";
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

	const showRun = (repository: RepositoryRow, run: CheckRunRow) => ({
		id: run.id,
		node_id: `CR_${run.id}`,
		head_sha: run.sha,
		name: run.name,
		status: run.status,
		conclusion: run.conclusion,
		external_id: run.external_id ?? "",
		details_url: run.details_url,
		html_url: `${world.url}/${repository.owner}/${repository.name}/commit/${run.sha}`,
		url: `${world.apiUrl}/repos/${repository.owner}/${repository.name}/check-runs/${run.id}`,
		started_at: run.started_at,
		completed_at: run.completed_at,
		output: { title: run.title, summary: run.summary, text: run.text, annotations_count: 0 },
		app: { id: world.identity.appId, slug: world.identity.slug, name: world.identity.name },
		pull_requests: [],
	});

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

	function tell(
		repository: RepositoryRow,
		run: CheckRunRow,
		action: "created" | "completed",
		sender: string,
	) {
		world.deliveries.add("check_run", {
			action,
			check_run: showRun(repository, run),
			...webhookFrame(world, repository, sender),
		});
	}

	app.post(`${at}/check-runs`, async (c) => {
		// Only Apps write check runs; a person's token may not.
		if (c.get("caller").kind === "user") throw notAccessible();
		const repository = openPathRepository(c, world, "checks", "write");
		const body = await readBody(c, newRunBody, "CheckRun");
		const completed = body.conclusion !== undefined || body.status === "completed";
		if (completed && body.conclusion === undefined) throw conclusionMissing();
		const sha = await openCommit(repository, body.head_sha);
		const run = state.get<CheckRunRow>(
			`insert into check_runs (repository_id, sha, name, status, conclusion, title, summary, text, details_url, external_id, started_at, completed_at)
			 values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) returning *`,
			repository.id,
			sha,
			body.name,
			completed ? "completed" : (body.status ?? "queued"),
			body.conclusion ?? null,
			body.output?.title ?? null,
			body.output?.summary ?? null,
			body.output?.text ?? null,
			body.details_url ?? null,
			body.external_id ?? null,
			body.started_at ?? timestamp(world),
			completed ? (body.completed_at ?? timestamp(world)) : null,
		);
		if (run === undefined) throw new Error("the check run was not inserted");
		tell(repository, run, "created", findActor(world, c.get("caller")).login);
		return c.json(showRun(repository, run), 201);
	});

	app.get(`${at}/check-runs/:id{[0-9]+}`, (c) => {
		const { repository, run } = openRun(c, "read");
		return c.json(showRun(repository, run));
	});

	app.patch(`${at}/check-runs/:id{[0-9]+}`, async (c) => {
		if (c.get("caller").kind === "user") throw notAccessible();
		const { repository, run } = openRun(c, "write");
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
		if (completed) tell(repository, next, "completed", findActor(world, c.get("caller")).login);
		return c.json(showRun(repository, next));
	});

	app.get(`${at}/commits/:ref{.+}/check-runs`, async (c) => {
		const repository = openPathRepository(c, world, "checks", "read");
		const sha = await openCommit(repository, c.req.param("ref"));
		const { check_name: name, app_id: appId, filter = "latest" } = c.req.query();
		const isOfOther = appId !== undefined && Number(appId) !== world.identity.appId;
		const rows = state
			.all<CheckRunRow>(
				"select * from check_runs where repository_id = ? and sha = ? order by id desc",
				repository.id,
				sha,
			)
			.filter((run) => !isOfOther && (name === undefined || run.name === name))
			.filter(
				(run, index, all) => filter === "all" || all.findIndex((other) => other.name === run.name) === index,
			);
		return c.json({
			total_count: rows.length,
			check_runs: paginate(c, world, rows).map((run) => showRun(repository, run)),
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

import { Hono } from "hono";
import { z } from "zod";
import { findActor } from "../actors.ts";
import { findDiscussed, nextNumber, showIssue } from "../issues.ts";
import { notFound } from "../refusal.ts";
import { webhookFrame } from "../repositories.ts";
import { openPathRepository, type RestEnv, readBody } from "../rest.ts";
import type { IssueRow } from "../rows.ts";
import { timestamp, type World } from "../world.ts";

const newIssueBody = z.strictObject({ title: z.string().min(1).max(256), body: z.string().optional() });

/** Issues, as far as something is discussed in them. */
export function createIssueRoutes(world: World): Hono<RestEnv> {
	const app = new Hono<RestEnv>();
	const at = "/repos/:owner/:repo/issues";

	app.post(at, async (c) => {
		// Whoever may read a repository may open an issue in it.
		const level = c.get("caller").kind === "user" ? "read" : "write";
		const repository = openPathRepository(c, world, "issues", level);
		const { title, body = "" } = await readBody(c, newIssueBody, "Issue");
		const row: IssueRow = {
			repository_id: repository.id,
			number: nextNumber(world, repository),
			title,
			body,
			state: "open",
			author: findActor(world, c.get("caller")).login,
			created_at: timestamp(world),
		};
		const issue = showIssue(world, repository, { kind: "issue", row });
		world.state.transaction(() => {
			world.state.run(
				"insert into issues (repository_id, number, title, body, state, author, created_at) values (?, ?, ?, ?, ?, ?, ?)",
				...[row.repository_id, row.number, row.title, row.body, row.state, row.author, row.created_at],
			);
			world.deliveries.add("issues", {
				action: "opened",
				issue,
				...webhookFrame(world, repository, row.author),
			});
		});
		return c.json(issue, 201);
	});

	app.get(`${at}/:number{[0-9]+}`, (c) => {
		const repository = openPathRepository(c, world, "metadata", "read");
		const found = findDiscussed(world, repository, Number(c.req.param("number")));
		if (found === undefined) throw notFound();
		openPathRepository(c, world, found.kind === "pull" ? "pull_requests" : "issues", "read");
		return c.json(showIssue(world, repository, found));
	});

	return app;
}

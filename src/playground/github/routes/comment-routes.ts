import { Hono } from "hono";
import { z } from "zod";
import { findActor, showUser } from "../actors.ts";
import { type Discussed, findDiscussed, showIssue } from "../issues.ts";
import { notFound } from "../refusal.ts";
import { webhookFrame } from "../repositories.ts";
import { openPathRepository, paginate, type RestContext, type RestEnv, readBody } from "../rest.ts";
import type { CommentRow, RepositoryRow } from "../rows.ts";
import { timestamp, type World } from "../world.ts";

const commentBody = z.strictObject({ body: z.string().min(1).max(65_536) });

/** The conversation of an issue or a pull request. */
export function createCommentRoutes(world: World): Hono<RestEnv> {
	const app = new Hono<RestEnv>();
	const { state } = world;
	const ofIssue = "/repos/:owner/:repo/issues/:number{[0-9]+}/comments";
	const one = "/repos/:owner/:repo/issues/comments/:id{[0-9]+}";

	/** Either permission is good for a pull request's conversation; here it has to be that of its kind. */
	function openDiscussed(c: RestContext, number: number, level: "read" | "write") {
		const seen = openPathRepository(c, world, "metadata", "read");
		const found = findDiscussed(world, seen, number);
		if (found === undefined) throw notFound();
		// Whoever may read it may say something.
		const isPerson = c.get("caller").kind === "user";
		const repository = openPathRepository(
			c,
			world,
			found.kind === "pull" ? "pull_requests" : "issues",
			isPerson ? "read" : level,
		);
		return { repository, found };
	}

	function openComment(c: RestContext, level: "read" | "write") {
		const seen = openPathRepository(c, world, "metadata", "read");
		const comment = state.get<CommentRow>(
			"select * from comments where repository_id = ? and id = ?",
			seen.id,
			Number(c.req.param("id")),
		);
		if (comment === undefined) throw notFound();
		const { repository, found } = openDiscussed(c, comment.number, level);
		// Of others' comments only writers make something else.
		if (level === "write" && findActor(world, c.get("caller")).login !== comment.author) {
			openPathRepository(c, world, found.kind === "pull" ? "pull_requests" : "issues", "write");
		}
		return { repository, comment, found };
	}

	const showComment = (repository: RepositoryRow, comment: CommentRow) => ({
		id: comment.id,
		node_id: `IC_${comment.id}`,
		url: `${world.apiUrl}/repos/${repository.owner}/${repository.name}/issues/comments/${comment.id}`,
		html_url: `${world.url}/${repository.owner}/${repository.name}/pull/${comment.number}#issuecomment-${comment.id}`,
		user: showUser(world, comment.author),
		body: comment.body,
		created_at: comment.created_at,
		updated_at: comment.updated_at,
	});

	function tell(
		repository: RepositoryRow,
		found: Discussed,
		comment: CommentRow,
		action: "created" | "edited",
		sender: string,
	) {
		world.deliveries.add("issue_comment", {
			action,
			comment: showComment(repository, comment),
			issue: showIssue(world, repository, found),
			...webhookFrame(world, repository, sender),
		});
	}

	app.get(ofIssue, (c) => {
		const { repository, found } = openDiscussed(c, Number(c.req.param("number")), "read");
		const since = c.req.query("since") ?? "";
		const rows = state
			.all<CommentRow>(
				"select * from comments where repository_id = ? and number = ? order by id",
				repository.id,
				found.row.number,
			)
			.filter(({ updated_at }) => since === "" || Date.parse(updated_at) >= Date.parse(since));
		return c.json(paginate(c, world, rows).map((comment) => showComment(repository, comment)));
	});

	app.post(ofIssue, async (c) => {
		const { repository, found } = openDiscussed(c, Number(c.req.param("number")), "write");
		const { body } = await readBody(c, commentBody, "IssueComment");
		const author = findActor(world, c.get("caller")).login;
		const at = timestamp(world);
		const comment = state.transaction(() => {
			const row = state.get<CommentRow>(
				"insert into comments (repository_id, number, author, body, created_at, updated_at) values (?, ?, ?, ?, ?, ?) returning *",
				repository.id,
				found.row.number,
				author,
				body,
				at,
				at,
			);
			if (row === undefined) throw new Error("the comment was not inserted");
			tell(repository, found, row, "created", author);
			return row;
		});
		return c.json(showComment(repository, comment), 201);
	});

	app.get(one, (c) => {
		const { repository, comment } = openComment(c, "read");
		return c.json(showComment(repository, comment));
	});
	app.patch(one, async (c) => {
		const { repository, comment, found } = openComment(c, "write");
		const { body } = await readBody(c, commentBody, "IssueComment");
		const next = { ...comment, body, updated_at: timestamp(world) };
		state.transaction(() => {
			state.run(
				"update comments set body = ?, updated_at = ? where id = ?",
				body,
				next.updated_at,
				comment.id,
			);
			tell(repository, found, next, "edited", findActor(world, c.get("caller")).login);
		});
		return c.json(showComment(repository, next));
	});
	app.delete(one, (c) => {
		const { comment } = openComment(c, "write");
		state.run("delete from comments where id = ?", comment.id);
		return c.body(null, 204);
	});

	return app;
}

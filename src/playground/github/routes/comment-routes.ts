import { Hono } from "hono";
import { z } from "zod";
import { findActor, showUser } from "../actors.ts";
import { findPull, showPull } from "../pulls.ts";
import { notFound } from "../refusal.ts";
import { webhookFrame } from "../repositories.ts";
import { openPathRepository, paginate, type RestContext, type RestEnv, readBody } from "../rest.ts";
import type { CommentRow, PullRow, RepositoryRow } from "../rows.ts";
import { timestamp, type World } from "../world.ts";

const commentBody = z.strictObject({ body: z.string().min(1).max(65_536) });

/** The conversation of a pull request (an issue's comments, as GitHub calls them). */
export function createCommentRoutes(world: World): Hono<RestEnv> {
	const app = new Hono<RestEnv>();
	const { state } = world;
	const ofIssue = "/repos/:owner/:repo/issues/:number{[0-9]+}/comments";
	const one = "/repos/:owner/:repo/issues/comments/:id{[0-9]+}";

	function openPull(c: RestContext, level: "read" | "write"): { repository: RepositoryRow; pull: PullRow } {
		const repository = openPathRepository(c, world, "pull_requests", level);
		const pull = findPull(world, repository, Number(c.req.param("number")));
		if (pull === undefined) throw notFound();
		return { repository, pull };
	}

	function openComment(c: RestContext, level: "read" | "write") {
		const repository = openPathRepository(c, world, "pull_requests", level);
		const comment = state.get<CommentRow>(
			"select * from comments where repository_id = ? and id = ?",
			repository.id,
			Number(c.req.param("id")),
		);
		if (comment === undefined) throw notFound();
		return { repository, comment };
	}

	const showComment = (repository: RepositoryRow, comment: CommentRow) => ({
		id: comment.id,
		node_id: `IC_${comment.id}`,
		url: `${world.apiUrl}/repos/${repository.owner}/${repository.name}/issues/comments/${comment.id}`,
		html_url: `${world.url}/${repository.owner}/${repository.name}/pull/${comment.number}#comment-${comment.id}`,
		user: showUser(world, comment.author),
		body: comment.body,
		created_at: comment.created_at,
		updated_at: comment.updated_at,
	});

	app.get(ofIssue, (c) => {
		const { repository, pull } = openPull(c, "read");
		const rows = state.all<CommentRow>(
			"select * from comments where repository_id = ? and number = ? order by id",
			repository.id,
			pull.number,
		);
		return c.json(paginate(c, world, rows).map((comment) => showComment(repository, comment)));
	});

	app.post(ofIssue, async (c) => {
		const { repository, pull } = openPull(c, "write");
		const { body } = await readBody(c, commentBody, "IssueComment");
		const author = findActor(world, c.get("caller")).login;
		const at = timestamp(world);
		const comment = state.transaction(() => {
			const row = state.get<CommentRow>(
				"insert into comments (repository_id, number, author, body, created_at, updated_at) values (?, ?, ?, ?, ?, ?) returning *",
				repository.id,
				pull.number,
				author,
				body,
				at,
				at,
			);
			if (row === undefined) throw new Error("the comment was not inserted");
			world.deliveries.add("issue_comment", {
				action: "created",
				comment: showComment(repository, row),
				issue: showPull(world, repository, pull),
				...webhookFrame(world, repository, author),
			});
			return row;
		});
		return c.json(showComment(repository, comment), 201);
	});

	app.get(one, (c) => {
		const { repository, comment } = openComment(c, "read");
		return c.json(showComment(repository, comment));
	});
	app.patch(one, async (c) => {
		const { repository, comment } = openComment(c, "write");
		const { body } = await readBody(c, commentBody, "IssueComment");
		const next = { ...comment, body, updated_at: timestamp(world) };
		state.run("update comments set body = ?, updated_at = ? where id = ?", body, next.updated_at, comment.id);
		return c.json(showComment(repository, next));
	});
	app.delete(one, (c) => {
		const { comment } = openComment(c, "write");
		state.run("delete from comments where id = ?", comment.id);
		return c.body(null, 204);
	});

	return app;
}

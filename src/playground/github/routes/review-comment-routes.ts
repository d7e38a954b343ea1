import { Hono } from "hono";
import { z } from "zod";
import { findActor } from "../actors.ts";
import { findPull } from "../pulls.ts";
import { notFound } from "../refusal.ts";
import { openPathRepository, paginate, type RestContext, type RestEnv, readBody } from "../rest.ts";
import {
	type NewReviewComment,
	placeComments,
	showReviewComment,
	tellReviewComment,
} from "../review-comments.ts";
import { submitReview } from "../reviews.ts";
import type { PullRow, RepositoryRow, ReviewCommentRow } from "../rows.ts";
import { timestamp, type World } from "../world.ts";

const body = z.string().min(1).max(65_536);
const newCommentBody = z.strictObject({
	body,
	commit_id: z.string(),
	path: z.string(),
	line: z.number().int(),
	side: z.literal("RIGHT").optional(),
});
const textBody = z.strictObject({ body });

/** Comments at lines of a pull request. Each is part of a review, a single one of a review of its own. */
export function createReviewCommentRoutes(world: World): Hono<RestEnv> {
	const app = new Hono<RestEnv>();
	const { state } = world;
	const ofPull = "/repos/:owner/:repo/pulls/:number{[0-9]+}/comments";
	const one = "/repos/:owner/:repo/pulls/comments/:id{[0-9]+}";

	function openPull(c: RestContext): { repository: RepositoryRow; pull: PullRow } {
		const isRead = c.req.method === "GET" || c.get("caller").kind === "user";
		const repository = openPathRepository(c, world, "pull_requests", isRead ? "read" : "write");
		const pull = findPull(world, repository, Number(c.req.param("number")));
		if (pull === undefined) throw notFound();
		return { repository, pull };
	}

	function findComment(repository: RepositoryRow, id: number): ReviewCommentRow {
		const comment = state.get<ReviewCommentRow>(
			"select * from review_comments where repository_id = ? and id = ?",
			repository.id,
			id,
		);
		if (comment === undefined) throw notFound();
		return comment;
	}

	function add(
		c: RestContext,
		{ repository, pull }: ReturnType<typeof openPull>,
		comment: NewReviewComment,
	): ReviewCommentRow {
		const author = findActor(world, c.get("caller")).login;
		const review = submitReview(world, repository, pull, { author, event: "COMMENT", comments: [comment] });
		const row = state.get<ReviewCommentRow>("select * from review_comments where review_id = ?", review.id);
		if (row === undefined) throw new Error("the comment was not inserted");
		return row;
	}

	app.get(ofPull, (c) => {
		const { repository, pull } = openPull(c);
		const since = c.req.query("since") ?? "";
		const rows = state
			.all<ReviewCommentRow>(
				"select * from review_comments where repository_id = ? and number = ? order by id",
				repository.id,
				pull.number,
			)
			.filter(({ updated_at }) => since === "" || Date.parse(updated_at) >= Date.parse(since));
		return c.json(paginate(c, world, rows).map((row) => showReviewComment(world, repository, row)));
	});

	app.post(ofPull, async (c) => {
		const opened = openPull(c);
		const input = await readBody(c, newCommentBody, "PullRequestReviewComment");
		const [comment] = await placeComments(world, opened.repository, opened.pull, [input]);
		if (comment === undefined) throw notFound();
		return c.json(showReviewComment(world, opened.repository, add(c, opened, comment)), 201);
	});

	app.post(`${ofPull}/:id{[0-9]+}/replies`, async (c) => {
		const opened = openPull(c);
		const { body: text } = await readBody(c, textBody, "PullRequestReviewComment");
		const first = findComment(opened.repository, Number(c.req.param("id")));
		if (first.number !== opened.pull.number || first.in_reply_to !== null) throw notFound();
		const { path, line, diff_hunk: diffHunk } = first;
		const reply = add(c, opened, { path, line, diffHunk, body: text, inReplyTo: first.id });
		return c.json(showReviewComment(world, opened.repository, reply), 201);
	});

	app.get(one, (c) => {
		const repository = openPathRepository(c, world, "pull_requests", "read");
		return c.json(showReviewComment(world, repository, findComment(repository, Number(c.req.param("id")))));
	});

	app.patch(one, async (c) => {
		const repository = openPathRepository(c, world, "pull_requests", "write");
		const comment = findComment(repository, Number(c.req.param("id")));
		const { body: text } = await readBody(c, textBody, "PullRequestReviewComment");
		const pull = findPull(world, repository, comment.number);
		if (pull === undefined) throw notFound();
		const next = { ...comment, body: text, updated_at: timestamp(world) };
		state.transaction(() => {
			state.run(
				"update review_comments set body = ?, updated_at = ? where id = ?",
				next.body,
				next.updated_at,
				next.id,
			);
			tellReviewComment(world, repository, pull, next, "edited");
		});
		return c.json(showReviewComment(world, repository, next));
	});

	return app;
}

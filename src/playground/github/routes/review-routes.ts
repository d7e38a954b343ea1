import { Hono } from "hono";
import { z } from "zod";
import { findRole } from "../access.ts";
import { findActor, showUser } from "../actors.ts";
import { findPull, pullWebhook, showPull } from "../pulls.ts";
import { notFound, Refusal } from "../refusal.ts";
import { openPathRepository, paginate, type RestContext, type RestEnv, readBody } from "../rest.ts";
import { placeComments, showReviewComment } from "../review-comments.ts";
import { dismissReview, showReview, submitReview } from "../reviews.ts";
import type { PullRow, RepositoryRow, ReviewCommentRow, ReviewRow } from "../rows.ts";
import { timestamp, type World } from "../world.ts";

const reviewBody = z.strictObject({
	body: z.string().optional(),
	event: z.enum(["APPROVE", "REQUEST_CHANGES", "COMMENT"]),
	commit_id: z.string().optional(),
	comments: z
		.array(
			z.strictObject({
				path: z.string(),
				line: z.number().int(),
				side: z.literal("RIGHT").optional(),
				body: z.string().min(1),
			}),
		)
		.optional(),
});
const dismissalBody = z.strictObject({ message: z.string().min(1), event: z.literal("DISMISS").optional() });
const reviewersBody = z.strictObject({ reviewers: z.array(z.string()) });

/** Reviews of a pull request, and who is asked for one. */
export function createReviewRoutes(world: World): Hono<RestEnv> {
	const app = new Hono<RestEnv>();
	const { state } = world;
	const at = "/repos/:owner/:repo/pulls/:number{[0-9]+}";

	function openPull(c: RestContext, level: "read" | "write"): { repository: RepositoryRow; pull: PullRow } {
		const repository = openPathRepository(c, world, "pull_requests", level);
		const pull = findPull(world, repository, Number(c.req.param("number")));
		if (pull === undefined) throw notFound();
		return { repository, pull };
	}

	app.get(`${at}/reviews`, (c) => {
		const { repository, pull } = openPull(c, "read");
		const rows = state.all<ReviewRow>(
			"select * from reviews where repository_id = ? and number = ? order by id",
			repository.id,
			pull.number,
		);
		return c.json(paginate(c, world, rows).map((review) => showReview(world, repository, pull, review)));
	});

	app.post(`${at}/reviews`, async (c) => {
		// Whoever may read a pull request may review it; only a writer's approval counts.
		const { repository, pull } = openPull(c, c.get("caller").kind === "user" ? "read" : "write");
		const body = await readBody(c, reviewBody, "PullRequestReview");
		const author = findActor(world, c.get("caller")).login;
		const comments = await placeComments(world, repository, pull, body.comments ?? []);
		const review = submitReview(world, repository, pull, {
			author,
			event: body.event,
			body: body.body,
			sha: body.commit_id,
			comments,
		});
		return c.json(showReview(world, repository, pull, review));
	});

	function openReview(c: RestContext) {
		const { repository, pull } = openPull(c, "read");
		const review = state.get<ReviewRow>(
			"select * from reviews where repository_id = ? and number = ? and id = ?",
			repository.id,
			pull.number,
			Number(c.req.param("review")),
		);
		if (review === undefined) throw notFound();
		return { repository, pull, review };
	}

	app.get(`${at}/reviews/:review{[0-9]+}`, (c) => {
		const { repository, pull, review } = openReview(c);
		return c.json(showReview(world, repository, pull, review));
	});
	app.get(`${at}/reviews/:review{[0-9]+}/comments`, (c) => {
		const { repository, review } = openReview(c);
		const rows = state.all<ReviewCommentRow>(
			"select * from review_comments where review_id = ? order by id",
			review.id,
		);
		return c.json(paginate(c, world, rows).map((row) => showReviewComment(world, repository, row)));
	});

	app.put(`${at}/reviews/:review{[0-9]+}/dismissals`, async (c) => {
		const { repository, pull } = openPull(c, "write");
		await readBody(c, dismissalBody, "PullRequestReview");
		const by = findActor(world, c.get("caller")).login;
		const reviewId = Number(c.req.param("review"));
		return c.json(
			showReview(world, repository, pull, dismissReview(world, repository, pull, { reviewId, by })),
		);
	});

	app.post(`${at}/requested_reviewers`, async (c) => {
		const { repository, pull } = openPull(c, "write");
		const { reviewers } = await readBody(c, reviewersBody, "PullRequest");
		for (const login of reviewers) {
			if (login === pull.author) {
				throw new Refusal(422, "Review cannot be requested from pull request author.");
			}
			if (findRole(world, repository, login) === null || !knows(login)) {
				throw new Refusal(
					422,
					"Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of this repository.",
				);
			}
		}
		const all = [...new Set([...(JSON.parse(pull.reviewers) as string[]), ...reviewers])];
		const next: PullRow = { ...pull, reviewers: JSON.stringify(all), updated_at: timestamp(world) };
		const sender = findActor(world, c.get("caller")).login;
		const payload = await pullWebhook(world, repository, next, "review_requested", sender);
		state.transaction(() => {
			state.run(
				"update pulls set reviewers = ?, updated_at = ? where id = ?",
				next.reviewers,
				next.updated_at,
				pull.id,
			);
			world.deliveries.add("pull_request", payload);
		});
		return c.json(showPull(world, repository, next), 201);
	});
	app.get(`${at}/requested_reviewers`, (c) => {
		const { pull } = openPull(c, "read");
		const users = (JSON.parse(pull.reviewers) as string[]).map((login) => showUser(world, login));
		return c.json({ users, teams: [] });
	});

	const knows = (login: string) => state.get("select 1 from people where login = ?", login) !== undefined;

	return app;
}

import { randomUUID } from "node:crypto";
import { Hono } from "hono";
import { z } from "zod";
import { findRepository } from "./access.ts";
import { identifyCaller } from "./callers.ts";
import type { Faults } from "./faults.ts";
import { findMoved } from "./moved.ts";
import type { OneAtATime } from "./one-at-a-time.ts";
import { notFound, Refusal } from "./refusal.ts";
import { type RestEnv, readBody } from "./rest.ts";
import { createActionsRoutes } from "./routes/actions-routes.ts";
import { createAppRoutes } from "./routes/app-routes.ts";
import { createCheckRoutes } from "./routes/check-routes.ts";
import { createCollaboratorRoutes } from "./routes/collaborator-routes.ts";
import { createCommentRoutes } from "./routes/comment-routes.ts";
import { createGitDatabaseRoutes } from "./routes/git-database-routes.ts";
import { createGitRoutes } from "./routes/git-routes.ts";
import { createIssueRoutes } from "./routes/issue-routes.ts";
import { createPlayedCheckRoutes } from "./routes/played-check-routes.ts";
import { createPullRoutes } from "./routes/pull-routes.ts";
import { createReactionRoutes } from "./routes/reaction-routes.ts";
import { createRepositoryChangeRoutes } from "./routes/repository-change-routes.ts";
import { createRepositoryRoutes } from "./routes/repository-routes.ts";
import { createReviewCommentRoutes } from "./routes/review-comment-routes.ts";
import { createReviewRoutes } from "./routes/review-routes.ts";
import { createTokenRoutes } from "./routes/token-routes.ts";
import { createUserRoutes } from "./routes/user-routes.ts";
import { setSizeKib } from "./sizes.ts";
import type { World } from "./world.ts";

const faultBody = z.strictObject({
	kind: z.enum(["secondary_rate_limit", "unavailable", "git_unavailable", "sso_required"]),
	times: z.number().int().min(0).default(1),
	status: z.number().int().default(403),
	retryAfterSeconds: z.number().int().default(60),
});

const sizeBody = z.strictObject({ owner: z.string(), name: z.string(), kib: z.number().int().min(0) });

/** GitHub's REST API, relative to `/api/v3`. */
export function createRestApi(world: World, pushLock: OneAtATime, faults: Faults): Hono<RestEnv> {
	const app = new Hono<RestEnv>();

	// Not GitHub's: where trouble is switched on.
	app.post("/playground/faults", async (c) => {
		faults.set(await readBody(c, faultBody, "Fault"));
		return c.body(null, 204);
	});

	// Nor is this: no repository here is as large as the largest are.
	app.post("/playground/sizes", async (c) => {
		const { owner, name, kib } = await readBody(c, sizeBody, "Size");
		const repository = findRepository(world, owner, name);
		if (repository === undefined) throw notFound();
		setSizeKib(world, repository, kib);
		return c.body(null, 204);
	});

	app.route("/", createPlayedCheckRoutes(world));

	app.use(async (c, next) => {
		c.header("x-github-request-id", randomUUID());
		c.header("x-github-media-type", "github.v3; format=json");
		c.header("x-ratelimit-limit", "5000");
		c.header("x-ratelimit-remaining", "4999");
		c.header("x-ratelimit-reset", String(Math.floor(world.now() / 1000) + 3600));
		if (c.req.header("user-agent") === undefined) {
			throw new Refusal(
				403,
				"Request forbidden by administrative rules. Please make sure your request has a User-Agent header.",
			);
		}
		faults.strike("rest");
		// There the App itself calls, with its client id and secret, and its route looks at them.
		const isApplication = /\/applications\/[^/]+\/(token|grant)$/.test(c.req.path);
		const authorization = isApplication ? undefined : c.req.header("authorization");
		const caller = identifyCaller(world, authorization);
		c.set("caller", caller);
		if (caller.kind === "user" && caller.throughApp) faults.strike("person");
		await next();
	});

	// A name that a repository had leads on to its number, as GitHub's does.
	app.use("/repos/:owner/:repo/*", async (c, next) => {
		const { owner, repo } = c.req.param();
		const moved = findMoved(world, c.get("caller"), { owner, name: repo });
		if (moved === undefined) return next();
		const { pathname, search } = new URL(c.req.url);
		const [, rest = ""] = /\/repos\/[^/]+\/[^/]+(.*)$/.exec(pathname) ?? [];
		const location = `${world.apiUrl}/repositories/${moved.id}${rest}${search}`;
		const isRead = c.req.method === "GET" || c.req.method === "HEAD";
		return c.json({ message: "Moved Permanently", url: location }, isRead ? 301 : 307, { location });
	});

	app.get("/rate_limit", (c) => {
		const core = { limit: 5000, used: 1, remaining: 4999, reset: Math.floor(world.now() / 1000) + 3600 };
		return c.json({ resources: { core }, rate: core });
	});
	app.route("/", createAppRoutes(world));
	app.route("/", createUserRoutes(world));
	app.route("/", createCollaboratorRoutes(world));
	app.route("/", createTokenRoutes(world));
	app.route("/", createRepositoryRoutes(world));
	app.route("/", createRepositoryChangeRoutes(world, pushLock));
	app.route("/", createGitRoutes(world, pushLock));
	app.route("/", createGitDatabaseRoutes(world));
	app.route("/", createPullRoutes(world, pushLock));
	app.route("/", createReviewRoutes(world));
	app.route("/", createReviewCommentRoutes(world));
	app.route("/", createIssueRoutes(world));
	app.route("/", createCommentRoutes(world));
	app.route("/", createReactionRoutes(world));
	app.route("/", createCheckRoutes(world));
	app.route("/", createActionsRoutes(world));

	app.all("*", () => {
		throw notFound();
	});
	app.onError((error, c) => {
		if (!(error instanceof Refusal)) {
			world.log.error({ err: error, path: c.req.path }, "playground GitHub failed");
			return c.json({ message: "Server Error" }, 500);
		}
		if (error.status >= 400 && error.status !== 404) {
			world.log.debug(
				{ path: c.req.path, status: error.status, body: error.body },
				"playground GitHub refused",
			);
		}
		for (const [name, value] of Object.entries(error.headers)) c.header(name, value);
		return c.json(error.body, error.status as 400);
	});
	return app;
}

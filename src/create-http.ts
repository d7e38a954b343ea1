import { Hono } from "hono";
import { loopbackOnly } from "./http/loopback-only.ts";
import type { createPreview } from "./http/preview/preview.ts";
import { createHealthRoutes } from "./http/routes/health.ts";
import { createRepositoryRoutes } from "./http/routes/repositories.ts";
import { createRepositoryPages } from "./http/routes/repository-pages.ts";
import { createWarmRoutes } from "./http/routes/warm.ts";
import type { Images } from "./images/create-images.ts";
import type { Sessions } from "./sessions/sessions.ts";
import type { Warm } from "./warm/warm.ts";

interface HttpDeps {
	preview: Pick<ReturnType<typeof createPreview>, "middleware">;
	gateway: Hono;
	slack: { handleHttp(request: Request): Promise<Response> };
	webhooks: { handle(request: Request): Promise<Response> };
	warm: Warm;
	findRepositoryId: (name: { owner: string; name: string }) => Promise<string | null>;
	sessions: Pick<Sessions, "searchRepositories">;
	images: Images;
	playground: { app: Hono };
	pool: { query(sql: string): Promise<unknown> };
	/** Where `/` leads. */
	home: string;
	/** How far back the figures of the warm pool reach. */
	figuresMs: number;
	now: () => number;
}

/** Everything that one port answers. What has no sign-in yet answers to this machine only. */
export function createHttp(deps: HttpDeps): Hono {
	const { slack, webhooks, warm, images, now } = deps;
	const app = new Hono();
	app.use(deps.preview.middleware);
	app.route("/", createHealthRoutes({ databaseAnswers: () => answers(deps.pool) }));
	app.route("/", deps.gateway);
	app.post("/slack/events", (c) => slack.handleHttp(c.req.raw));
	app.post("/github/webhooks", (c) => webhooks.handle(c.req.raw));
	app.use("/api/*", loopbackOnly);
	const { findRepositoryId, figuresMs: historyMs } = deps;
	app.route("/", createWarmRoutes({ warm, findRepositoryId, historyMs, now }));
	app.use("/repositories/*", loopbackOnly);
	const { searchRepositories } = deps.sessions;
	app.route("/", createRepositoryRoutes({ images, searchRepositories }));
	app.route("/", createRepositoryPages({ images, searchRepositories }));
	app.use("/playground/*", loopbackOnly);
	app.use("/playground.json", loopbackOnly);
	app.route("/", deps.playground.app);
	app.get("/", (c) => c.redirect(deps.home));
	return app;
}

async function answers(pool: HttpDeps["pool"]): Promise<boolean> {
	try {
		await pool.query("select 1");
		return true;
	} catch {
		return false;
	}
}

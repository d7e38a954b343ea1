import { Hono } from "hono";
import type { Budget } from "./budget/budget.ts";
import type { Thread } from "./contract/session.ts";
import type { Db } from "./db/client.ts";
import { loopbackOnly } from "./http/loopback-only.ts";
import type { createPreview } from "./http/preview/preview.ts";
import { createAuditRoutes } from "./http/routes/audit.ts";
import { createBudgetRoutes } from "./http/routes/budget.ts";
import { createChartRoutes } from "./http/routes/charts.ts";
import { createHealthRoutes } from "./http/routes/health.ts";
import { createRepositoryRoutes } from "./http/routes/repositories.ts";
import { createRepositoryPages } from "./http/routes/repository-pages.ts";
import { createRepositoryRuleRoutes } from "./http/routes/repository-rules.ts";
import { createSessionContextRoutes } from "./http/routes/session-context.ts";
import { createSessionPages } from "./http/routes/session-pages.ts";
import { createSessionPictureRoutes } from "./http/routes/session-pictures.ts";
import { createStatsRoutes } from "./http/routes/stats.ts";
import { createWarmRoutes } from "./http/routes/warm.ts";
import type { Images } from "./images/create-images.ts";
import { readAudit } from "./people/audit-store.ts";
import { createSetRepositoryRules, readRepositoryRules } from "./people/repository-rules.ts";
import type { Sessions } from "./sessions/sessions.ts";
import { readPullRequestMeasures } from "./stats/pull-request-measures.ts";
import { readStats } from "./stats/read-stats.ts";
import type { Warm } from "./warm/warm.ts";

interface HttpDeps {
	db: Db;
	preview: Pick<ReturnType<typeof createPreview>, "middleware">;
	gateway: Hono;
	slack: {
		handleHttp(request: Request): Promise<Response>;
		threadUrl(thread: Thread): Promise<string>;
	};
	webhooks: { handle(request: Request): Promise<Response> };
	/** Signing in with GitHub. */
	signIn: Hono;
	slackInstall: Hono;
	warm: Warm;
	budget: Pick<Budget, "readCaps" | "setCap">;
	charts: Parameters<typeof createChartRoutes>[0];
	findRepositoryId: (name: { owner: string; name: string }) => Promise<string | null>;
	sessions: Pick<Sessions, "searchRepositories" | "view" | "viewSent" | "dropContext" | "readPicture">;
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
	const { db, slack, webhooks, warm, images, now } = deps;
	const app = new Hono();
	app.use(deps.preview.middleware);
	app.route("/", createHealthRoutes({ databaseAnswers: () => answers(deps.pool) }));
	app.route("/", deps.gateway);
	app.post("/slack/events", (c) => slack.handleHttp(c.req.raw));
	app.post("/github/webhooks", (c) => webhooks.handle(c.req.raw));
	app.route("/", deps.signIn);
	app.route("/", deps.slackInstall);
	app.route("/", createSessionPages({ ...deps.sessions, threadUrl: slack.threadUrl }));
	app.route("/", createSessionContextRoutes(deps.sessions));
	app.route("/", createSessionPictureRoutes(deps.sessions));
	app.route("/", createChartRoutes(deps.charts));
	app.use("/api/*", loopbackOnly);
	const { findRepositoryId, figuresMs: historyMs } = deps;
	app.route("/", createWarmRoutes({ warm, findRepositoryId, historyMs, now }));
	app.route(
		"/",
		createStatsRoutes({
			readStats: (period) => readStats(db, period),
			readPullRequestMeasures: (period) => readPullRequestMeasures(db, period),
			now,
		}),
	);
	app.route("/", createBudgetRoutes(deps.budget));
	app.route("/", createAuditRoutes({ readAudit: (question) => readAudit(db, question) }));
	app.route(
		"/",
		createRepositoryRuleRoutes({
			readRules: (repositoryId) => readRepositoryRules(db, repositoryId),
			setRules: createSetRepositoryRules({ db, now }),
		}),
	);
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

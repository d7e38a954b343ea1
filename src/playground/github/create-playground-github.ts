import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Hono } from "hono";
import type { Log } from "../../log.ts";
import { botLogin } from "./actors.ts";
import { loadAppIdentity } from "./app-identity.ts";
import { createAuthorizationRoutes } from "./authorization-routes.ts";
import { createDeliveries } from "./deliveries.ts";
import { createFaults, type Fault } from "./faults.ts";
import { createGit } from "./git.ts";
import { createGitHttp } from "./git-http.ts";
import { createOauthRoutes } from "./oauth-routes.ts";
import { createOneAtATime } from "./one-at-a-time.ts";
import { createPageRoutes, drawRefusal } from "./page-routes.ts";
import { guardPages } from "./pages/guard.ts";
import { tellPushes } from "./pushes.ts";
import { Refusal } from "./refusal.ts";
import { createRestApi } from "./rest-api.ts";
import type { RepositoryRow } from "./rows.ts";
import { seedGit, seedRows } from "./seed.ts";
import { openState } from "./state.ts";
import { readSignedLog } from "./workflow-runs.ts";
import type { World } from "./world.ts";

export interface PlaygroundGithubDeps {
	/** State lies in `<dataDir>/playground`. Absolute. */
	dataDir: string;
	/** The app's own address, for example `http://127.0.0.1:3000`. */
	origin: string;
	/** Where webhooks go, for example `<origin>/github/webhooks`. */
	webhooksUrl: string;
	/** The folder of the demo repositories and their `repositories.json`. */
	demoDir?: string;
	log: Log;
	now?: () => number;
}

export interface PlaygroundGithub {
	/** Relative to `/playground/github`: pages, `/api/v3` and git. */
	app: Hono;
	/** What an App that is registered here is set up with. */
	connection: {
		apiUrl: string;
		url: string;
		appId: string;
		privateKey: string;
		webhookSecret: string;
		clientId: string;
		clientSecret: string;
	};
	/** For programs that drive the playground. `token` is a human's. */
	describe(): {
		apiUrl: string;
		url: string;
		token: string;
		/** Their logins. */
		people: string[];
		repositories: { owner: string; name: string; fullName: string; url: string; defaultBranch: string }[];
	};
	/** Makes what is missing on disk and sends the webhooks that an earlier process left. */
	start(): Promise<void>;
	stop(): Promise<void>;
	/** Switches trouble on for the next REST calls, or off. */
	setFault(fault: Fault | null): void;
	/** Resolves when every webhook that is due was tried. */
	settleWebhooks(): Promise<void>;
}

/** A GitHub in this process: one App, a few people, some repositories, REST, webhooks, git, pages. */
export function createPlaygroundGithub(deps: PlaygroundGithubDeps): PlaygroundGithub {
	const now = deps.now ?? Date.now;
	const log = deps.log.child({ part: "playground-github" });
	const url = `${deps.origin}/playground/github`;
	const state = openState(deps.dataDir);
	const identity = loadAppIdentity(state);
	seedRows(state, deps.demoDir ?? fileURLToPath(new URL("../demo", import.meta.url)));
	const deliveries = createDeliveries({
		state,
		url: deps.webhooksUrl,
		secret: identity.webhookSecret,
		hookId: identity.appId,
		subscribedEvents: identity.events,
		log,
		now,
	});
	const world: World = {
		state,
		git: createGit(join(deps.dataDir, "playground", "github")),
		deliveries,
		identity,
		url,
		apiUrl: `${url}/api/v3`,
		webhooksUrl: deps.webhooksUrl,
		log,
		now,
	};
	const pushLock = createOneAtATime();
	const faults = createFaults(`${url}/orgs/acme/sso`);
	const repositories = () => state.all<RepositoryRow>("select * from repositories order by id");

	const app = new Hono();
	// By its number: where REST sends who calls a repository by a former name.
	app.all("/api/v3/repositories/:id{[0-9]+}/*", (c) => {
		const { id } = c.req.param();
		const repository = state.get<RepositoryRow>("select * from repositories where id = ?", Number(id));
		if (repository === undefined) return c.json({ message: "Not Found" }, 404);
		const { pathname, search } = new URL(c.req.url);
		const [, rest = ""] = /\/repositories\/[0-9]+(.*)$/.exec(pathname) ?? [];
		const { method, headers, body } = c.req.raw;
		const path = `/api/v3/repos/${repository.owner}/${repository.name}${rest}${search}`;
		return app.fetch(
			new Request(`${deps.origin}${path}`, {
				method,
				headers,
				...(body === null ? {} : { body, duplex: "half" }),
			}),
		);
	});
	app.route("/api/v3", createRestApi(world, pushLock, faults) as unknown as Hono);
	app.route("/", createGitHttp(world, pushLock, faults));
	// As the storage behind GitHub does, a signed address takes no token beside it.
	app.get("/logs/:id{[0-9]+}", (c) => {
		if (c.req.header("authorization") !== undefined) return c.text("Authentication failed", 401);
		const { expires = "", signature = "" } = c.req.query();
		const log = readSignedLog(world, { id: Number(c.req.param("id")), expires, signature });
		return log === null ? c.text("Authentication failed", 403) : c.text(log);
	});
	// Git and REST end above: what follows is for people.
	app.use(guardPages(new URL(url).origin));
	app.route("/", createOauthRoutes(world));
	app.route("/", createAuthorizationRoutes(world));
	app.route("/", createPageRoutes(world, pushLock));
	app.onError((error, c) => {
		if (error instanceof Refusal) {
			return c.html(drawRefusal(new URL(url).pathname, error), error.status as 400);
		}
		log.error({ err: error, path: c.req.path }, "playground GitHub failed");
		return c.text("Server Error", 500);
	});

	return {
		app,
		connection: {
			apiUrl: world.apiUrl,
			url,
			appId: String(identity.appId),
			privateKey: identity.privateKey,
			webhookSecret: identity.webhookSecret,
			clientId: identity.clientId,
			clientSecret: identity.clientSecret,
		},
		describe: () => ({
			apiUrl: world.apiUrl,
			url,
			token: "ghp_mia",
			people: state.all<{ login: string }>("select login from people order by id").map(({ login }) => login),
			repositories: repositories().map(({ owner, name, default_branch }) => ({
				owner,
				name,
				fullName: `${owner}/${name}`,
				url: `${url}/${owner}/${name}`,
				defaultBranch: default_branch,
			})),
		}),
		async start() {
			await seedGit(world);
			// Pushes of a process that was killed before it could tell them; who pushed is not known any more.
			for (const repository of repositories()) await tellPushes(world, repository, botLogin(world));
			deliveries.start();
		},
		async stop() {
			await deliveries.stop();
			state.close();
		},
		setFault: (fault) => faults.set(fault),
		settleWebhooks: () => deliveries.settle(),
	};
}

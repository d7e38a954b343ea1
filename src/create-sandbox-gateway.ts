import type { Hono } from "hono";
import type { Budget } from "./budget/budget.ts";
import type { Db } from "./db/client.ts";
import { createGateway, type GatewayDeps } from "./gateway/gateway.ts";
import type { Github } from "./github/github.ts";
import type { Enqueue } from "./jobs/queue.ts";
import type { Access } from "./people/access.ts";
import { createAddPicture } from "./sessions/pictures/add-picture.ts";
import type { PullRequests } from "./sessions/pull-requests/open-pull-request.ts";
import { createGatewayAccess } from "./sessions/sandbox/gateway-access.ts";

/** Joins what sandboxes may call with GitHub, the model and the sessions behind it. */
export function createSandboxGateway(
	deps: Pick<GatewayDeps, "model" | "pushes" | "log" | "now" | "newId"> & {
		db: Db;
		enqueue: Enqueue;
		access: Access;
		budget: Pick<Budget, "admitCall">;
		github: Pick<Github, "gitUrl" | "installationToken" | "forgetTokens" | "findBase">;
		pullRequests: Pick<PullRequests, "open">;
		refreshRepositories: () => Promise<void>;
	},
): Hono {
	const { github } = deps;
	return createGateway({
		...deps,
		...createGatewayAccess(deps),
		admitCall: deps.budget.admitCall,
		git: {
			url: github.gitUrl,
			token: async (repository, access) =>
				(await github.installationToken({ ...repository, permissions: { contents: access } })).token,
			forgetTokens: github.forgetTokens,
		},
		isForward: async (repository, { from, to }) =>
			(await github.findBase({ ...repository, base: from, head: to }))?.mergeBaseSha === from,
		openPullRequest: deps.pullRequests.open,
		addPicture: createAddPicture(deps),
	});
}

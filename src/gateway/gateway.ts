import { type Context, Hono } from "hono";
import { coerceError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { AddPicture } from "../sessions/pictures/add-picture.ts";
import type { PullRequests } from "../sessions/pull-requests/open-pull-request.ts";
import type { GatewayAccess } from "../sessions/sandbox/gateway-access.ts";
import { hashToken } from "../sessions/sandbox/gateway-token.ts";
import type { GitAddresses } from "./ask-git.ts";
import { createGitProxy } from "./git-proxy.ts";
import { type AdmitCall, createModelProxy, toModelError } from "./model-proxy.ts";
import type { IsForward } from "./push-forward.ts";
import { readToken, type SandboxAccess } from "./sandbox-access.ts";
import type { Pushes } from "./take-push.ts";
import { createTools } from "./tools.ts";

export interface GatewayDeps extends GatewayAccess {
	/** `baseUrl` without `/v1`. */
	model: { baseUrl: string; apiKey: string };
	/** Left out: nothing has a cap. */
	admitCall?: AdmitCall;
	git: GitAddresses;
	isForward: IsForward;
	pushes: Pushes;
	openPullRequest: PullRequests["open"];
	addPicture: AddPicture;
	/** GitHub said something of a repository that we did not know: who stands behind a token may be another now. */
	refreshRepositories?: () => Promise<void>;
	log: Log;
	now: () => number;
	newId: () => string;
	fetch?: typeof fetch;
}

/** `reread` asks GitHub and then again who stands behind the request's token. */
type Handle = (
	request: Request,
	access: SandboxAccess,
	path: string,
	reread: () => Promise<SandboxAccess | null>,
) => Promise<Response>;

/**
 * The only thing of Bobbin that a sandbox may call. Each request shows the sandbox's token; the credentials that the
 * call needs are added here, so none is ever inside. Mounted at the root: its paths begin with `/gateway`.
 */
export function createGateway(deps: GatewayDeps): Hono {
	const outward = { ...deps, fetch: deps.fetch ?? fetch };
	const parts = new Map<string, { handle: Handle; refuse: (status: 401 | 500) => Response }>([
		["model", { handle: createModelProxy(outward), refuse: refuseModel }],
		["git", { handle: createGitProxy(outward), refuse: refuseGit }],
		["tools", { handle: createTools(outward), refuse: refuseTool }],
	]);
	const app = new Hono();

	app.all("/gateway/:part/*", async (c: Context) => {
		const part = parts.get(c.req.param("part") ?? "");
		if (part === undefined) return c.notFound();
		const token = readToken(c.req.raw.headers);
		try {
			if (token === null) return part.refuse(401);
			const find = () => deps.findSandbox(hashToken(token));
			const access = await find();
			if (access === null) return part.refuse(401);
			const reread = async () => {
				await deps.refreshRepositories?.();
				return find();
			};
			const path = new URL(c.req.url).pathname.replace(/^\/gateway\/[^/]+/, "");
			return await part.handle(c.req.raw, access, path, reread);
		} catch (error) {
			// Nobody waits for this answer any more.
			if (c.req.raw.signal.aborted) return part.refuse(500);
			deps.log.error({ err: coerceError(error), path: c.req.path }, "the gateway failed");
			return part.refuse(500);
		}
	});
	return app;
}

function refuseModel(status: 401 | 500): Response {
	return status === 401
		? toModelError(401, "authentication_error", "This sandbox is not known to Bobbin.")
		: toModelError(500, "api_error", "Bobbin's gateway had an error.");
}

function refuseGit(status: 401 | 500): Response {
	const headers = { "content-type": "text/plain" };
	return status === 401
		? new Response("This sandbox is not known to Bobbin.\n", {
				status,
				headers: { ...headers, "www-authenticate": 'Basic realm="Bobbin"' },
			})
		: new Response("Bobbin's gateway had an error. Try again.\n", { status, headers });
}

function refuseTool(status: 401 | 500): Response {
	const [code, message] =
		status === 401
			? ["unknown_sandbox", "This sandbox is not known to Bobbin."]
			: ["internal", "Something went wrong inside Bobbin."];
	return Response.json({ error: { code, message, retryable: status === 500 } }, { status });
}

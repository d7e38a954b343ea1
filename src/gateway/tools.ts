import { AppError, coerceError, toErrorBody } from "../errors.ts";
import type { Log } from "../log.ts";
import type { AddPicture } from "../sessions/pictures/add-picture.ts";
import type { PullRequests } from "../sessions/pull-requests/open-pull-request.ts";
import type { SandboxAccess } from "./sandbox-access.ts";
import { createAddScreenshot } from "./tools/add-screenshot.ts";
import { createOpenPullRequestTool } from "./tools/open-pull-request.ts";
import type { Tool } from "./tools/tool.ts";

const STATUS_BY_CODE: Record<string, number> = {
	bad_request: 400,
	forbidden: 403,
	branch_not_allowed: 403,
	branch_protected: 403,
	not_found: 404,
	repository_not_found: 404,
	repository_archived: 403,
	base_branch_missing: 409,
	no_repository: 409,
	pull_request_exists: 409,
	no_turn: 409,
	too_many_pictures: 409,
	picture_too_large: 413,
	not_a_picture: 415,
	no_commits: 422,
	bad_base: 422,
	sso_required: 403,
	app_not_permitted: 403,
	rate_limited: 429,
	github_unavailable: 503,
};

/** Tools whose work is done by Bobbin, not in the sandbox. An answer of 4xx carries a sentence for the agent to read. */
export function createTools(deps: {
	openPullRequest: PullRequests["open"];
	addPicture: AddPicture;
	log: Log;
}) {
	const tools = new Map<string, Tool>([
		["/open_pull_request", createOpenPullRequestTool(deps)],
		["/add_screenshot", createAddScreenshot(deps)],
	]);
	return async (
		request: Request,
		access: SandboxAccess,
		path: string,
		reread: () => Promise<SandboxAccess | null>,
	): Promise<Response> => {
		try {
			const tool = tools.get(path);
			if (tool === undefined) throw new AppError("not_found", "There is no such tool.");
			if (access.isReadOnly) throw new AppError("forbidden", "No session has this sandbox.");
			if (request.method !== "POST") throw new AppError("bad_request", "Tools are called with POST.");
			return Response.json(await tool(request, access, reread));
		} catch (error) {
			if (!(error instanceof AppError))
				deps.log.error({ err: coerceError(error) }, "a tool of the gateway failed");
			return Response.json(toErrorBody(error), { status: toStatus(error) });
		}
	};
}

function toStatus(error: unknown): number {
	if (!(error instanceof AppError)) return 500;
	return STATUS_BY_CODE[error.code] ?? (error.retryable ? 503 : 400);
}

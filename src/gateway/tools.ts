import { z } from "zod";
import { AppError, coerceError, toErrorBody } from "../errors.ts";
import type { Log } from "../log.ts";
import { readBody } from "./read-body.ts";
import { isOwnBranch, READER_WORDS, type SandboxAccess, toTroubleWords } from "./sandbox-access.ts";

export type OpenPullRequest = (input: {
	sessionId: string;
	branch: string;
	base?: string | undefined;
	title: string;
	body: string;
	draft: boolean;
}) => Promise<
	| { outcome: "open"; number: number; url: string }
	/** It is opened later, by itself; `words` say when. */
	| { outcome: "waiting"; words: string }
>;

const BODY_MAX_BYTES = 1024 * 1024;

const pullRequest = z.strictObject({
	branch: z.string().min(1).max(255),
	base: z.string().min(1).max(255).optional(),
	title: z.string().trim().min(1).max(256),
	body: z.string().max(65_536),
	draft: z.boolean().default(false),
});

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
	no_commits: 422,
	bad_base: 422,
	sso_required: 403,
	app_not_permitted: 403,
	rate_limited: 429,
	github_unavailable: 503,
};

/** What GitHub says of a repository or branch whose name, state or owner changed without our knowing. */
const MAY_BE_NEWS = new Set(["repository_not_found", "forbidden", "base_branch_missing"]);

/** Tools whose work is done by Bobbin, not in the sandbox. An answer of 4xx carries a sentence for the agent to read. */
export function createTools(deps: { openPullRequest: OpenPullRequest; log: Log }) {
	return async (
		request: Request,
		access: SandboxAccess,
		path: string,
		reread: () => Promise<SandboxAccess | null>,
	): Promise<Response> => {
		try {
			if (path !== "/open_pull_request") throw new AppError("not_found", "There is no such tool.");
			if (access.isReadOnly) throw new AppError("forbidden", "No session has this sandbox.");
			if (request.method !== "POST") throw new AppError("bad_request", "Tools are called with POST.");
			const input = await readInput(request);
			if (access.repository === null) {
				throw new AppError("no_repository", "This session has no repository, so there is nothing to open.");
			}
			if (!isOwnBranch(input.branch, access.branchPrefix)) {
				throw new AppError(
					"branch_not_allowed",
					`A pull request of this session comes from a branch called ${access.branchPrefix}-….`,
				);
			}
			if (!(await access.mayDo("write"))) throw new AppError("forbidden", READER_WORDS);
			const open = () => deps.openPullRequest({ sessionId: access.sessionId, ...input });
			refuseTrouble(access);
			const opened = await open().catch(async (error: unknown) => {
				if (!(error instanceof AppError && MAY_BE_NEWS.has(error.code))) throw error;
				const now = await reread();
				if (now === null) throw error;
				refuseTrouble(now);
				return open();
			});
			if (opened.outcome === "waiting") return Response.json({ waiting: opened.words });
			return Response.json({ number: opened.number, url: opened.url });
		} catch (error) {
			if (!(error instanceof AppError))
				deps.log.error({ err: coerceError(error) }, "a tool of the gateway failed");
			return Response.json(toErrorBody(error), { status: toStatus(error) });
		}
	};
}

function refuseTrouble({ trouble, repository }: SandboxAccess): void {
	if (!trouble || repository === null) return;
	throw new AppError(
		trouble === "archived" ? "repository_archived" : "repository_not_found",
		toTroubleWords(trouble, repository),
	);
}

async function readInput(request: Request): Promise<z.infer<typeof pullRequest>> {
	const body = await readBody(request, BODY_MAX_BYTES);
	if (body === "too_large") throw new AppError("bad_request", "The text is too long.");
	const parsed = pullRequest.safeParse(toJson(body));
	if (parsed.success) return parsed.data;
	const problems = parsed.error.issues.map((issue) => `${issue.path.join(".") || "body"}: ${issue.message}`);
	throw new AppError("bad_request", `The tool cannot be called like that. ${problems.join("; ")}`);
}

function toJson(bytes: Uint8Array): unknown {
	try {
		return JSON.parse(Buffer.from(bytes).toString("utf8"));
	} catch {
		return undefined;
	}
}

function toStatus(error: unknown): number {
	if (!(error instanceof AppError)) return 500;
	return STATUS_BY_CODE[error.code] ?? (error.retryable ? 503 : 400);
}

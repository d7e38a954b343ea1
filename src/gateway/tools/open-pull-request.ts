import { z } from "zod";
import { AppError } from "../../errors.ts";
import type { PullRequests } from "../../sessions/pull-requests/open-pull-request.ts";
import { isOwnBranch, READER_WORDS, type SandboxAccess, toTroubleWords } from "../sandbox-access.ts";
import { readInput } from "./read-input.ts";
import type { Tool } from "./tool.ts";

const MAX = { bytes: 1024 * 1024, words: "The text is too long." };

const pullRequest = z.strictObject({
	branch: z.string().min(1).max(255),
	base: z.string().min(1).max(255).optional(),
	title: z.string().trim().min(1).max(256),
	body: z.string().max(65_536),
	draft: z.boolean().default(false),
});

/** What GitHub says of a repository or branch whose name, state or owner changed without our knowing. */
const MAY_BE_NEWS = new Set(["repository_not_found", "forbidden", "base_branch_missing"]);

/** `open_pull_request {branch, base?, title, body, draft?}` → `{number, url}`, or `{waiting}` in words. */
export function createOpenPullRequestTool(deps: { openPullRequest: PullRequests["open"] }): Tool {
	return async (request, access, reread) => {
		const input = await readInput(request, pullRequest, MAX);
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
		if (opened.outcome === "waiting") return { waiting: opened.words };
		return { number: opened.number, url: opened.url };
	};
}

function refuseTrouble({ trouble, repository }: SandboxAccess): void {
	if (!trouble || repository === null) return;
	throw new AppError(
		trouble === "archived" ? "repository_archived" : "repository_not_found",
		toTroubleWords(trouble, repository),
	);
}

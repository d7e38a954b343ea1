import type { Octokit } from "@octokit/core";
import { z } from "zod";
import { AppError } from "../errors.ts";
import type { NewPullRequest, PullRequestNow, RepositoryAddress } from "./github.ts";
import { askGithub, readStatus } from "./github-error.ts";

type Permissions = Record<string, "read" | "write">;

const READ: Permissions = { pull_requests: "read", contents: "read" };
const WRITE: Permissions = { pull_requests: "write", contents: "read" };

interface PullRequestDeps {
	/** A client that may do just this in one repository. */
	clientFor(address: RepositoryAddress, permissions: Permissions): Promise<Octokit>;
	forget(address: RepositoryAddress): void;
}

/** Finds, opens and reads pull requests as the App. */
export function createPullRequests(deps: PullRequestDeps) {
	async function ask<T>(
		what: string,
		address: RepositoryAddress,
		permissions: Permissions,
		call: (octokit: Octokit, path: { owner: string; repo: string }) => Promise<T>,
	): Promise<T> {
		const octokit = await deps.clientFor(address, permissions);
		try {
			return await askGithub(`${what} in ${address.owner}/${address.name}`, () =>
				call(octokit, { owner: address.owner, repo: address.name }),
			);
		} catch (error) {
			// A token that was taken back is of no use to the next call.
			if (readStatus(error) === 401) deps.forget(address);
			throw error;
		}
	}

	async function read(input: RepositoryAddress & { number: number }): Promise<PullRequestNow> {
		return ask("reading a pull request", input, READ, async (octokit, path) => {
			const { data } = await octokit.request("GET /repos/{owner}/{repo}/pulls/{pull_number}", {
				...path,
				pull_number: input.number,
			});
			return toFacts(data);
		});
	}

	async function find(input: RepositoryAddress & { branch: string }): Promise<PullRequestNow | null> {
		const number = await ask("looking for a pull request", input, READ, async (octokit, path) => {
			const { data } = await octokit.request("GET /repos/{owner}/{repo}/pulls", {
				...path,
				head: `${input.owner}:${input.branch}`,
				state: "all",
				sort: "created",
				direction: "desc",
			});
			return (data.find(({ state }) => state === "open") ?? data[0])?.number ?? null;
		});
		return number === null ? null : read({ owner: input.owner, name: input.name, number });
	}

	async function create(input: NewPullRequest): Promise<PullRequestNow> {
		try {
			return await ask("opening a pull request", input, WRITE, async (octokit, path) => {
				const { data } = await octokit.request("POST /repos/{owner}/{repo}/pulls", {
					...path,
					head: input.branch,
					base: input.base,
					title: input.title,
					body: input.body,
					draft: input.draft,
				});
				return toFacts(data);
			});
		} catch (error) {
			if (readStatus(error) === 422) throw await explainRefusal(input, error);
			throw error;
		}
	}

	/** GitHub's 422s differ only in their words, so what stands in the way is looked up instead of read out of them. */
	async function explainRefusal(input: NewPullRequest, cause: unknown): Promise<AppError> {
		const existing = await find(input);
		if (existing?.state === "open") {
			return new AppError(
				"pull_request_exists",
				`The branch ${input.branch} has a pull request already: ${existing.url}`,
				{ cause },
			);
		}
		const ahead = await countAhead(input);
		if (ahead === 0) {
			return new AppError(
				"no_commits",
				`The branch ${input.branch} has no commit that ${input.base} lacks.`,
				{
					cause,
				},
			);
		}
		if (!(await hasBranch(input, input.base))) {
			return new AppError(
				"base_branch_missing",
				`${input.owner}/${input.name} has no branch ${input.base} any more, so no pull request into it can be opened.`,
				{ cause },
			);
		}
		return new AppError(
			"invalid_pull_request",
			`GitHub refused the pull request: check that ${input.branch} was pushed and that ${input.base} exists.`,
			{ cause },
		);
	}

	async function countAhead(input: NewPullRequest): Promise<number | null> {
		try {
			return await ask("comparing branches", input, READ, async (octokit, path) => {
				const { data } = await octokit.request("GET /repos/{owner}/{repo}/compare/{basehead}", {
					...path,
					basehead: `${input.base}...${input.branch}`,
				});
				return data.ahead_by;
			});
		} catch (error) {
			if (readStatus(error) === 404) return null;
			throw error;
		}
	}

	async function hasBranch(input: RepositoryAddress, branch: string): Promise<boolean> {
		try {
			await ask("reading a branch", input, READ, (octokit, path) =>
				octokit.request("GET /repos/{owner}/{repo}/git/ref/{ref}", { ...path, ref: `heads/${branch}` }),
			);
			return true;
		} catch (error) {
			if (readStatus(error) === 404) return false;
			throw error;
		}
	}

	return { find, create, read };
}

const pullRequest = z.object({
	number: z.number().int(),
	html_url: z.string(),
	title: z.string(),
	state: z.enum(["open", "closed"]),
	body: z.string().nullish(),
	merged_at: z.string().nullable(),
	merged_by: z.object({ id: z.number().int(), login: z.string() }).nullish(),
	closed_at: z.string().nullish(),
	draft: z.boolean().default(false),
	/** `repo` null: the fork was deleted. */
	head: z.object({ ref: z.string(), sha: z.string(), repo: z.object({ id: z.number().int() }).nullish() }),
	base: z.object({ ref: z.string(), repo: z.object({ id: z.number().int() }) }),
	additions: z.number().int(),
	deletions: z.number().int(),
});

function toFacts(data: unknown): PullRequestNow {
	const pull = pullRequest.parse(data);
	return {
		number: pull.number,
		url: pull.html_url,
		title: pull.title,
		branch: pull.head.ref,
		base: pull.base.ref,
		headSha: pull.head.sha,
		state: pull.merged_at === null ? pull.state : "merged",
		draft: pull.draft,
		additions: pull.additions,
		deletions: pull.deletions,
		mergedAtMs: toMs(pull.merged_at),
		mergedBy: pull.merged_by ? { githubId: pull.merged_by.id, login: pull.merged_by.login } : null,
		closedAtMs: toMs(pull.closed_at),
		isFork: pull.head.repo?.id !== pull.base.repo.id,
		body: pull.body ?? "",
	};
}

const toMs = (time: string | null | undefined) => (time ? Date.parse(time) : null);

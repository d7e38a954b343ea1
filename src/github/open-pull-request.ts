import type { Octokit } from "@octokit/core";
import { z } from "zod";
import { AppError } from "../errors.ts";
import type { AskAsApp, Permissions } from "./ask-as-app.ts";
import type { NewPullRequest, PullRequestNow, RepositoryAddress } from "./github.ts";
import { askGithub, readHeader, readStatus } from "./github-error.ts";
import { toFacts } from "./pull-requests.ts";

const READ: Permissions = { pull_requests: "read", contents: "read" };
const WRITE: Permissions = { pull_requests: "write", contents: "read" };

interface OpenDeps {
	ask: AskAsApp;
	clientWith(token: string): Octokit;
	find(input: RepositoryAddress & { branch: string }): Promise<PullRequestNow | null>;
}

/**
 * Opens pull requests, as the App or as a person. GitHub's refusals of one status differ only in their words, so what
 * stands in the way is looked up instead of read out of them.
 */
export function createOpenPullRequest(deps: OpenDeps) {
	async function open(input: NewPullRequest): Promise<PullRequestNow> {
		const { owner, name, branch, base, title, body, draft, personToken = null } = input;
		const send = async (octokit: Octokit) => {
			const path = { owner, repo: name };
			const words = { head: branch, base, title, body, draft };
			const { data } = await octokit.request("POST /repos/{owner}/{repo}/pulls", { ...path, ...words });
			return toFacts(data);
		};
		try {
			if (personToken === null) return await deps.ask("opening a pull request", input, WRITE, send);
			return await askGithub(`opening a pull request in ${owner}/${name}`, () =>
				send(deps.clientWith(personToken)),
			);
		} catch (error) {
			throw (await explain(input, error)) ?? error;
		}
	}

	/** Null: what it is called already is all that is known. */
	async function explain(input: NewPullRequest, error: unknown): Promise<AppError | null> {
		if (!(error instanceof AppError) || error.retryable) return null;
		const asPerson = input.personToken ?? null;
		switch (readStatus(error)) {
			case 401:
				return asPerson === null
					? null
					: new AppError("person_token_refused", "GitHub does not take the person's token any more.", {
							cause: error,
						});
			case 403:
				return toSsoRequired(error) ?? explainForbidden(input, asPerson, error);
			case 404:
				return asPerson === null ? null : explainForbidden(input, asPerson, error);
			case 422:
				return explainInvalid(input, error);
			default:
				return null;
		}
	}

	async function explainForbidden(
		input: NewPullRequest,
		asPerson: string | null,
		cause: AppError,
	): Promise<AppError> {
		const { owner, name } = input;
		const full = `${owner}/${name}`;
		const read = async (octokit: Octokit) => {
			const { data } = await octokit.request("GET /repos/{owner}/{repo}", { owner, repo: name });
			return repository.parse(data);
		};
		const { archived } = await deps.ask("reading a repository", input, READ, read);
		if (archived)
			return new AppError(
				"repository_archived",
				`${full} is archived at GitHub, so no pull request can be opened. Somebody who owns it can unarchive it there.`,
				{ cause },
			);
		if (asPerson !== null) {
			const seen = await askGithub(`reading ${full} as a person`, () =>
				read(deps.clientWith(asPerson)),
			).catch((error: unknown) => {
				const status = readStatus(error);
				if (status === 403 || status === 404) return null;
				throw error;
			});
			if (seen === null)
				return new AppError(
					"forbidden",
					`GitHub does not show ${full} to whoever asked for this. Somebody who owns it can give them write access there; then ask again.`,
					{ cause },
				);
			if (seen.permissions?.push === false)
				return new AppError(
					"forbidden",
					`Whoever asked for this may only read ${full}. Somebody who owns it can give them write access at GitHub; then ask again.`,
					{ cause },
				);
		}
		return new AppError(
			"app_not_permitted",
			`Bobbin's GitHub App may not open pull requests in ${full}. Somebody who owns it can grant the App "Pull requests: read and write" under its installation's settings at GitHub; then ask again.`,
			{ cause },
		);
	}

	async function explainInvalid(input: NewPullRequest, cause: AppError): Promise<AppError> {
		const { owner, name, branch, base } = input;
		const existing = await deps.find({ owner, name, branch });
		if (existing?.state === "open")
			return new AppError(
				"pull_request_exists",
				`The branch ${branch} has a pull request already: ${existing.url}`,
				{ cause },
			);
		if ((await countAhead(input)) === 0)
			return new AppError("no_commits", `The branch ${branch} has no commit that ${base} lacks.`, { cause });
		if (!(await hasBranch(input, branch)))
			return new AppError(
				"branch_not_pushed",
				`GitHub has no branch ${branch}: push it first (git push origin HEAD), then call this again.`,
				{ cause },
			);
		if (!(await hasBranch(input, base)))
			return new AppError(
				"base_branch_missing",
				`${owner}/${name} has no branch ${base} any more, so no pull request into it can be opened.`,
				{ cause },
			);
		return new AppError(
			"invalid_pull_request",
			`GitHub refused the pull request of ${branch} into ${base}, and gives no reason that a program can read. Try a shorter title and body, or open it at GitHub: the branch is there.`,
			{ cause },
		);
	}

	async function countAhead(input: NewPullRequest): Promise<number | null> {
		const { owner, name, base, branch } = input;
		try {
			return await deps.ask("comparing branches", input, READ, async (octokit) => {
				const basehead = `${base}...${branch}`;
				const path = { owner, repo: name, basehead };
				const { data } = await octokit.request("GET /repos/{owner}/{repo}/compare/{basehead}", path);
				return data.ahead_by;
			});
		} catch (error) {
			if (readStatus(error) === 404) return null;
			throw error;
		}
	}

	async function hasBranch(input: NewPullRequest, branch: string): Promise<boolean> {
		const path = { owner: input.owner, repo: input.name, ref: `heads/${branch}` };
		try {
			await deps.ask("reading a branch", input, READ, (octokit) =>
				octokit.request("GET /repos/{owner}/{repo}/git/ref/{ref}", path),
			);
			return true;
		} catch (error) {
			if (readStatus(error) === 404) return false;
			throw error;
		}
	}

	/** As the App. */
	async function changeBody(input: RepositoryAddress & { number: number; body: string }): Promise<void> {
		const { owner, name, number, body } = input;
		await deps.ask("changing a pull request", input, WRITE, (octokit) =>
			octokit.request("PATCH /repos/{owner}/{repo}/pulls/{pull_number}", {
				...{ owner, repo: name, pull_number: number, body },
			}),
		);
	}

	return { open, changeBody };
}

const repository = z.object({
	archived: z.boolean(),
	/** Of whoever asks; not there for the App. */
	permissions: z.object({ push: z.boolean() }).optional(),
});

/**
 * An organisation with single sign-on wants the person to confirm theirs. GitHub says so in a header, with the address to
 * go to. Source: docs.github.com, "Authenticating to the REST API", "Authorization for single sign-on".
 */
function toSsoRequired(error: AppError): AppError | null {
	const header = readHeader(error, "x-github-sso");
	if (header === null) return null;
	const [, url = ""] = /(?:^|;)\s*url=([^;\s]+)/.exec(header) ?? [];
	const where =
		/^https?:\/\//.test(url) && URL.canParse(url) ? `: ${url}` : ", at GitHub under Settings, Applications";
	return new AppError(
		"sso_required",
		`The organisation at GitHub asks whoever prompted this to sign in once with its single sign-on${where}. Then ask again for the pull request.`,
		{ cause: error },
	);
}

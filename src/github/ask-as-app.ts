import type { Octokit } from "@octokit/core";
import type { RepositoryAddress } from "./github.ts";
import { askGithub, readStatus } from "./github-error.ts";

export type Permissions = Record<string, "read" | "write">;

/** Runs a call as the App, with a client that may do just this in one repository. @throws AppError, as `askGithub` */
export type AskAsApp = <T>(
	what: string,
	address: RepositoryAddress,
	permissions: Permissions,
	call: (octokit: Octokit, path: { owner: string; repo: string }) => Promise<T>,
) => Promise<T>;

export function createAskAsApp(deps: {
	clientFor(address: RepositoryAddress, permissions: Permissions): Promise<Octokit>;
	forget(address: RepositoryAddress): void;
}): AskAsApp {
	return async (what, { owner, name }, permissions, call) => {
		const octokit = await deps.clientFor({ owner, name }, permissions);
		try {
			return await askGithub(`${what} in ${owner}/${name}`, () => call(octokit, { owner, repo: name }));
		} catch (error) {
			// A token that was taken back is of no use to the next call.
			if (readStatus(error) === 401) deps.forget({ owner, name });
			throw error;
		}
	};
}

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
	return async (what, address, permissions, call) => {
		const { owner, name } = address;
		const attempt = async () => {
			const octokit = await deps.clientFor(address, permissions);
			return askGithub(`${what} in ${owner}/${name}`, () => call(octokit, { owner, repo: name }));
		};
		try {
			return await attempt();
		} catch (error) {
			if (readStatus(error) !== 401) throw error;
		}
		// The token was taken back, as when the App is suspended for a while. A refused call did nothing.
		deps.forget(address);
		return attempt();
	};
}

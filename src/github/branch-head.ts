import type { Octokit } from "@octokit/core";
import type { RepositoryAddress } from "./github.ts";
import { askGithub, readStatus } from "./github-error.ts";

/** Reads the commit of a branch as the App. */
export function createBranchHead(deps: {
	clientFor(address: RepositoryAddress, permissions: Record<string, "read">): Promise<Octokit>;
	forget(address: RepositoryAddress): void;
}) {
	return async ({ owner, name, branch }: RepositoryAddress & { branch: string }): Promise<string | null> => {
		const octokit = await deps.clientFor({ owner, name }, { contents: "read" });
		try {
			const { data } = await askGithub(`reading the branch ${branch} of ${owner}/${name}`, () =>
				octokit.request("GET /repos/{owner}/{repo}/git/ref/{ref}", {
					owner,
					repo: name,
					ref: `heads/${branch}`,
				}),
			);
			return data.object.sha;
		} catch (error) {
			const status = readStatus(error);
			// The client could be made, so the repository is there. 409: it has no commit at all.
			if (status === 404 || status === 409) return null;
			if (status === 401) deps.forget({ owner, name });
			throw error;
		}
	};
}

import type { AskAsApp } from "./ask-as-app.ts";
import type { RepositoryAddress } from "./github.ts";
import { readStatus } from "./github-error.ts";

/** Reads what a branch changed since it left its base, as a unified diff; null: one of the two is gone. */
export function createReadDiff({ ask }: { ask: AskAsApp }) {
	return async (input: RepositoryAddress & { base: string; head: string }): Promise<string | null> => {
		try {
			return await ask("reading a diff", input, { contents: "read" }, async (octokit, path) => {
				const { data } = await octokit.request("GET /repos/{owner}/{repo}/compare/{basehead}", {
					...path,
					basehead: `${input.base}...${input.head}`,
					headers: { accept: "application/vnd.github.diff" },
				});
				// The media type makes it a text; the types of Octokit tell of JSON only.
				return String(data);
			});
		} catch (error) {
			// The client could be made, so the repository is there. 406: more lines than GitHub shows (20,000).
			const status = readStatus(error);
			if (status === 404 || status === 406) return null;
			throw error;
		}
	};
}

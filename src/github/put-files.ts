import type { Octokit } from "@octokit/core";
import type { AskAsApp, Permissions } from "./ask-as-app.ts";
import type { NewFiles } from "./github.ts";
import { readStatus } from "./github-error.ts";

const WRITE: Permissions = { contents: "write" };
/** Somebody else may move the ref meanwhile. */
const MOST_TRIES = 3;

/**
 * Puts files into a repository by its Git database: blobs, a tree, a commit upon what the ref has, the ref. Outside of
 * `refs/heads` and `refs/tags` there is no branch, no check and no webhook, and whoever clones does not fetch it.
 */
export function createPutFiles(deps: {
	ask: AskAsApp;
	/** Pages: `https://github.com`. */
	url: string;
}) {
	return async ({ owner, name, ref, message, files }: NewFiles): Promise<Map<string, string>> => {
		const sha = await deps.ask("putting files", { owner, name }, WRITE, async (octokit, at) => {
			const entries: { path: string; mode: "100644"; type: "blob"; sha: string }[] = [];
			for (const { path, bytes } of files) {
				const content = Buffer.from(bytes).toString("base64");
				const blob = { ...at, content, encoding: "base64" };
				const { data } = await octokit.request("POST /repos/{owner}/{repo}/git/blobs", blob);
				entries.push({ path, mode: "100644", type: "blob", sha: data.sha });
			}
			const { data: tree } = await octokit.request("POST /repos/{owner}/{repo}/git/trees", {
				...at,
				tree: entries,
			});
			for (let tries = 1; ; tries++) {
				const parent = await readRef(octokit, { ...at, ref });
				const { data: commit } = await octokit.request("POST /repos/{owner}/{repo}/git/commits", {
					...at,
					message,
					tree: tree.sha,
					parents: parent === null ? [] : [parent],
				});
				try {
					await moveRef(octokit, { ...at, ref, sha: commit.sha, isNew: parent === null });
					return commit.sha;
				} catch (error) {
					if (readStatus(error) !== 422 || tries === MOST_TRIES) throw error;
				}
			}
		});
		const home = `${deps.url}/${encodeURIComponent(owner)}/${encodeURIComponent(name)}`;
		return new Map(
			files.map(({ path }) => [path, `${home}/blob/${sha}/${encodeURIComponent(path)}?raw=true`]),
		);
	};
}

async function readRef(
	octokit: Octokit,
	at: { owner: string; repo: string; ref: string },
): Promise<string | null> {
	try {
		const { data } = await octokit.request("GET /repos/{owner}/{repo}/git/ref/{ref}", at);
		return data.object.sha;
	} catch (error) {
		if (readStatus(error) === 404) return null;
		throw error;
	}
}

async function moveRef(
	octokit: Octokit,
	{ isNew, ref, sha, ...at }: { owner: string; repo: string; ref: string; sha: string; isNew: boolean },
): Promise<void> {
	if (isNew) await octokit.request("POST /repos/{owner}/{repo}/git/refs", { ...at, ref: `refs/${ref}`, sha });
	else await octokit.request("PATCH /repos/{owner}/{repo}/git/refs/{ref}", { ...at, ref, sha });
}

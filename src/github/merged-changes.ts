import { z } from "zod";
import type { AskAsApp } from "./ask-as-app.ts";
import type { MergeFacts, PatchFacts, RepositoryAddress } from "./github.ts";
import { readStatus } from "./github-error.ts";

const READ = { pull_requests: "read", contents: "read" } as const;
const PAGE = 100;

type Page = { data: unknown; headers: { link?: string | undefined } };

/** Reads what a merged pull request changed, and its commits, as the App. */
export function createMergedChanges({ ask }: { ask: AskAsApp }) {
	return {
		readMerge: (input: RepositoryAddress & { number: number }): Promise<MergeFacts | null> =>
			ask("reading a merge", input, READ, async (octokit, path) => {
				const { data } = await octokit.request("GET /repos/{owner}/{repo}/pulls/{pull_number}", {
					...path,
					pull_number: input.number,
				});
				const pull = mergedPull.parse(data);
				if (pull.merged_at === null) return null;
				const { merge_commit_sha: ref, additions } = pull;
				// The base that goes with a pull request is as old as its last change. Pushed to the base by hand, it has no
				// commit of its own for the merge.
				const isOwnCommit = ref !== null && ref !== pull.head.sha;
				const merge = isOwnCommit
					? commit.parse(
							(await octokit.request("GET /repos/{owner}/{repo}/commits/{ref}", { ...path, ref })).data,
						)
					: null;
				const baseSha = merge?.parents[0]?.sha ?? pull.base.sha;
				const branch = pull.head.repo?.id === pull.base.repo.id ? pull.head.ref : null;
				return { mergedAtMs: Date.parse(pull.merged_at), base: pull.base.ref, baseSha, branch, additions };
			}),

		/** GitHub lists 3,000 files at most. */
		listChangedFiles: (input: RepositoryAddress & { number: number }): Promise<PatchFacts[]> =>
			ask("reading the files of a pull request", input, READ, (octokit, path) =>
				readPages(
					(page) =>
						octokit.request("GET /repos/{owner}/{repo}/pulls/{pull_number}/files", {
							...path,
							pull_number: input.number,
							per_page: PAGE,
							page,
						}),
					(data) => z.array(changedFile).parse(data).map(toPatch),
				),
			),

		async listCommits(
			input: RepositoryAddress & { base: string; head: string },
		): Promise<{ sha: string; parents: string[] }[] | null> {
			try {
				return await ask("comparing commits", input, READ, (octokit, path) =>
					readPages(
						(page) =>
							octokit.request("GET /repos/{owner}/{repo}/compare/{basehead}", {
								...path,
								basehead: `${input.base}...${input.head}`,
								per_page: PAGE,
								page,
							}),
						(data) =>
							comparison
								.parse(data)
								.commits.map(({ sha, parents }) => ({ sha, parents: parents.map((parent) => parent.sha) })),
					),
				);
			} catch (error) {
				// The client could be made, so the repository is there: a commit is not.
				if (readStatus(error) === 404) return null;
				throw error;
			}
		},

		listCommitFiles: (input: RepositoryAddress & { sha: string }): Promise<PatchFacts[]> =>
			ask("reading a commit", input, READ, (octokit, path) =>
				readPages(
					(page) =>
						octokit.request("GET /repos/{owner}/{repo}/commits/{ref}", {
							...path,
							ref: input.sha,
							per_page: PAGE,
							page,
						}),
					(data) => commit.parse(data).files.map(toPatch),
				),
			),
	};
}

async function readPages<Item>(
	read: (page: number) => Promise<Page>,
	parse: (data: unknown) => Item[],
): Promise<Item[]> {
	const items: Item[] = [];
	for (let page = 1; ; page++) {
		const { data, headers } = await read(page);
		items.push(...parse(data));
		// Some of these lists have pages of another size than was asked for.
		if (!headers.link?.includes('rel="next"')) return items;
	}
}

const mergedPull = z.object({
	merged_at: z.string().nullable(),
	merge_commit_sha: z.string().nullable(),
	/** `repo` null: the fork was deleted. */
	head: z.object({ sha: z.string(), ref: z.string(), repo: z.object({ id: z.number().int() }).nullish() }),
	base: z.object({ sha: z.string(), ref: z.string(), repo: z.object({ id: z.number().int() }) }),
	additions: z.number().int(),
});
const parents = z.array(z.object({ sha: z.string() }));
const changedFile = z.object({
	filename: z.string(),
	previous_filename: z.string().optional(),
	additions: z.number().int(),
	patch: z.string().optional(),
});
const commit = z.object({ parents, files: z.array(changedFile).default([]) });
const comparison = z.object({ commits: z.array(z.object({ sha: z.string(), parents })) });

function toPatch(file: z.infer<typeof changedFile>): PatchFacts {
	return {
		path: file.filename,
		previousPath: file.previous_filename ?? null,
		additions: file.additions,
		patch: file.patch ?? null,
	};
}

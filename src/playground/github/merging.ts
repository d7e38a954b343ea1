import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Git, GitError } from "./git.ts";
import type { RepositoryRow } from "./rows.ts";

export type MergeCheck = { outcome: "clean"; tree: string } | { outcome: "conflict" };

const REMEMBERED = 500;
const checked = new WeakMap<Git, Map<string, Promise<MergeCheck>>>();

/**
 * Tries to merge two commits in a work tree of its own and gives the tree that comes out. Two commits always merge to
 * the same end, so the answer is kept.
 */
export function checkMerge(
	git: Git,
	repository: RepositoryRow,
	base: string,
	head: string,
): Promise<MergeCheck> {
	const known = checked.get(git) ?? new Map<string, Promise<MergeCheck>>();
	checked.set(git, known);
	const key = `${repository.id} ${base} ${head}`;
	const found = known.get(key);
	if (found !== undefined) return found;
	const result = tryMerge(git, repository, base, head);
	known.set(key, result);
	result.catch(() => known.delete(key));
	const oldest = known.keys().next();
	if (known.size > REMEMBERED && !oldest.done) known.delete(oldest.value);
	return result;
}

// Not `git merge-tree --write-tree`: that needs git 2.38, and Ubuntu 22.04 has 2.34.
async function tryMerge(
	git: Git,
	repository: RepositoryRow,
	base: string,
	head: string,
): Promise<MergeCheck> {
	const folder = git.path(repository);
	const workTree = await mkdtemp(join(git.rootDir, ".merge-"));
	try {
		await git.run(folder, ["worktree", "add", "--quiet", "--detach", "--force", workTree, base]);
		const identity = ["-c", "user.name=GitHub", "-c", "user.email=noreply@github.com"];
		try {
			await git.run(workTree, [...identity, "merge", "--quiet", "--no-ff", "--no-commit", head]);
		} catch (error) {
			if (error instanceof GitError && error.exitCode === 1) return { outcome: "conflict" };
			throw error;
		}
		return { outcome: "clean", tree: (await git.run(workTree, ["write-tree"])).trim() };
	} finally {
		await rm(workTree, { recursive: true, force: true });
		await git.run(folder, ["worktree", "prune"]);
	}
}

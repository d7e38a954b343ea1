import { showUser } from "./actors.ts";
import { type Git, GitError } from "./git.ts";
import { notFound, Refusal } from "./refusal.ts";
import type { PersonRow, RepositoryRow } from "./rows.ts";
import type { World } from "./world.ts";

export interface Commit {
	sha: string;
	tree: string;
	parents: string[];
	author: { name: string; email: string; date: string };
	committer: { name: string; email: string; date: string };
	message: string;
}

const FORMAT = ["%H", "%T", "%P", "%an", "%ae", "%aI", "%cn", "%ce", "%cI", "%B"].join("%x00");

/** The commit that a branch, tag, SHA or `heads/x` names, or null. */
export async function resolveCommit(
	git: Git,
	repository: RepositoryRow,
	ref: string,
): Promise<string | null> {
	if (!isSafeRef(ref)) return null;
	for (const candidate of [`refs/heads/${ref}`, `refs/tags/${ref}`, `refs/${ref}`, ref]) {
		try {
			const args = ["rev-parse", "--quiet", "--verify", "--end-of-options", `${candidate}^{commit}`];
			return (await git.run(git.path(repository), args)).trim();
		} catch (error) {
			if (error instanceof GitError) continue;
			throw error;
		}
	}
	return null;
}

/** Refuses what git would read as a range, an option or a path. */
function isSafeRef(ref: string): boolean {
	return /^[\w][\w./+@#-]*$/.test(ref) && !ref.includes("..") && !ref.includes("@{");
}

export function isBranchName(name: string): boolean {
	return isSafeRef(name) && !name.endsWith(".lock") && !name.endsWith("/") && !name.includes("//");
}

/** Commits of a revision range, newest first. */
export async function readCommits(
	git: Git,
	repository: RepositoryRow,
	range: string[],
	limit = 250,
): Promise<Commit[]> {
	const output = await git.run(git.path(repository), [
		"log",
		"-z",
		`--max-count=${limit}`,
		`--format=${FORMAT}%x01`,
		...range,
		"--",
	]);
	return output
		.split("\x01")
		.map((entry) => entry.replace(/^\0/, ""))
		.filter((entry) => entry !== "")
		.map((entry) => {
			const [
				sha = "",
				tree = "",
				parents = "",
				an = "",
				ae = "",
				ad = "",
				cn = "",
				ce = "",
				cd = "",
				message = "",
			] = entry.split("\0");
			return {
				sha,
				tree,
				parents: parents === "" ? [] : parents.split(" "),
				author: { name: an, email: ae, date: new Date(ad).toISOString() },
				committer: { name: cn, email: ce, date: new Date(cd).toISOString() },
				message: message.trimEnd(),
			};
		});
}

export async function readCommit(git: Git, repository: RepositoryRow, ref: string): Promise<Commit> {
	const sha = await resolveCommit(git, repository, ref);
	if (sha === null) throw new Refusal(422, `No commit found for SHA: ${ref}`);
	const [commit] = await readCommits(git, repository, [sha], 1);
	if (commit === undefined) throw notFound();
	return commit;
}

export function countCommits(git: Git, repository: RepositoryRow, range: string): Promise<number> {
	return git.run(git.path(repository), ["rev-list", "--count", range, "--"]).then(Number);
}

/** Whether the first commit is the second or lies in its history. */
export async function isAncestor(
	git: Git,
	repository: RepositoryRow,
	ancestor: string,
	descendant: string,
): Promise<boolean> {
	try {
		await git.run(git.path(repository), ["merge-base", "--is-ancestor", ancestor, descendant]);
		return true;
	} catch (error) {
		if (error instanceof GitError && error.exitCode === 1) return false;
		throw error;
	}
}

/** Branches with their commits, by name. */
export async function readBranches(git: Git, repository: RepositoryRow) {
	const refs = await readRefs(git, repository);
	return refs
		.filter(({ ref }) => ref.startsWith("refs/heads/"))
		.map(({ ref, sha }) => ({ name: ref.slice("refs/heads/".length), sha }));
}

export async function readRefs(git: Git, repository: RepositoryRow): Promise<{ ref: string; sha: string }[]> {
	const output = await git.run(git.path(repository), ["for-each-ref", "--format=%(refname) %(objectname)"]);
	return output
		.split("\n")
		.filter((line) => line !== "")
		.map((line) => {
			const [ref = "", sha = ""] = line.split(" ");
			return { ref, sha };
		});
}

/** A commit as the REST lists it. */
export function showCommit(world: World, repository: RepositoryRow, commit: Commit) {
	const base = `${repository.owner}/${repository.name}`;
	const user = (email: string) => {
		const person = world.state.get<PersonRow>("select * from people where email = ?", email);
		return person === undefined ? null : showUser(world, person.login);
	};
	return {
		sha: commit.sha,
		node_id: `C_${commit.sha}`,
		url: `${world.apiUrl}/repos/${base}/commits/${commit.sha}`,
		html_url: `${world.url}/${base}/commit/${commit.sha}`,
		commit: {
			author: commit.author,
			committer: commit.committer,
			message: commit.message,
			tree: { sha: commit.tree, url: `${world.apiUrl}/repos/${base}/git/trees/${commit.tree}` },
			url: `${world.apiUrl}/repos/${base}/git/commits/${commit.sha}`,
			comment_count: 0,
		},
		author: user(commit.author.email),
		committer: user(commit.committer.email),
		parents: commit.parents.map((sha) => ({
			sha,
			url: `${world.apiUrl}/repos/${base}/commits/${sha}`,
			html_url: `${world.url}/${base}/commit/${sha}`,
		})),
	};
}

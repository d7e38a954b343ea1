import { type Git, GitError } from "./git.ts";
import type { RepositoryRow } from "./rows.ts";

export type Entry =
	| { kind: "missing" }
	| { kind: "folder" }
	| { kind: "file"; sha: string; sizeBytes: number; text: string };

interface Child {
	kind: "folder" | "file";
	name: string;
	path: string;
	sha: string;
	size: number;
}

/** What lies at a path of a commit. `path` "" is the root. */
export async function readEntry(
	git: Git,
	repository: RepositoryRow,
	commit: string,
	path: string,
): Promise<Entry> {
	const folder = git.path(repository);
	const object = `${commit}:${path}`;
	try {
		const type = (await git.run(folder, ["cat-file", "-t", object])).trim();
		if (type === "tree") return { kind: "folder" };
		if (type !== "blob") return { kind: "missing" };
	} catch (error) {
		if (error instanceof GitError) return { kind: "missing" };
		throw error;
	}
	const [sha, size, text] = await Promise.all([
		git.run(folder, ["rev-parse", object]),
		git.run(folder, ["cat-file", "-s", object]),
		git.run(folder, ["cat-file", "blob", object]),
	]);
	return { kind: "file", sha: sha.trim(), sizeBytes: Number(size), text };
}

/** The children of a folder, folders first. */
export async function readFolder(
	git: Git,
	repository: RepositoryRow,
	commit: string,
	path: string,
): Promise<Child[]> {
	const output = await git.run(git.path(repository), ["ls-tree", "-z", "--long", `${commit}:${path}`]);
	return output
		.split("\0")
		.filter((line) => line !== "")
		.map((line): Child => {
			const [meta = "", name = ""] = line.split("\t");
			const [, type, sha = "", size = "-"] = meta.split(/\s+/);
			return {
				kind: type === "tree" ? "folder" : "file",
				name,
				path: path === "" ? name : `${path}/${name}`,
				sha,
				size: Number(size) || 0,
			};
		})
		.sort((a, b) => (a.kind === b.kind ? a.name.localeCompare(b.name) : a.kind === "folder" ? -1 : 1));
}

/** The bytes of a file; null: there is none. */
export async function readBytes(
	git: Git,
	repository: RepositoryRow,
	commit: string,
	path: string,
): Promise<Buffer | null> {
	try {
		return await git.read(git.path(repository), ["cat-file", "blob", `${commit}:${path}`]);
	} catch (error) {
		if (error instanceof GitError) return null;
		throw error;
	}
}

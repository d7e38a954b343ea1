import type { Recipe } from "../recipe.ts";
import type { RepositoryFiles } from "../repository-files.ts";

/** One folder of a repository, as a detector sees it. */
export interface Folder {
	/** From the repository's root; empty: the root itself. */
	path: string;
	has(name: string): boolean;
	/** The first of the names that is there. */
	find(...names: string[]): string | undefined;
	/** Entries whose path in this folder matches; one level of folders is known. */
	match(pattern: RegExp): string[];
	/** A file's text; undefined where it is not there or was not read. */
	read(name: string): string | undefined;
}

/** What one kind of project adds to a recipe. */
export type Part = Partial<Pick<Recipe, "setup" | "build" | "test" | "start" | "ports" | "tools">> & {
	/** In words: why each step is there. */
	found: string[];
};

export function openFolder({ paths, files }: RepositoryFiles, path: string): Folder {
	const prefix = path === "" ? "" : `${path}/`;
	const inside = paths.filter((entry) => entry.startsWith(prefix)).map((entry) => entry.slice(prefix.length));
	const names = new Set(inside);
	return {
		path,
		has: (name) => names.has(name),
		find: (...candidates) => candidates.find((name) => names.has(name)),
		match: (pattern) => inside.filter((entry) => pattern.test(entry)),
		read: (name) => (Object.hasOwn(files, prefix + name) ? files[prefix + name] : undefined),
	};
}

/** The version of a tool as asdf and mise write it in `.tool-versions`. */
export function readToolVersion(folder: Folder, ...names: string[]): string | undefined {
	const lines = folder.read(".tool-versions")?.split("\n") ?? [];
	const words = lines.map((line) => line.trim().split(/\s+/));
	return words.find(([name]) => name !== undefined && names.includes(name))?.[1];
}

/** The first line that says something. */
export const firstLine = (text: string | undefined) =>
	text
		?.split("\n")
		.map((line) => line.replace(/#.*/, "").trim())
		.find((line) => line !== "");

import { detectCargo, detectGo, detectJvm } from "./detect/compiled.ts";
import { type Folder, openFolder, type Part } from "./detect/folder.ts";
import { detectMake } from "./detect/make.ts";
import { detectNode } from "./detect/node.ts";
import { detectPython } from "./detect/python.ts";
import { detectRuby } from "./detect/ruby.ts";
import { EMPTY_RECIPE, type Recipe } from "./recipe.ts";
import type { RepositoryFiles } from "./repository-files.ts";

export const NOTHING_FOUND = "Nothing was found that says how to install, build or test this repository.";

type Detector = (folder: Folder) => Part | null;

const DETECTORS: Detector[] = [detectNode, detectPython, detectRuby, detectGo, detectCargo, detectJvm];
const MAX_FOLDERS = 6;
/** Folders whose projects are not the repository's own work. */
const NOT_ITS_OWN =
	/^(\.|_)|^(node_modules|vendor|third[_-]?party|examples?|fixtures|tests?|e2e|docs?|target|dist|build|venv)$/i;

/**
 * What a repository needs, from its files alone. Each kind of project is looked for in the root and, where it is not
 * there, in the folders of the root; several kinds are taken side by side.
 */
export function detectRecipe(files: RepositoryFiles): { recipe: Recipe; found: string[] } {
	if (files.paths.length === 0) {
		return {
			recipe: EMPTY_RECIPE,
			found: ["The repository is empty: there is nothing to install, build or run."],
		};
	}
	const root = openFolder(files, "");
	const folders = listFolders(files).map((path) => openFolder(files, path));
	const parts = DETECTORS.flatMap((detect) => {
		const atRoot = detect(root);
		if (atRoot !== null) return [atRoot];
		return folders.flatMap((folder) => {
			const part = detect(folder);
			return part === null ? [] : [moveInto(folder.path, part)];
		});
	});
	const joined = join(parts);
	const make = detectMake(root, joined.recipe, parts.length === 0);
	const { recipe, found } = make === null ? joined : join([...parts, make]);
	return { recipe, found: [...(found.length === 0 ? [NOTHING_FOUND] : found), ...describeLimits(root)] };
}

function listFolders({ paths }: RepositoryFiles): string[] {
	const names = paths.flatMap((path) => (path.includes("/") ? [path.slice(0, path.indexOf("/"))] : []));
	return [...new Set(names)].filter((name) => !NOT_ITS_OWN.test(name)).slice(0, MAX_FOLDERS);
}

/** The part's commands, run from the root. */
function moveInto(path: string, part: Part): Part {
	const enter = `cd ${/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`} &&`;
	// What brings a program is the same anywhere.
	const move = (command: string) => (command.startsWith("command -v ") ? command : `${enter} ${command}`);
	return {
		...part,
		...(part.setup ? { setup: part.setup.map(move) } : {}),
		...(part.build ? { build: part.build.map(move) } : {}),
		...(part.test ? { test: part.test.map(move) } : {}),
		...(part.start ? { start: move(part.start) } : {}),
		found: part.found.map((words) => `${path}: ${words}`),
	};
}

function join(parts: Part[]): { recipe: Recipe; found: string[] } {
	const [starting, ...others] = parts.filter(({ start }) => start);
	const spare = others.map(
		({ start }) => `\`${start}\` could be started too; only one command is: write the one you want`,
	);
	return {
		recipe: {
			...EMPTY_RECIPE,
			setup: [...new Set(parts.flatMap(({ setup }) => setup ?? []))],
			build: parts.flatMap(({ build }) => build ?? []),
			test: parts.flatMap(({ test }) => test ?? []),
			start: starting?.start ?? null,
			ports: starting?.ports ?? [],
			tools: Object.assign({}, ...parts.map(({ tools }) => tools ?? {}).reverse()),
		},
		found: [...parts.flatMap(({ found }) => found), ...spare],
	};
}

/** What the checkout does not hold. */
function describeLimits(root: Folder): string[] {
	return [
		...(root.has(".gitmodules") ? ["Submodules are not fetched: their folders are empty."] : []),
		...(/filter=lfs/.test(root.read(".gitattributes") ?? "")
			? ["Files kept with Git LFS are not fetched: pointers stand in their place."]
			: []),
	];
}

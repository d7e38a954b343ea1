import { detectRecipe, NOTHING_FOUND } from "./detect-recipe.ts";
import { type ParsedRecipe, parseRecipe } from "./parse-recipe.ts";
import type { Recipe, WrittenRecipe } from "./recipe.ts";
import type { RepositoryFiles } from "./repository-files.ts";

export type SettledRecipe =
	| {
			ok: true;
			recipe: Recipe;
			/** In words: where each part comes from. */
			found: string[];
			/** What people wrote: if that fails, they want to know; what was only found is a try. */
			written: WrittenRecipe;
	  }
	| { ok: false; message: string; lines: string[] };

/**
 * What is written beats what is found, key by key.
 *
 * @param recipeText beats the repository's own `.bobbin.yml`; null: there is none
 * @param readFolder what is in the folder that a recipe's `directory` names
 */
export async function settleRecipe(
	recipeText: string | null,
	root: RepositoryFiles,
	readFolder: (directory: string) => Promise<RepositoryFiles>,
): Promise<SettledRecipe> {
	const own = Object.hasOwn(root.files, ".bobbin.yml") ? root.files[".bobbin.yml"] : undefined;
	const text = recipeText ?? own;
	const source =
		recipeText === null ? ".bobbin.yml" : "The recipe that was written for this repository in Bobbin";
	const parsed: ParsedRecipe = text === undefined ? { ok: true, recipe: {} } : parseRecipe(text);
	if (!parsed.ok) return refuse(source, parsed.problems);
	const written = parsed.recipe;
	const files = written.directory === undefined ? root : await readFolder(written.directory);
	const detected = detectRecipe(files);
	const recipe = completeRecipe(written, detected.recipe);
	const keys = Object.keys(written);
	const said = keys.length > 0 ? [`${source} says: ${keys.join(", ")}.`] : [];
	const found = keys.length > 0 ? detected.found.filter((line) => line !== NOTHING_FOUND) : detected.found;
	return { ok: true, recipe, written, found: [...said, ...found, ...warnOfName(root)] };
}

/** A key that is written is taken as it is, an empty one too. */
function completeRecipe(written: WrittenRecipe, detected: Recipe): Recipe {
	// A port that was found belongs to the start that was found.
	const ports = written.ports ?? (written.start === undefined ? detected.ports : []);
	return { ...detected, ...written, ports, tools: { ...detected.tools, ...written.tools } };
}

function refuse(source: string, problems: { line: number; key: string; message: string }[]): SettledRecipe {
	const lines = problems.map(({ line, key, message }) =>
		key === "" ? `line ${line}: ${message}` : `line ${line}, ${key}: ${message}`,
	);
	const more = lines.length > 1 ? ` And ${lines.length - 1} more.` : "";
	return { ok: false, message: `${source} cannot be used: ${lines[0]}${more}`, lines };
}

const warnOfName = ({ paths }: RepositoryFiles) =>
	paths.includes(".bobbin.yaml")
		? ["There is a .bobbin.yaml, which is not read: its name must be .bobbin.yml."]
		: [];

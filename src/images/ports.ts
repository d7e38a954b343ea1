import type { BuildInput, BuildOutcome } from "../../sandbox/images/build-input.ts";
import type { Recipe } from "../../sandbox/images/recipe.ts";
import type { SandboxProvider } from "../../sandbox/provider.ts";

/** What images need of the place where code runs; the engine needs the rest. */
export type BuildPlace = Pick<
	SandboxProvider,
	"name" | "delete" | "exec" | "killStrays" | "readFile" | "writeFile" | "getSnapshot" | "deleteSnapshot"
>;

/** Builds an image in a sandbox of its own, snapshots and verifies it. Throws SandboxError and what `prepare` throws. */
export type BuildEngine = (input: BuildInput, signal: AbortSignal) => Promise<BuildOutcome>;

/** What an image was built by, as its row keeps it. */
export interface UsedRecipe {
	/** Where it came from: written by people here, the repository's own file, or found from the repository's files. */
	source: "edited" | "file" | "detected";
	recipe: Recipe;
	/** In words: why each part of the recipe is there. */
	found: string[];
	ports: number[];
	/** Of the text that people wrote here; null where they wrote none. */
	editedHash: string | null;
}

/** The commit of a branch; null: there is no such branch, or the repository is empty. */
export type ReadBranchHead = (branch: {
	owner: string;
	name: string;
	branch: string;
}) => Promise<string | null>;

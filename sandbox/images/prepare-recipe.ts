import { posix } from "node:path";
import type { BuildSite } from "./build-context.ts";
import { BuildFailure } from "./build-failure.ts";
import { cleanLine } from "./clean-output.ts";
import type { Recipe, WrittenRecipe } from "./recipe.ts";
import { readRepositorySchema } from "./repository-files.ts";
import { runAct } from "./run-act.ts";
import { settleRecipe } from "./settle-recipe.ts";
import { settleTools } from "./settle-tools.ts";
import { writeRecipe } from "./write-recipe.ts";

/** Reads the repository and settles what is done with it. */
export function prepareRecipe(
	site: BuildSite,
): Promise<{ recipe: Recipe; written: WrittenRecipe; found: string[]; commitSha: string }> {
	const { provider, sandbox, directory, input, signal, log } = site;
	const read = (folder: string) =>
		runAct(provider, sandbox, {
			key: site.nextKey(),
			program: "read-repository.mjs",
			args: [posix.join(directory, folder)],
			schema: readRepositorySchema,
			signal,
		});
	return site.step("read", "read the repository, settle the recipe", async (note) => {
		const root = await read(".");
		const settled = await settleRecipe(input.recipeText, root, read);
		if (!settled.ok) throw new BuildFailure("read", settled.message, settled.lines);
		const { recipe, written } = settled;
		const found = settled.found.map((line) => cleanLine(line));
		const text = writeRecipe(recipe).trimEnd().split("\n");
		log.add([...found.map((line) => `   ${line}`), ...text.map((line) => `   | ${cleanLine(line)}`)]);
		await provider.writeFile(sandbox.id, `${sandbox.homeDir}/.bobbin/recipe-env`, toShell(recipe.env));
		const missing = await settleTools(site, recipe.tools);
		if (missing.length > 0) note({ warning: missing.join(" ") });
		return { recipe, written, found, commitSha: root.commitSha };
	});
}

/** Read by guest/recipe-env.sh, for sessions. */
const toShell = (env: Recipe["env"]) =>
	Object.entries(env)
		.map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'\n`)
		.join("");

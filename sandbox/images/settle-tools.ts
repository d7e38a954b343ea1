import type { BuildSite } from "./build-context.ts";
import { chooseTools, foundToolsSchema } from "./choose-tools.ts";
import { cleanLine } from "./clean-output.ts";
import type { Recipe } from "./recipe.ts";
import { runAct } from "./run-act.ts";

/** Commands find programs here first: guest/build/run-step.mjs. */
const FOLDER = ".bobbin/tools/bin";

/**
 * Puts the versions that a recipe asks for before others, as far as they are installed.
 *
 * @returns what is missing, in words
 */
export async function settleTools(site: BuildSite, tools: Recipe["tools"]): Promise<string[]> {
	const names = Object.keys(tools);
	if (names.length === 0) return [];
	const { provider, sandbox, signal } = site;
	const found = await runAct(provider, sandbox, {
		key: site.nextKey(),
		program: "find-tools.mjs",
		args: names,
		schema: foundToolsSchema,
		signal,
	});
	const { links, words, missing } = chooseTools(tools, found);
	site.log.add([...words, ...missing].map((line) => `   ${cleanLine(line)}`));
	if (links.length > 0) {
		await provider.exec(sandbox.id, {
			command: `mkdir -p ~/${FOLDER} && ${links.map((_, index) => `ln -sfn "$FROM_${index}" ~/${FOLDER}/"$TO_${index}"`).join(" && ")}`,
			env: Object.fromEntries(
				links.flatMap(({ name, path }, index) => [
					[`FROM_${index}`, path],
					[`TO_${index}`, name],
				]),
			),
			timeoutMs: 10_000,
		});
	}
	return missing;
}

import { z } from "zod";
import { matchesVersion } from "./matches-version.ts";
import type { Recipe, Tool } from "./recipe.ts";

/** What `guest/build/find-tools.mjs` prints. */
export const foundToolsSchema = z.array(
	z.object({ tool: z.string(), path: z.string(), version: z.string() }),
);

export interface ChosenTools {
	/** Programs to be found before those of PATH: name and path. */
	links: { name: string; path: string }[];
	/** For the log, one line each. */
	words: string[];
	missing: string[];
}

/** Programs that can be called by a link alone. */
const NAMES: Partial<Record<Tool, string[]>> = { node: ["node"], python: ["python3", "python"], go: ["go"] };
const TITLES: Record<Tool, string> = {
	node: "Node",
	python: "Python",
	go: "Go",
	java: "Java",
	ruby: "Ruby",
	rust: "Rust",
};

/** Which of the installed programs serve the versions that a recipe asks for. */
export function chooseTools(wanted: Recipe["tools"], found: z.infer<typeof foundToolsSchema>): ChosenTools {
	const chosen: ChosenTools = { links: [], words: [], missing: [] };
	for (const [tool, version] of Object.entries(wanted) as [Tool, string][]) {
		const candidates = found.filter((entry) => entry.tool === tool);
		const [usual] = candidates;
		const names = NAMES[tool];
		const reachable = names === undefined ? candidates.slice(0, 1) : candidates;
		const match = reachable.find((entry) => matchesVersion(version, entry.version) === true);
		const asked = `${TITLES[tool]} ${version} is asked for`;
		if (usual === undefined) {
			chosen.missing.push(`${asked}, and there is no ${TITLES[tool]} in this sandbox.`);
		} else if (match === undefined) {
			chosen.missing.push(`${asked}; this sandbox has ${usual.version}, and the build goes on with that.`);
		} else {
			chosen.words.push(`${asked}: ${match.version} (${match.path}).`);
			if (match !== usual) chosen.links.push(...(names ?? []).map((name) => ({ name, path: match.path })));
		}
	}
	return chosen;
}

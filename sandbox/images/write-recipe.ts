import { stringify } from "yaml";
import { EMPTY_RECIPE, type Recipe } from "./recipe.ts";

/** The text of a `.bobbin.yml` that says the same, for people to read and edit. Keys that say nothing are left out. */
export function writeRecipe(recipe: Recipe): string {
	const said = Object.entries(recipe)
		.filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(Reflect.get(EMPTY_RECIPE, key)))
		.map(([key, value]) => [key, Array.isArray(value) && isOneCommand(key, value) ? value[0] : value]);
	return said.length === 0
		? "# Nothing to install, build, test or start was found.\n"
		: stringify(Object.fromEntries(said), { lineWidth: 0 });
}

const isOneCommand = (key: string, value: unknown[]) =>
	["setup", "build", "test"].includes(key) && value.length === 1;

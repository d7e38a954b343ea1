import { hashRecipe } from "../../sandbox/images/hash-recipe.ts";
import { parseRecipe } from "../../sandbox/images/parse-recipe.ts";

/** Tells apart what people wrote as a recipe; null where they wrote none. Words and order of keys do not count. */
export function hashEditedRecipe(text: string | null): string | null {
	if (text === null) return null;
	const parsed = parseRecipe(text);
	// A release that understands less than the one which took it: the text itself still tells it apart.
	return parsed.ok ? hashRecipe(parsed.recipe) : text;
}

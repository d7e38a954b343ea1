import { createHash } from "node:crypto";
import type { WrittenRecipe } from "./recipe.ts";

/**
 * Tells recipes apart by what they do to an image: words about the repository (`description`, `hints`) do not count,
 * nor does the order of keys.
 */
export function hashRecipe(recipe: WrittenRecipe): string {
	const { description: _description, hints: _hints, ...built } = recipe;
	return createHash("sha256").update(toCanonicalJson(built)).digest("hex");
}

function toCanonicalJson(value: unknown): string {
	return JSON.stringify(value, (_key, item: unknown) =>
		item !== null && typeof item === "object" && !Array.isArray(item)
			? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
			: item,
	);
}

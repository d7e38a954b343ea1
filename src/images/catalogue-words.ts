const MAX_CHARACTERS = 1_000;

/** What a repository is, and what belongs there, for whoever chooses one: text of others, so one plain line each. */
export interface CatalogueWords {
	description: string;
	hints: string;
}

/** Pure. The words of a recipe, each on one line of at most 1000 characters, without what cannot be seen. */
export function toCatalogueWords(recipe: {
	description?: string | undefined;
	hints?: string | undefined;
}): CatalogueWords {
	return { description: toLine(recipe.description ?? ""), hints: toLine(recipe.hints ?? "") };
}

function toLine(text: string): string {
	const line = text
		.toWellFormed()
		.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ")
		.trim();
	const characters = [...line];
	return characters.length <= MAX_CHARACTERS ? line : `${characters.slice(0, MAX_CHARACTERS - 1).join("")}…`;
}

import type { GithubAccount } from "../../people/account-store.ts";

export interface CommitAuthor {
	name: string;
	email: string;
}

/**
 * Pure. How a person stands in git: their name, with the address by which GitHub knows them, else the one that Slack has.
 * What git would cut off a name or stumble over is left out. null: Bobbin itself.
 */
export function toCommitAuthor(
	person: { id: string; name: string | null; email: string | null; github: GithubAccount | undefined } | null,
): CommitAuthor {
	if (person === null) return { name: "Bobbin", email: "bobbin@users.noreply.bobbin.invalid" };
	const name = toIdent(person.name ?? "") || toIdent(person.github?.login ?? "") || "Somebody";
	const known = person.github?.email ?? person.email ?? "";
	// biome-ignore lint/suspicious/noControlCharactersInRegex: git takes none of them
	const email = known.replace(/[\u0000-\u0020<>\u007f]/g, "");
	return { name, email: email || `${person.id}@users.noreply.bobbin.invalid` };
}

/** Without what git takes for the end of a name, on one line, and without the punctuation that git cuts off its ends. */
function toIdent(name: string): string {
	return name
		.toWellFormed()
		.replace(/[\p{C}<>\s]+/gu, " ")
		.replace(/^[\s.,:;"'\\]+|[\s.,:;"'\\]+$/g, "");
}

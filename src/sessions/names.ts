const TITLE_LENGTH = 80;
const SLUG_LENGTH = 40;

/** A session's title: the first line of what was asked. */
export function toTitle(text: string): string {
	const line = text
		.split("\n")
		.map((candidate) => candidate.trim())
		.find((candidate) => candidate !== "");
	if (line === undefined) return "Untitled";
	const characters = [...line];
	return characters.length <= TITLE_LENGTH ? line : `${characters.slice(0, TITLE_LENGTH - 1).join("")}…`;
}

/** What every branch of a session begins with; the gateway lets nothing else be pushed. */
export function toBranchPrefix(sessionId: string): string {
	return `bobbin/${sessionId.slice(0, 8)}`;
}

/** `bobbin/1a2b3c4d-fix-the-cart`; a `round` above 1 is added when an earlier branch was merged or closed. */
export function toBranchName(sessionId: string, title: string, round = 1): string {
	const slug = title
		.normalize("NFKD")
		.replace(/\p{M}+/gu, "")
		.toLowerCase()
		.replace(/[^a-z0-9]+/g, "-")
		.slice(0, SLUG_LENGTH)
		.replace(/^-+|-+$/g, "");
	return [toBranchPrefix(sessionId), slug, round > 1 ? String(round) : ""].filter(Boolean).join("-");
}

/** `bobbin-1a2b3c4d-2`: the same session and number give the same sandbox. */
export function toSandboxName(sessionId: string, number: number): string {
	return `bobbin-${sessionId.slice(0, 8)}-${number}`;
}

/** A person's file name as the last part of a path: no separators, no dots in front, at most 100 characters. */
export function toSafeFileName(name: string, fallback: string): string {
	const safe = name
		.normalize("NFC")
		.replace(/[^\p{L}\p{N}._-]+/gu, "_")
		.replace(/^[._]+/, "");
	return [...safe].slice(-100).join("") || fallback;
}

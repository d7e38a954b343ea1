const TITLE_LENGTH = 80;
const SLUG_LENGTH = 40;
/** Of a session's id in the names of what is made for it. */
const NAME_DIGITS = [8, 13, 18, 36];
export const SNAPSHOT_PREFIX = "bobbin-session-";

/** The least and the greatest id that begin with these 8 hex digits: a range, so that the primary key serves it. */
export function toIdRange(digits: string): [string, string] {
	return [`${digits}-0000-0000-0000-000000000000`, `${digits}-ffff-ffff-ffff-ffffffffffff`];
}

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

/** Where a session's uncommitted work is pushed when no snapshot can be taken. */
export function toWipBranch(sessionId: string): string {
	return `bobbin/wip/${sessionId.slice(0, 8)}`;
}

/** `bobbin-1a2b3c4d-2` first: the same session and number give the same sandbox. The longer ones are for the case that
 * another session's id begins alike. */
export function toSandboxNames(sessionId: string, number: number): string[] {
	return NAME_DIGITS.map((digits) => `bobbin-${sessionId.slice(0, digits)}-${number}`);
}

/** `bobbin-session-1a2b3c4d-2` first, longer ones after it. */
export function toSnapshotNames(sessionId: string, number: number): string[] {
	return NAME_DIGITS.map((digits) => `${SNAPSHOT_PREFIX}${sessionId.slice(0, digits)}-${number}`);
}

/** A person's file name as the last part of a path: no separators, no dots in front, at most 100 characters. */
export function toSafeFileName(name: string, fallback: string): string {
	const safe = name
		.normalize("NFC")
		.replace(/[^\p{L}\p{N}._-]+/gu, "_")
		.replace(/^[._]+/, "");
	return [...safe].slice(-100).join("") || fallback;
}

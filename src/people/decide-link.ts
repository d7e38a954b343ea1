/** Whether a sign-in may go on. */
export type LinkState = "open" | "used" | "expired" | "unknown";

export function decideLinkState(
	link: { expiresAt: Date; usedAt: Date | null } | undefined,
	nowMs: number,
): LinkState {
	if (link === undefined) return "unknown";
	if (link.usedAt !== null) return "used";
	return link.expiresAt.getTime() <= nowMs ? "expired" : "open";
}

/**
 * What becomes of a GitHub account that a person says is theirs.
 *
 * `take`: it is nobody's, theirs, or of somebody who disconnected it. `merge`: it belongs to somebody who is known from
 * GitHub only, so that is the same human. `taken`: somebody else works with it.
 */
export function decideOwnership(
	owner: { personId: string; isKnownElsewhere: boolean; isLive: boolean } | undefined,
	personId: string,
): "take" | "merge" | "taken" {
	if (owner === undefined || owner.personId === personId) return "take";
	if (owner.isLive) return "taken";
	return owner.isKnownElsewhere ? "take" : "merge";
}

/** The address that commits are to carry: a verified one that was chosen, else none, which means GitHub's noreply address. */
export function decideEmail(chosen: string | null, verified: string[]): string | null {
	return chosen !== null && verified.includes(chosen) ? chosen : null;
}

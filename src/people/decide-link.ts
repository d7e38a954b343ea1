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

interface Owner {
	personId: string;
	isKnownElsewhere: boolean;
	isLive: boolean;
	/** They have a Slack workspace in common with whoever signs in. */
	isNear: boolean;
}

type Ownership<Of extends Owner> =
	/** It is nobody's, theirs, or of somebody who disconnected it. */
	| { do: "take"; from: Of | null }
	/** It belongs to somebody who is known from GitHub only, so that is the same human. */
	| { do: "merge"; from: Of }
	/** Whoever works with it does so in another workspace: there the same human is somebody else to us. */
	| { do: "share" }
	/** Somebody else of the same workspace works with it. */
	| { do: "refuse"; owner: Of };

/** What becomes of a GitHub account that a person has shown to be theirs. `owners`: those who have it, the first one first. */
export function decideOwnership<Of extends Owner>(owners: Of[], personId: string): Ownership<Of> {
	const own = owners.find((owner) => owner.personId === personId);
	const others = owners.filter((owner) => owner !== own);
	const owner = others.find(({ isLive, isNear }) => isLive && isNear);
	if (owner) return { do: "refuse", owner };
	if (own) return { do: "take", from: own };
	const [first] = others;
	if (first === undefined) return { do: "take", from: null };
	if (first.isLive) return { do: "share" };
	return { do: first.isKnownElsewhere ? "take" : "merge", from: first };
}

/** The address that commits are to carry: a verified one that was chosen, else none, which means GitHub's noreply address. */
export function decideEmail(chosen: string | null, verified: string[]): string | null {
	return chosen !== null && verified.includes(chosen) ? chosen : null;
}

/**
 * Whether a session's sandbox is to be kept as a snapshot now. All figures are places in the session's log, 0: nowhere.
 * After a turn, at a stop and before a move only changed files count; before a sandbox is deleted its agent's conversation does too.
 */
export function decideSnapshot(state: {
	reason: "turn" | "stop" | "delete" | "move";
	/** The last thing that may have changed files. */
	changedSeq: number;
	/** The end of the last turn. */
	endedSeq: number;
	/** What the newest ready snapshot holds. */
	keptSeq: number;
	/** What was pushed to a branch because no snapshot could be taken. */
	savedSeq: number;
}): "take" | "unchanged" {
	const { reason, changedSeq, endedSeq, keptSeq, savedSeq } = state;
	if (reason === "delete") return Math.max(changedSeq, endedSeq) > keptSeq ? "take" : "unchanged";
	// A try that failed is repeated with the next change, not with the next stop.
	return changedSeq > Math.max(keptSeq, reason === "turn" ? 0 : savedSeq) ? "take" : "unchanged";
}

/** What can be switched to go wrong, each a defect that was seen at the real service. */
export interface Faults {
	/** Answers the next request whose "METHOD /path" matches with this status instead. Used up by it. */
	next: { on: RegExp; status: number; headers?: Record<string, string> }[];
	/** What the next request that matches has done, but its answer is lost (502). Used up by it. */
	loseAnswer: RegExp[];
	/** The socket that follows a log ends after this time, in mid-command. */
	killLogSocketsAfterMs: number | null;
	/** A log socket replays the whole journal in one frame. */
	oneBigFrame: boolean;
	/** A snapshot of a sandbox is said to be taken, and is never heard of again. */
	silentSnapshotFailure: boolean;
	/** Sandboxes stay `starting`. */
	stuckStarting: boolean;
	/** The next sandbox that is created or started ends in `error`. */
	failStart: { recoverable: boolean } | null;
	/** Deleting is refused that often, as while the state changes. */
	refuseDeletes: number;
	/** As in the first two tiers: no network settings of one's own. */
	refuseAllowList: boolean;
	/** How many sandboxes the disk holds; archived ones take no room. */
	maxOnDisk: number;
	/** Requests a minute. Defaults are those of the highest tier. */
	perMinute: { authenticated: number; "sandbox-create": number; "sandbox-lifecycle": number };
}

export function createFaults(): Faults {
	return {
		next: [],
		loseAnswer: [],
		killLogSocketsAfterMs: null,
		oneBigFrame: false,
		silentSnapshotFailure: false,
		stuckStarting: false,
		failStart: null,
		refuseDeletes: 0,
		refuseAllowList: false,
		maxOnDisk: Number.POSITIVE_INFINITY,
		perMinute: { authenticated: 50_000, "sandbox-create": 600, "sandbox-lifecycle": 50_000 },
	};
}

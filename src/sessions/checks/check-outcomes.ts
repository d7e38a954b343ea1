/** One outcome of one check of a commit. */
export interface CheckOutcome {
	name: string;
	/** Alike for outcomes of one check that was run again. */
	group: string;
	/** Alike for jobs of one run of a workflow. */
	suite: string;
	state: "running" | "passed" | "failed" | "other";
	runId: number | null;
	/** It has a log and may be run again. */
	isJob: boolean;
	words: string;
}

/** What checks of one name said of a commit. */
export interface Check {
	name: string;
	isFailing: boolean;
	/** Apart for each check of this name. */
	groups: ("passed" | "failed")[][];
	/** Of its last failure. */
	last: CheckOutcome;
	/** A job that failed, and the run of a workflow that it is in. */
	jobId: number | null;
	suite: string;
}

/** Pure: by name; outcomes that say nothing are left out. */
export function toChecks(outcomes: CheckOutcome[]): Check[] {
	const names = Map.groupBy(outcomes, ({ name }) => name);
	return [...names].flatMap(([name, all]) => {
		const groups = [...Map.groupBy(all, ({ group }) => group).values()]
			.map((group) => group.flatMap(({ state }) => (state === "passed" || state === "failed" ? [state] : [])))
			.filter((group) => group.length > 0);
		const failures = all.filter(({ state }) => state === "failed");
		const last = failures.at(-1) ?? all.at(-1);
		if (last === undefined) return [];
		const job = failures.find(({ isJob }) => isJob);
		const jobId = job?.runId ?? null;
		return [{ name, isFailing: failures.length > 0, groups, last, jobId, suite: job?.suite ?? last.suite }];
	});
}

/** Pure: whether any check's newest outcome is still to come. */
export function isRunning(outcomes: CheckOutcome[]): boolean {
	const newest = new Map(outcomes.map((outcome) => [outcome.group, outcome]));
	return [...newest.values()].some(({ state }) => state === "running");
}

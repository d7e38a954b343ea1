import { judgeChecksJob } from "../../jobs/queue.ts";
import type { UseCaseDeps } from "../use-case.ts";
import { intendReruns, listReruns, settleReruns } from "./check-finding-store.ts";
import type { Check } from "./check-outcomes.ts";

/** How long a check that was run again is waited for. */
const RERUN_WITHIN_MS = 30 * 60_000;

export interface RerunHost {
	/** Has the failed jobs of this job's workflow run begin anew. Throws AppError. */
	rerunFailedJobs(input: {
		owner: string;
		name: string;
		jobId: number;
	}): Promise<{ outcome: "asked" | "impossible" }>;
}

/**
 * Has jobs that failed once run again, each once for each head: what passes then is flaky. The wish is a row before GitHub
 * is asked. Where the answer is not heard, the checks themselves tell: what was run again has two outcomes, or runs.
 */
export function createRerunChecks(deps: UseCaseDeps & { github: RerunHost }) {
	const { db, github } = deps;

	/** Whether any of them is to be waited for. */
	return async function rerunChecks(
		row: { id: string; owner: string; name: string },
		headSha: string,
		failing: Check[],
	): Promise<boolean> {
		const at = new Date(deps.now());
		const head = { pullRequestId: row.id, headSha };
		const once = failing.filter(({ jobId, groups }) => jobId !== null && groups.every((g) => g.length === 1));
		if (once.length === 0) return false;
		const asked = new Map((await listReruns(db, head)).map((known) => [known.name, known]));
		const isAwaited = once.some(({ name }) => {
			const known = asked.get(name);
			return known?.state === "asked" && at.getTime() - known.at.getTime() < RERUN_WITHIN_MS;
		});
		const due = once.filter(({ name }) => (asked.get(name)?.state ?? "intended") === "intended");
		if (due.length === 0) return isAwaited;
		const names = due.map(({ name }) => name);
		await db.transaction().execute(async (tx) => {
			await intendReruns(tx, { ...head, names, at });
			const job = { version: 1 as const, pullRequestId: row.id };
			await deps.enqueue(tx, judgeChecksJob, job, { key: row.id, startAfterMs: RERUN_WITHIN_MS });
		});
		let isAsked = false;
		const address = { owner: row.owner, name: row.name };
		// GitHub takes one such wish for each run of a workflow at a time.
		for (const jobs of Map.groupBy(due, ({ suite }) => suite).values()) {
			const jobId = jobs[0]?.jobId ?? null;
			if (jobId === null) continue;
			const { outcome } = await github.rerunFailedJobs({ ...address, jobId });
			isAsked ||= outcome === "asked";
			await settleReruns(db, { ...head, names: jobs.map(({ name }) => name), state: outcome });
		}
		return isAsked || isAwaited;
	};
}

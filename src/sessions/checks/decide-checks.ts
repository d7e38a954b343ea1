import type { LoggedEvent } from "../../contract/event.ts";

export type Judged = Extract<LoggedEvent, { type: "checks.judged" }>["data"];
export type Finding = Judged["findings"][number];
type Outcome = "passed" | "failed";

/** What is known of one check that failed at a commit of ours. */
export interface CheckFacts {
	name: string;
	/** What it said of the commit, oldest first; apart for each check of this name. */
	head: Outcome[][];
	/** What checks of this name said of the commit that the change began at. Empty: nothing. */
	base: Outcome[];
	/** A file of the change that its log names. */
	namedFile: string | null;
}

interface Place {
	/** Commit of ours. */
	headSha: string;
	/** Branch that it is to go into. */
	baseBranch: string;
}

/** Pure: why checks fail, each in a plain sentence. */
export function decideChecks(facts: CheckFacts[], place: Place): Finding[] {
	return facts.map((check) => ({ name: check.name, ...decideCheck(check, place) }));
}

function decideCheck(
	{ head, base, namedFile }: CheckFacts,
	{ headSha, baseBranch }: Place,
): Omit<Finding, "name"> {
	const sha = headSha.slice(0, 7);
	const failed = head.filter((outcomes) => outcomes.includes("failed"));
	if (failed.every((outcomes) => outcomes.includes("passed")))
		return { verdict: "flaky", reason: `It failed and passed at the same commit, ${sha}.` };
	if (base.includes("failed"))
		return base.includes("passed")
			? { verdict: "flaky", reason: `It fails and passes at the same commit of ${baseBranch} as well.` }
			: { verdict: "before", reason: `It fails on ${baseBranch} without this change as well.` };
	const times = Math.max(...failed.map((outcomes) => outcomes.length));
	const again = times > 1 ? `, ${times} times in a row` : "";
	if (base.includes("passed"))
		return { verdict: "caused", reason: `It passes on ${baseBranch} and fails at ${sha}${again}.` };
	const unheard = `It fails at ${sha}${again}, and nothing is known of it on ${baseBranch}`;
	return namedFile === null
		? { verdict: "unknown", reason: `${unheard}.` }
		: { verdict: "caused", reason: `${unheard}, but its log names ${namedFile}, which this change touches.` };
}

/**
 * Pure: what follows from findings.
 *
 * @param tried.fixes how many prompts of Bobbin's there were since a person's last one
 * @param tried.isTried whether one of them was about this commit
 */
export function decideNext(
	findings: Finding[],
	tried: { fixes: number; mostFixes: number; isTried: boolean },
): Pick<Judged, "findings" | "next"> {
	const isCaused = findings.some(({ verdict }) => verdict === "caused");
	if (!isCaused) {
		const isUnknown = findings.some(({ verdict }) => verdict === "unknown");
		return { findings, next: isUnknown ? "handed_back" : "none" };
	}
	const barrier = findBarrier(tried);
	if (barrier === null) return { findings, next: "fixing" };
	return {
		next: "handed_back",
		findings: findings.map((finding) =>
			finding.verdict === "caused" ? { ...finding, reason: `${finding.reason} ${barrier}` } : finding,
		),
	};
}

/** Why what the change broke is not mended; null: it is. */
function findBarrier({ fixes, mostFixes, isTried }: Parameters<typeof decideNext>[1]): string | null {
	if (mostFixes === 0) return "Mending checks by itself is switched off for this repository.";
	if (isTried) return "Bobbin has tried to mend the checks of this commit.";
	if (fixes < mostFixes) return null;
	return `Bobbin has tried ${fixes === 1 ? "once" : `${fixes} times`} to mend the checks of this pull request.`;
}

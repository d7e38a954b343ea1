import type { Classification } from "../classify.ts";
import { catalogue } from "./catalogue.ts";
import type { LabelledThread } from "./threads.ts";

/** `right`: as labelled. `asked`: asked without need, costs a click. `wrong`: work would start in the wrong place. */
type Verdict = "right" | "asked" | "wrong";

export interface Judged {
	thread: LabelledThread;
	got: Classification;
	verdict: Verdict;
	latencyMs: number;
}

export interface Tally {
	total: number;
	right: number;
	asked: number;
	wrong: number;
}

export interface EvalResult {
	/** From -1 to 1: the share of right ends less the share of wrong ones. */
	score: number;
	total: number;
	accuracy: number;
	wrongRate: number;
	passed: boolean;
	byTag: Record<string, Tally>;
}

/** Holds an end against its label. */
export function judge({ expected }: LabelledThread, got: Classification): Verdict {
	if (got.outcome === "ask") {
		if (!("ask" in expected)) return "asked";
		const offered = (expected.candidates ?? []).every((name) => got.candidates.includes(toId(name)));
		return offered ? "right" : "asked";
	}
	if (got.outcome === "none") return "none" in expected ? "right" : "wrong";
	return "repository" in expected && got.repositoryId === toId(expected.repository) ? "right" : "wrong";
}

export function tally(judged: Judged[]): Tally {
	const count = (verdict: Verdict) => judged.filter((one) => one.verdict === verdict).length;
	return { total: judged.length, right: count("right"), asked: count("asked"), wrong: count("wrong") };
}

/** The id of a repository that a label names. Throws for a label that names none. */
export function toId(name: string): string {
	const entry = catalogue.find((candidate) => candidate.name === name);
	if (entry === undefined) throw new Error(`a label names ${name}, which the catalogue lacks`);
	return entry.id;
}

import type { BuildReason } from "../contract/image.ts";

export interface BuildFacts {
	reason: BuildReason;
	nowMs: number;
	wantedAtMs: number;
	/** The commit of the default branch; null: it has none. */
	head: string | null;
	/** The image in use. */
	newest: { commit: string; startedAtMs: number } | null;
	/** The recipe that people set, or took away, is not the one of the image in use. */
	recipeChanged: boolean;
	/** When an image was last begun, whatever became of it. */
	lastStartedAtMs: number | null;
	/** Set after a failure. */
	nextTryAtMs: number | null;
	/** A turn is at work, or waits to be, in a session on this repository. */
	turnsAtWork: boolean;
	everyMs: number;
}

export type BuildDecision =
	| { do: "build" }
	| { do: "wait"; forMs: number }
	| { do: "nothing"; why: "no_commit" | "up_to_date" | "too_soon" | "backing_off" | "built_since" | "off" };

const LOOK_AGAIN_MS = 5_000;
/** People come first, but not for ever: a busy repository needs new images most. */
const PATIENCE_MS = 5 * 60_000;
const LONGEST_BACK_OFF_MS = 24 * 60 * 60_000;

/** Pure: whether an image is built now. That another one is being built is known to the job, which is one at a time. */
export function decideBuild(facts: BuildFacts): BuildDecision {
	const { reason, nowMs, newest } = facts;
	if (facts.everyMs === 0 && reason !== "asked") return { do: "nothing", why: "off" };
	if (facts.head === null) return { do: "nothing", why: "no_commit" };
	if (reason === "asked") {
		const isServed = facts.lastStartedAtMs !== null && facts.lastStartedAtMs >= facts.wantedAtMs;
		return isServed ? { do: "nothing", why: "built_since" } : { do: "build" };
	}
	const isDue = newest === null || newest.commit !== facts.head || facts.recipeChanged;
	if (!isDue) return { do: "nothing", why: "up_to_date" };
	const isOfPeople = reason === "recipe";
	if (!isOfPeople && facts.nextTryAtMs !== null && nowMs < facts.nextTryAtMs)
		return { do: "nothing", why: "backing_off" };
	if (reason === "schedule" && newest !== null && nowMs - newest.startedAtMs < facts.everyMs)
		return { do: "nothing", why: "too_soon" };
	const isInNoHurry = reason === "first_use" || reason === "schedule";
	if (isInNoHurry && facts.turnsAtWork && nowMs - facts.wantedAtMs < PATIENCE_MS)
		return { do: "wait", forMs: LOOK_AGAIN_MS };
	return { do: "build" };
}

/** How long nothing is tried after so many failures one after the other: from the interval on doubled, a day at most. */
export function toBackOffMs(failures: number, everyMs: number): number {
	return Math.min(everyMs * 2 ** Math.min(failures - 1, 20), LONGEST_BACK_OFF_MS);
}

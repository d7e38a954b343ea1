/** A sandbox of the pool that nobody has claimed. */
export interface PoolEntry {
	id: string;
	repositoryId: string;
	/** null: made by cloning. */
	imageId: string | null;
	/** `broken`: it does not answer, or whoever made it is gone. */
	state: "creating" | "warm" | "broken";
	createdAtMs: number;
	/** When it was last found to be well. */
	checkedAtMs: number;
}

export interface PoolRepository {
	id: string;
	newestImageId: string | null;
	/** When sessions on it began, in the last hours. */
	begunAtMs: number[];
	/** The newest hint of each person that no session has come of. */
	hintedAtMs: number[];
	/** Making one failed: nothing is made before. */
	blockedUntilMs: number | null;
}

export interface PoolLimits {
	/** 0: no pool. */
	sandboxes: number;
	/** null: no limit. */
	memoryMiB: number | null;
	/** null: no limit. */
	usdPerHour: number | null;
	/** What one takes. */
	each: { memoryMiB: number; usdPerHour: number };
	makingAtOnce: number;
}

export interface PoolState {
	entries: PoolEntry[];
	/** Sandboxes that are being made, and that a session waits for already. */
	awaited: number;
	repositories: PoolRepository[];
	limits: PoolLimits;
}

export type PoolMove =
	| { do: "create"; repositoryId: string; imageId: string | null }
	| { do: "delete"; entryId: string; why: "broken" | "outdated" | "not_wanted" }
	| { do: "check"; entryId: string }
	| { do: "wait"; untilMs: number };

const HOUR_MS = 3_600_000;
/** A session that began so long ago counts half. */
const DEMAND_HALF_LIFE_MS = HOUR_MS;
/** Less than this is no demand: one session, some three and a half hours ago. */
const LEAST_DEMAND = 0.09;
/** Each further sandbox needs so much: a little more than five sessions an hour. */
const DEMAND_PER_FURTHER = 8;
/** What is there is given up only for somebody who needs it more than twice as much. */
const INCUMBENT_FACTOR = 2;
/** A hint for nothing is over after this. */
export const HINT_LIFE_MS = 10 * 60_000;
const MAX_AGE_MS = 30 * 60_000;
const CHECK_EVERY_MS = 30_000;
/** A session that has just begun has the machine to itself for so long, where one at a time is enough. */
const CALM_MS = 5_000;
const LONGEST_WAIT_MS = 60_000;

/**
 * What to do next for the pool of warm sandboxes, one move at a time. Doing what it says, again and again, ends in
 * `wait`: what it makes it does not delete, and what it deletes it does not make again, unless something else changes.
 */
export function decideNextMove(state: PoolState, nowMs: number): PoolMove {
	const broken = state.entries.find((entry) => entry.state === "broken");
	if (broken) return { do: "delete", entryId: broken.id, why: "broken" };
	const sizes = decideSizes(state, nowMs);
	return (
		decideSurplus(state, sizes, nowMs) ??
		decideCreation(state, sizes, nowMs) ??
		decideCheck(state, nowMs) ?? { do: "wait", untilMs: decideWait(state, nowMs) }
	);
}

/**
 * How many sandboxes each repository gets: none without demand, one with some, more with much. Everybody gets a first
 * one before anybody gets a second; within that the demand decides. Their sum is within the limits.
 */
export function decideSizes(state: PoolState, nowMs: number): Map<string, number> {
	const slots = state.repositories.flatMap((repository) => {
		const present = state.entries.filter(
			(entry) => entry.repositoryId === repository.id && entry.state !== "broken",
		).length;
		const demand = toDemand(repository, nowMs);
		const wanted = toWanted(repository, nowMs);
		const isBlocked = repository.blockedUntilMs !== null && repository.blockedUntilMs > nowMs;
		return Array.from({ length: isBlocked ? Math.min(wanted, present) : wanted }, (_, index) => ({
			repositoryId: repository.id,
			level: index,
			value: index < present ? demand * INCUMBENT_FACTOR : demand,
		}));
	});
	slots.sort(
		(a, b) => a.level - b.level || b.value - a.value || a.repositoryId.localeCompare(b.repositoryId),
	);
	const sizes = new Map<string, number>();
	for (const { repositoryId } of slots.slice(0, toCapacity(state.limits)))
		sizes.set(repositoryId, (sizes.get(repositoryId) ?? 0) + 1);
	return sizes;
}

/** How many there may be in all, those under way included. */
export function toCapacity({ sandboxes, memoryMiB, usdPerHour, each }: PoolLimits): number {
	const fitting = (limit: number | null, one: number) =>
		limit === null || one === 0 ? sandboxes : Math.floor(limit / one);
	return Math.max(
		0,
		Math.min(sandboxes, fitting(memoryMiB, each.memoryMiB), fitting(usdPerHour, each.usdPerHour)),
	);
}

function toDemand(repository: PoolRepository, nowMs: number): number {
	// All fade alike, so the order of repositories changes by what people do, never by time alone.
	const faded = repository.begunAtMs.map((atMs) => 2 ** ((atMs - nowMs) / DEMAND_HALF_LIFE_MS));
	return faded.reduce((sum, weight) => sum + weight, toLiveHints(repository, nowMs).length);
}

function toWanted(repository: PoolRepository, nowMs: number): number {
	const hints = toLiveHints(repository, nowMs).length;
	const demand = toDemand(repository, nowMs);
	if (demand < LEAST_DEMAND) return 0;
	return Math.max(hints, 1 + Math.floor(demand / DEMAND_PER_FURTHER));
}

function toLiveHints({ hintedAtMs }: PoolRepository, nowMs: number): number[] {
	return hintedAtMs.filter((atMs) => nowMs < atMs + HINT_LIFE_MS);
}

/** One that is too many: outdated ones go first, once as many as are wanted are warm. One under way is never cut off. */
function decideSurplus(state: PoolState, sizes: Map<string, number>, nowMs: number): PoolMove | null {
	for (const [repositoryId, entries] of byRepository(state)) {
		const warm = entries.filter((entry) => entry.state === "warm");
		if (warm.length <= (sizes.get(repositoryId) ?? 0)) continue;
		const outdated = oldest(warm.filter((entry) => isOutdated(state, entry, nowMs)));
		const victim = outdated ?? oldest(warm);
		if (victim) return { do: "delete", entryId: victim.id, why: outdated ? "outdated" : "not_wanted" };
	}
	return null;
}

function decideCreation(state: PoolState, sizes: Map<string, number>, nowMs: number): PoolMove | null {
	const { entries, limits } = state;
	const underWay = entries.filter((entry) => entry.state === "creating").length + state.awaited;
	if (underWay >= limits.makingAtOnce) return null;
	const grouped = byRepository(state);
	const lacking = state.repositories
		.map((repository) => {
			const own = grouped.get(repository.id) ?? [];
			const current = own.filter((entry) => !isOutdated(state, entry, nowMs)).length;
			return { repository, own, missing: (sizes.get(repository.id) ?? 0) - current };
		})
		.filter(({ repository, missing }) => missing > 0 && toNotBefore(repository, nowMs) <= nowMs)
		// Who has nothing at all comes first.
		.sort(
			(a, b) => a.own.length - b.own.length || toDemand(b.repository, nowMs) - toDemand(a.repository, nowMs),
		);
	const hasRoom = entries.length < toCapacity(limits);
	for (const { repository, own } of lacking) {
		if (hasRoom) return { do: "create", repositoryId: repository.id, imageId: repository.newestImageId };
		// Where two do not fit beside each other the old one makes room.
		const outdated = oldest(own.filter((entry) => entry.state === "warm" && isOutdated(state, entry, nowMs)));
		if (outdated) return { do: "delete", entryId: outdated.id, why: "outdated" };
	}
	return null;
}

function decideCheck(state: PoolState, nowMs: number): PoolMove | null {
	const due = state.entries.find(
		(entry) => entry.state === "warm" && entry.checkedAtMs + CHECK_EVERY_MS <= nowMs,
	);
	return due ? { do: "check", entryId: due.id } : null;
}

function decideWait(state: PoolState, nowMs: number): number {
	const times = [
		...state.entries.flatMap((entry) => [
			entry.createdAtMs + MAX_AGE_MS,
			...(entry.state === "warm" ? [entry.checkedAtMs + CHECK_EVERY_MS] : []),
		]),
		...state.repositories.flatMap((repository) => [
			toNotBefore(repository, nowMs),
			...repository.hintedAtMs.map((atMs) => atMs + HINT_LIFE_MS),
		]),
	];
	return Math.min(...times.filter((atMs) => atMs > nowMs), nowMs + LONGEST_WAIT_MS);
}

/** Before this nothing is made for it. */
function toNotBefore(repository: PoolRepository, nowMs: number): number {
	const blockedUntilMs = repository.blockedUntilMs ?? 0;
	const begunAtMs = Math.max(0, ...repository.begunAtMs);
	const isAwaited = toLiveHints(repository, nowMs).some((atMs) => atMs > begunAtMs);
	const isBusy = toWanted(repository, nowMs) > 1;
	return Math.max(blockedUntilMs, isAwaited || isBusy ? 0 : begunAtMs + CALM_MS);
}

function isOutdated(state: PoolState, entry: PoolEntry, nowMs: number): boolean {
	if (entry.createdAtMs + MAX_AGE_MS <= nowMs) return true;
	const newest = state.repositories.find(({ id }) => id === entry.repositoryId)?.newestImageId ?? null;
	return newest !== null && entry.imageId !== newest;
}

function byRepository({ entries }: PoolState): Map<string, PoolEntry[]> {
	return Map.groupBy(entries, (entry) => entry.repositoryId);
}

function oldest(entries: PoolEntry[]): PoolEntry | undefined {
	return entries.toSorted((a, b) => a.createdAtMs - b.createdAtMs || a.id.localeCompare(b.id))[0];
}

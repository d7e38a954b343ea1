import { describe, expect, it } from "vitest";
import {
	decideNextMove,
	decideSizes,
	type PoolEntry,
	type PoolLimits,
	type PoolRepository,
	type PoolState,
	toCapacity,
} from "../../sandbox/pool.ts";

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const LIMITS: PoolLimits = {
	sandboxes: 4,
	memoryMiB: 4 * 600,
	usdPerHour: null,
	each: { memoryMiB: 600, usdPerHour: 0 },
	makingAtOnce: 1,
};

const entry = (id: string, fields: Partial<PoolEntry> = {}): PoolEntry => ({
	id,
	repositoryId: "shop",
	imageId: null,
	state: "warm",
	createdAtMs: NOW - MINUTE,
	checkedAtMs: NOW,
	...fields,
});
const repository = (id: string, fields: Partial<PoolRepository> = {}): PoolRepository => ({
	id,
	newestImageId: null,
	begunAtMs: [],
	hintedAtMs: [],
	blockedUntilMs: null,
	...fields,
});
const used = (id: string, fields: Partial<PoolRepository> = {}) =>
	repository(id, { begunAtMs: [NOW - 5 * MINUTE], ...fields });
const state = (fields: Partial<PoolState>): PoolState => ({
	entries: [],
	awaited: 0,
	repositories: [],
	limits: LIMITS,
	...fields,
});
const begun = (times: number, everyMs: number) =>
	Array.from({ length: times }, (_, index) => NOW - (index + 1) * everyMs);

describe("decideNextMove", () => {
	it.each<[string, Partial<PoolState>, unknown]>([
		["an unused repository gets nothing", { repositories: [repository("shop")] }, { do: "wait" }],
		[
			"a used one gets one",
			{ repositories: [used("shop")] },
			{ do: "create", repositoryId: "shop", imageId: null },
		],
		[
			"it is made from the newest image",
			{ repositories: [used("shop", { newestImageId: "i2" })] },
			{ do: "create", repositoryId: "shop", imageId: "i2" },
		],
		[
			"a hint gets one, also where a session has just begun",
			{ repositories: [repository("shop", { begunAtMs: [NOW - 100], hintedAtMs: [NOW - 50] })] },
			{ do: "create", repositoryId: "shop" },
		],
		[
			"a session that has just begun has the machine to itself",
			{ repositories: [repository("shop", { begunAtMs: [NOW - 1_000] })] },
			{ do: "wait", untilMs: NOW + 4_000 },
		],
		[
			"one that is under way is enough",
			{ repositories: [used("shop")], entries: [entry("a", { state: "creating" })] },
			{ do: "wait" },
		],
		[
			"one at a time is made",
			{ repositories: [used("shop"), used("docs")], entries: [entry("a", { state: "creating" })] },
			{ do: "wait" },
		],
		["also for a session that waits", { repositories: [used("shop")], awaited: 1 }, { do: "wait" }],
		[
			"the next repository has its turn",
			{ repositories: [used("shop"), used("docs")], entries: [entry("a")] },
			{ do: "create", repositoryId: "docs" },
		],
		[
			"a broken one goes first",
			{ repositories: [used("docs")], entries: [entry("a", { state: "broken" })] },
			{ do: "delete", entryId: "a", why: "broken" },
		],
		[
			"demand that is gone takes its sandbox with it",
			{ repositories: [repository("shop", { begunAtMs: [NOW - 5 * HOUR] })], entries: [entry("a")] },
			{ do: "delete", entryId: "a", why: "not_wanted" },
		],
		[
			"a repository that is gone too",
			{ entries: [entry("a")] },
			{ do: "delete", entryId: "a", why: "not_wanted" },
		],
		[
			"a hint for nothing goes back",
			{ repositories: [repository("shop", { hintedAtMs: [NOW - 10 * MINUTE] })], entries: [entry("a")] },
			{ do: "delete", entryId: "a", why: "not_wanted" },
		],
		[
			"an older image is replaced first",
			{ repositories: [used("shop", { newestImageId: "i2" })], entries: [entry("a", { imageId: "i1" })] },
			{ do: "create", repositoryId: "shop", imageId: "i2" },
		],
		[
			"and kept while its replacement is made",
			{
				repositories: [used("shop", { newestImageId: "i2" })],
				entries: [entry("a", { imageId: "i1" }), entry("b", { imageId: "i2", state: "creating" })],
			},
			{ do: "wait" },
		],
		[
			"and deleted when it is warm",
			{
				repositories: [used("shop", { newestImageId: "i2" })],
				entries: [entry("a", { imageId: "i1" }), entry("b", { imageId: "i2" })],
			},
			{ do: "delete", entryId: "a", why: "outdated" },
		],
		[
			"where two do not fit the old one makes room",
			{
				repositories: [used("shop", { newestImageId: "i2" })],
				entries: [entry("a", { imageId: "i1" })],
				limits: { ...LIMITS, sandboxes: 1 },
			},
			{ do: "delete", entryId: "a", why: "outdated" },
		],
		[
			"an old one is replaced",
			{ repositories: [used("shop")], entries: [entry("a", { createdAtMs: NOW - 31 * MINUTE })] },
			{ do: "create", repositoryId: "shop" },
		],
		[
			"a failure is not tried again at once",
			{ repositories: [used("shop", { blockedUntilMs: NOW + 7_000 })] },
			{ do: "wait", untilMs: NOW + 7_000 },
		],
		[
			"health is looked at now and again",
			{ repositories: [used("shop")], entries: [entry("a", { checkedAtMs: NOW - 31_000 })] },
			{ do: "check", entryId: "a" },
		],
		[
			"and the next time is known",
			{ repositories: [used("shop")], entries: [entry("a", { checkedAtMs: NOW - 10_000 })] },
			{ do: "wait", untilMs: NOW + 20_000 },
		],
		[
			"no pool, no sandboxes",
			{ repositories: [used("shop")], entries: [entry("a")], limits: { ...LIMITS, sandboxes: 0 } },
			{ do: "delete", entryId: "a", why: "not_wanted" },
		],
	])("%s", (_title, fields, move) => {
		expect(decideNextMove(state(fields), NOW)).toMatchObject(move as object);
	});
});

describe("decideSizes", () => {
	const sizes = (
		repositories: PoolRepository[],
		limits: Partial<PoolLimits> = {},
		entries: PoolEntry[] = [],
	) =>
		Object.fromEntries(decideSizes(state({ repositories, entries, limits: { ...LIMITS, ...limits } }), NOW));

	it.each<[string, number, number]>([
		["one in three hours", 3 * HOUR, 1],
		["six an hour", 10 * MINUTE, 2],
		["one every three minutes", 3 * MINUTE, 4],
	])("grow with the demand: %s", (_rate, everyMs, size) => {
		const times = begun(Math.floor((6 * HOUR) / everyMs), everyMs);
		expect(sizes([repository("shop", { begunAtMs: times })], { sandboxes: 9, memoryMiB: 9_000 })).toEqual({
			shop: size,
		});
	});

	it("give a first one to everybody before anybody gets a second", () => {
		const busy = repository("busy", { begunAtMs: begun(100, MINUTE) });
		expect(sizes([busy, used("b"), used("c")])).toEqual({ busy: 2, b: 1, c: 1 });
		expect(sizes([busy, used("b"), used("c")], { sandboxes: 2 })).toEqual({ busy: 1, b: 1 });
	});

	it("leave a sandbox where it is unless somebody needs it more than twice as much", () => {
		const pair = (begunTimes: number) => [
			used("a"),
			repository("z", { begunAtMs: Array.from({ length: begunTimes }, () => NOW - 5 * MINUTE) }),
		];
		const present = [entry("1", { repositoryId: "a" })];
		expect(sizes(pair(2), { sandboxes: 1 }, present)).toEqual({ a: 1 });
		expect(sizes(pair(3), { sandboxes: 1 }, present)).toEqual({ z: 1 });
	});

	it("count people who wait, each once", () => {
		expect(sizes([repository("shop", { hintedAtMs: [NOW - 1, NOW - 2] })])).toEqual({ shop: 2 });
	});
});

it.each<[Partial<PoolLimits>, number]>([
	[{}, 4],
	[{ memoryMiB: 1_300 }, 2],
	[{ memoryMiB: null }, 4],
	[{ usdPerHour: 0.1, each: { memoryMiB: 600, usdPerHour: 0.05 } }, 2],
	[{ usdPerHour: 0, each: { memoryMiB: 600, usdPerHour: 0.05 } }, 0],
	[{ sandboxes: 0 }, 0],
])("the least of the limits counts: %o", (limits, capacity) => {
	expect(toCapacity({ ...LIMITS, ...limits })).toBe(capacity);
});

describe("over random states", () => {
	const random = createRandom(20_261_122);
	const pick = <T>(values: T[]): T => values[Math.floor(random() * values.length)] as T;

	function aState(): PoolState {
		const ids = ["a", "b", "c", "d", "e"].slice(0, 1 + Math.floor(random() * 5));
		const ago = (mostMs: number) => NOW - Math.floor(random() * mostMs);
		const some = (most: number, mostMs: number) =>
			Array.from({ length: Math.floor(random() * (most + 1)) }, () => ago(mostMs));
		return {
			awaited: 0,
			repositories: ids
				.filter(() => random() < 0.9)
				.map((id) => ({
					id,
					newestImageId: pick([null, "i1", "i2"]),
					begunAtMs: some(pick([0, 1, 3, 30]), 6 * HOUR),
					hintedAtMs: some(2, 12 * MINUTE),
					blockedUntilMs: pick([null, null, null, NOW + 5_000, NOW - 5_000]),
				})),
			entries: Array.from({ length: Math.floor(random() * 8) }, (_, index) =>
				entry(`e${index}`, {
					repositoryId: pick(ids),
					imageId: pick([null, "i1", "i2"]),
					state: pick(["warm", "warm", "creating", "broken"]),
					createdAtMs: ago(40 * MINUTE),
					checkedAtMs: ago(MINUTE),
				}),
			),
			limits: {
				sandboxes: Math.floor(random() * 7),
				memoryMiB: pick([null, Math.floor(random() * 5_000)]),
				usdPerHour: pick([null, null, random()]),
				each: { memoryMiB: 600, usdPerHour: pick([0, 0.1]) },
				makingAtOnce: pick([1, 2]),
			},
		};
	}

	/** Does a move; what is under way becomes warm while the pool waits. */
	function act(before: PoolState, move: ReturnType<typeof decideNextMove>, made: Set<string>): PoolState {
		const { entries } = before;
		switch (move.do) {
			case "create": {
				const id = `made${made.size}`;
				made.add(id);
				const created = entry(id, { ...move, createdAtMs: NOW, checkedAtMs: NOW, state: "creating" });
				return { ...before, entries: [...entries, created] };
			}
			case "delete":
				expect(made.has(move.entryId)).toBe(false);
				expect(entries.find(({ id }) => id === move.entryId)?.state).not.toBe("creating");
				return { ...before, entries: entries.filter(({ id }) => id !== move.entryId) };
			case "check":
				return {
					...before,
					entries: entries.map((one) => (one.id === move.entryId ? { ...one, checkedAtMs: NOW } : one)),
				};
			case "wait":
				return {
					...before,
					entries: entries.map((one) =>
						one.state === "creating" ? { ...one, state: "warm", checkedAtMs: NOW } : one,
					),
				};
		}
	}

	it("repeating the moves ends, within the limits, and deletes nothing that it made", () => {
		for (let round = 0; round < 3_000; round++) {
			const first = aState();
			let current = first;
			const made = new Set<string>();
			let moves = 0;
			for (;;) {
				const move = decideNextMove(current, NOW);
				if (move.do === "create") expect(current.entries.length).toBeLessThan(toCapacity(current.limits));
				if (move.do === "wait") expect(move.untilMs).toBeGreaterThan(NOW);
				if (move.do === "wait" && !current.entries.some((one) => one.state === "creating")) break;
				current = act(current, move, made);
				expect(++moves, JSON.stringify(first)).toBeLessThan(60);
			}
			expect(current.entries.length).toBeLessThanOrEqual(toCapacity(current.limits));
			const sizes = decideSizes(current, NOW);
			const ids = [...current.entries.map((one) => one.repositoryId), ...sizes.keys()];
			for (const id of new Set(ids)) {
				const size = sizes.get(id) ?? 0;
				const count = current.entries.filter((one) => one.repositoryId === id).length;
				const { begunAtMs = [], blockedUntilMs } = current.repositories.find((one) => one.id === id) ?? {};
				const isHeldBack = (blockedUntilMs ?? 0) > NOW || begunAtMs.some((atMs) => atMs > NOW - 5_000);
				if (isHeldBack) expect(count).toBeLessThanOrEqual(size);
				else expect(count).toBe(size);
			}
		}
	});
});

/** mulberry32: the same numbers every time. */
function createRandom(seed: number): () => number {
	let a = seed;
	return () => {
		a = (a + 0x6d2b79f5) | 0;
		let t = Math.imul(a ^ (a >>> 15), 1 | a);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
	};
}

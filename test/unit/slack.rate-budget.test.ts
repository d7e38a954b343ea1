import { expect, test } from "vitest";
import { METHODS, OPTIONAL_METHODS } from "../../src/slack/install/uses.ts";
import { type Call, createRateBudgets } from "../../src/slack/web-api/rate-budget.ts";

const call = (change: Partial<Call> = {}): Call => ({
	...{ method: "chat.update", channelId: "C1", way: "deliver" },
	...change,
});
const many = (count: number, take: () => number) => Array.from({ length: count }, take);

test("progress leaves room for what must arrive; both wait for the same minute", () => {
	let nowMs = 0;
	const budget = createRateBudgets({ now: () => nowMs }).of("T1");
	const progress = call({ way: "progress" });
	expect(many(38, () => budget.take(progress, 0)).every((wait) => wait === 0)).toBe(true);
	expect(budget.look(progress)).toEqual({ room: 0, waitMs: 62_000 });
	nowMs = 10_000;
	expect(many(9, () => budget.take(call(), 0))).toEqual(Array(9).fill(0));
	expect(budget.take(call(), 0)).toBe(52_000);
	nowMs = 62_000;
	expect(budget.take(call(), 0)).toBe(0);
	expect(budget.look(progress).room).toBe(28);
});

test("every method that the app calls has its limit, but for those of which Slack tells none", () => {
	const budget = createRateBudgets({ now: () => 0 }).of("T1");
	const free = Object.keys({ ...METHODS, ...OPTIONAL_METHODS }).filter(
		(method) => budget.look(call({ method, channelId: null })).room === Number.POSITIVE_INFINITY,
	);
	// Those that have a client of their own: of a token whose workspace is not known yet.
	expect(free).toEqual(["assistant.threads.setStatus", "auth.teams.list", "auth.test", "oauth.v2.access"]);
});

test("homes that change by themselves are spread over the minute, and leave room for whoever clicks", () => {
	let nowMs = 0;
	const budget = createRateBudgets({ now: () => nowMs }).of("T1");
	const redraw = () => budget.take(call({ method: "views.publish", way: "progress" }), 0);
	const click = () => budget.take(call({ method: "views.publish" }), 0);
	// Those who click take nothing of the others' turns.
	expect(many(20, click)).toEqual(Array(20).fill(0));
	const drawn = Array.from({ length: 61 }, (_, second) => {
		nowMs = second * 1_000;
		return many(5, redraw).filter((waitMs) => waitMs === 0).length;
	});
	expect(drawn.slice(0, 12)).toEqual([5, 5, 0, 0, 0, 0, 0, 0, 0, 0, 5, 5]);
	expect(drawn.reduce((sum, count) => sum + count, 0)).toBe(55);
	expect(many(20, click)).toEqual(Array(20).fill(0));
});

test("each workspace has its own, and instances share it", () => {
	const budgets = createRateBudgets({ now: () => 0, instances: () => 4 });
	const progress = call({ way: "progress" });
	expect(many(9, () => budgets.of("T1").take(progress, 0))).toEqual(Array(9).fill(0));
	expect(budgets.of("T1").take(progress, 0)).toBe(62_000);
	expect(budgets.of("T2").take(progress, 0)).toBe(0);
});

test("a channel gets a message a second, after a short burst; another one its own", () => {
	let nowMs = 0;
	const budget = createRateBudgets({ now: () => nowMs }).of("T1");
	const post = (channelId: string) => budget.take(call({ method: "chat.postMessage", channelId }), 0);
	expect(many(5, () => post("C1"))).toEqual([0, 0, 0, 0, 4_000]);
	expect(post("C2")).toBe(0);
	nowMs = 4_000;
	expect(post("C1")).toBe(0);
});

test("those who are to ask again come back one after the other", () => {
	let nowMs = 0;
	const budget = createRateBudgets({ now: () => nowMs }).of("T1");
	const post = () => budget.take(call({ method: "chat.postMessage" }), 0);
	expect(many(8, post)).toEqual([0, 0, 0, 0, 4_000, 5_000, 6_000, 7_000]);
	nowMs = 4_000;
	expect(post()).toBe(0);
	// Nobody came for what had been kept: it is anybody's.
	nowMs = 30_000;
	expect(many(4, post)).toEqual([0, 0, 0, 0]);
});

test("what Slack says counts more, and is of one method", () => {
	let nowMs = 0;
	const budget = createRateBudgets({ now: () => nowMs }).of("T1");
	budget.pause({ method: "chat.update", channelId: "C1" }, 30_000);
	nowMs = 10_000;
	expect(budget.take(call(), 0)).toBe(20_000);
	expect(budget.take(call({ method: "reactions.add" }), 0)).toBe(0);
	nowMs = 30_000;
	expect(budget.take(call(), 0)).toBe(0);
});

test("who waits has a turn: those who ask later come later, and what cannot wait takes nothing of it", () => {
	let nowMs = 0;
	const budget = createRateBudgets({ now: () => nowMs }).of("T1");
	const post = (withinMs: number, channelId = "C1") =>
		budget.take(call({ method: "chat.postMessage", channelId }), withinMs);
	expect(many(4, () => post(4_000))).toEqual([0, 0, 0, 0]);
	nowMs = 1_000;
	expect(post(2_000)).toBe(3_000);
	expect(many(4, () => post(4_000))).toEqual([3_000, 3_000, 3_000, 3_000]);
	nowMs = 4_000;
	// A newcomer, who would have found room if nobody had waited.
	expect(post(0)).toBe(4_000);
	expect(post(5_000)).toBe(4_000);
	expect(post(0, "C2")).toBe(0);
});

test("a pause in between is heeded by those who wait, too", () => {
	let nowMs = 0;
	const budget = createRateBudgets({ now: () => nowMs }).of("T1");
	const post = call({ method: "chat.postMessage" });
	expect(many(5, () => budget.take(post, 4_000))).toEqual([0, 0, 0, 0, 4_000]);
	nowMs = 1_000;
	budget.pause(post, 5_000);
	nowMs = 4_000;
	expect(budget.isPaused(post)).toBe(true);
	expect(budget.isPaused({ ...post, channelId: "C2" })).toBe(false);
	expect(budget.take(post, 3_000)).toBe(2_000);
	nowMs = 6_000;
	expect(budget.isPaused(post)).toBe(false);
});

/** Numbers from 0 to 1, always the same. */
function rolls(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
		return state / 2 ** 31;
	};
}

function busiest(turns: { atMs: number }[], withinMs: number): number {
	const times = turns.map(({ atMs }) => atMs).sort((a, b) => a - b);
	return Math.max(
		0,
		...times.map((fromMs, from) => times.slice(from).filter((atMs) => atMs < fromMs + withinMs).length),
	);
}

test.each([1, 2, 3, 4, 5, 6])(
	"whoever asks when: no minute has too many calls, nobody overtakes (%i)",
	(seed) => {
		const roll = rolls(seed);
		const oneOf = <T>(...these: T[]) => these[Math.floor(roll() * these.length)] as T;
		let nowMs = 0;
		const budget = createRateBudgets({ now: () => nowMs }).of("T1");
		const made: (Call & { atMs: number })[] = [];
		while (nowMs < 600_000) {
			nowMs += Math.floor(roll() * 150);
			const asked = call({
				method: oneOf("chat.update", "chat.postMessage", "reactions.remove", "views.publish"),
				channelId: oneOf("C1", "C2", "C3"),
				way: oneOf("deliver", "progress"),
			});
			const withinMs = asked.way === "progress" ? 0 : oneOf(0, 1_000, 4_000, 10_000);
			const waitMs = budget.take(asked, withinMs);
			if (waitMs <= withinMs) made.push({ ...asked, atMs: nowMs + waitMs });
		}
		const of = (method: string) => made.filter((one) => one.method === method);
		expect(busiest(of("chat.update"), 60_000)).toBeLessThanOrEqual(50);
		expect(busiest(of("reactions.remove"), 60_000)).toBeLessThanOrEqual(20);
		expect(busiest(of("views.publish"), 60_000)).toBeLessThanOrEqual(100);
		expect(busiest(of("chat.postMessage"), 60_000)).toBeLessThanOrEqual(300);
		const redrawn = of("views.publish").filter(({ way }) => way === "progress");
		expect(busiest(redrawn, 10_000)).toBeLessThanOrEqual(10);
		for (const inChannel of Map.groupBy(of("chat.postMessage"), ({ channelId }) => channelId).values())
			expect(busiest(inChannel, 4_000)).toBeLessThanOrEqual(4);
		// And nothing is left unused.
		expect(of("chat.update").length).toBeGreaterThan(420);
		expect(of("reactions.remove").length).toBeGreaterThan(170);
		for (const line of Map.groupBy(made, ({ method, channelId, way }) =>
			method === "chat.postMessage" ? `${method} ${channelId} ${way}` : `${method} ${way}`,
		).values())
			expect(line).toEqual(line.toSorted((a, b) => a.atMs - b.atMs));
	},
);

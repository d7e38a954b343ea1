import type { HomeView } from "@slack/types";
import { WebAPIPlatformError, WebAPIRateLimitedError } from "@slack/web-api";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FIRST_STATE } from "../../src/slack/home/home-state.ts";
import type { HomeRow, HomeStore } from "../../src/slack/home/home-store.ts";
import { frameView, homeView } from "../../src/slack/home/home-view.ts";
import { createHomes } from "../../src/slack/home/homes.ts";
import { BudgetSpent, createRateBudgets, type Way } from "../../src/slack/web-api/rate-budget.ts";

const home = { teamId: "T1", userId: "U1" };

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000_000_000 }));
afterEach(() => void vi.useRealTimers());

type Publish = { user_id: string; view: HomeView; hash?: string };

/** Homes over rows in memory, and a Slack that keeps a view of each. */
function aWorkspace(options: { readMs?: number; publishMs?: number } = {}) {
	const rows = new Map<string, HomeRow>();
	const published: { view: HomeView; hash: string | undefined }[] = [];
	const troubles: (Error | (() => void))[] = [];
	const hashes = new Map<string, number>();
	let says = "first";
	const store: HomeStore = {
		async touch({ personId, state, at, ...address }) {
			const before = rows.get(address.userId) ?? { state: FIRST_STATE, viewHash: null, shown: null };
			const row = { ...before, ...address, personId, state: state ?? before.state, openedAt: at };
			rows.set(address.userId, row);
			return row;
		},
		find: async ({ userId }) => rows.get(userId) ?? null,
		async record({ userId }, change) {
			const row = rows.get(userId);
			if (row !== undefined) rows.set(userId, { ...row, ...change });
		},
		findConcerned: async ({ since }) => [...rows.values()].filter(({ openedAt }) => openedAt > since),
	};
	const publish = async (call: Publish) => {
		if (options.publishMs !== undefined) await new Promise((done) => setTimeout(done, options.publishMs));
		const trouble = troubles.shift();
		if (trouble instanceof Error) throw trouble;
		trouble?.();
		const hash = hashes.get(call.user_id) ?? 0;
		if (call.hash !== undefined && call.hash !== String(hash))
			throw new WebAPIPlatformError({ ok: false, error: "hash_conflict" });
		published.push({ view: call.view, hash: call.hash });
		hashes.set(call.user_id, hash + 1);
		return { view: { hash: String(hash + 1) } };
	};
	const budgets = createRateBudgets({ now: Date.now });
	const by = (way: Way) => ({
		views: {
			async publish(call: Publish) {
				const waitMs = budgets.of("T1").take({ method: "views.publish", channelId: null, way }, 0);
				if (waitMs > 0) throw new BudgetSpent("views.publish", waitMs);
				return publish(call);
			},
		},
	});
	const homes = createHomes({
		workspaces: {
			of: async () => ({ clients: { deliver: by("deliver"), progress: by("progress") } }) as never,
		},
		budgets,
		store,
		read: async ({ state }) => {
			if (says === "") throw new Error("the database is away");
			if (options.readMs !== undefined) await new Promise((done) => setTimeout(done, options.readMs));
			return homeView(state, [{ type: "section", text: { type: "mrkdwn", text: says } }]);
		},
		frame: ({ state }) => frameView(state),
		log: pino({ level: "silent" }),
		now: Date.now,
	});
	let sessions = 0;
	return {
		homes,
		published,
		troubles,
		elsewhere: () => void hashes.set(home.userId, (hashes.get(home.userId) ?? 0) + 1),
		setWords: (words: string) => {
			says = words;
		},
		change: () =>
			homes.changed({
				id: String(++sessions),
				status: "ready",
				title: "",
				repository: null,
				threads: [{ teamId: "T1", channelId: "C1", threadTs: "1" }],
				prompts: [],
				pullRequests: [],
				openings: [],
				questions: [],
			} as never),
	};
}

test("the first time a frame comes first, later only where figures take long", async () => {
	const quick = aWorkspace();
	await quick.homes.opened({ ...home, personId: "p", isNew: true });
	expect(quick.published.map(({ hash }) => hash)).toEqual([undefined, "1"]);
	quick.setWords("second");
	await quick.homes.opened({ ...home, personId: "p", isNew: false });
	expect(quick.published).toHaveLength(3);
	const slow = aWorkspace({ readMs: 5_000 });
	const opening = slow.homes.opened({ ...home, personId: "p", isNew: true });
	await vi.advanceTimersByTimeAsync(10);
	expect(slow.published).toHaveLength(1);
	await vi.advanceTimersByTimeAsync(5_000);
	await opening;
	expect(slow.published).toHaveLength(2);
});

test("what has not changed is not published", async () => {
	const { homes, published } = aWorkspace();
	await homes.opened({ ...home, personId: "p", isNew: true });
	await homes.opened({ ...home, personId: "p", isNew: false });
	expect(published).toHaveLength(2);
});

test("a view of somebody else's is replaced by one redrawing", async () => {
	const { homes, published, elsewhere, setWords } = aWorkspace();
	await homes.opened({ ...home, personId: "p", isNew: true });
	elsewhere();
	setWords("second");
	await homes.show({ ...home, personId: "p" });
	expect(published).toHaveLength(3);
	expect(published.at(-1)).toMatchObject({ hash: undefined });
	expect(JSON.stringify(published.at(-1)?.view)).toContain("second");
});

test("a view of somebody else's is replaced also where what is to be shown takes long", async () => {
	vi.useRealTimers();
	const { homes, published, elsewhere, setWords } = aWorkspace({ readMs: 400 });
	await homes.opened({ ...home, personId: "p", isNew: true });
	elsewhere();
	setWords("second");
	await homes.show({ ...home, personId: "p" });
	expect(JSON.stringify(published.at(-1)?.view)).toContain("second");
	await homes.stop();
});

test("where Slack says to wait it is waited, and the last state arrives", async () => {
	const { homes, published, troubles, setWords } = aWorkspace();
	await homes.opened({ ...home, personId: "p", isNew: true });
	setWords("second");
	troubles.push(new WebAPIRateLimitedError(30));
	await homes.show({ ...home, personId: "p" });
	setWords("third");
	await vi.advanceTimersByTimeAsync(29_000);
	expect(published).toHaveLength(2);
	await vi.advanceTimersByTimeAsync(2_000);
	expect(published).toHaveLength(3);
	expect(JSON.stringify(published.at(-1)?.view)).toContain("third");
});

test("many changes in a second are one view, while it is looked at", async () => {
	const { homes, published, change, setWords } = aWorkspace();
	const state = { ...FIRST_STATE, tab: "sessions" as const };
	await homes.show({ ...home, personId: "p", state });
	const before = published.length;
	await vi.advanceTimersByTimeAsync(2_000);
	setWords("second");
	for (let n = 0; n < 20; n++) change();
	await vi.advanceTimersByTimeAsync(1_000);
	expect(published).toHaveLength(before + 1);
	await vi.advanceTimersByTimeAsync(11 * 60_000);
	setWords("third");
	change();
	await vi.advanceTimersByTimeAsync(5_000);
	expect(published).toHaveLength(before + 1);
});

test("many homes stay within the rate of the method", async () => {
	const { homes, published, change, setWords } = aWorkspace();
	const state = { ...FIRST_STATE, tab: "sessions" as const };
	for (let n = 0; n < 50; n++) await homes.show({ teamId: "T1", userId: `U${n}`, personId: `p${n}`, state });
	// Those who opened theirs have spent the first minute.
	await vi.advanceTimersByTimeAsync(65_000);
	expect(published.length).toBeGreaterThan(95);
	published.length = 0;
	for (let n = 0; n < 60; n++) {
		setWords(`at ${n}`);
		change();
		await vi.advanceTimersByTimeAsync(1_000);
	}
	expect(published.length).toBeGreaterThan(40);
	expect(published.length).toBeLessThanOrEqual(75);
	await homes.stop();
});

test("a frame is not all that is ever seen where reading failed", async () => {
	const { homes, published, setWords } = aWorkspace();
	setWords("");
	await expect(homes.opened({ ...home, personId: "p", isNew: true })).rejects.toThrow("away");
	expect(published).toHaveLength(1);
	setWords("second");
	await vi.advanceTimersByTimeAsync(6_000);
	expect(JSON.stringify(published.at(-1)?.view)).toContain("second");
});

test("reading that fails while the frame is on its way is no failure that nobody takes", async () => {
	const unhandled = vi.fn();
	process.on("unhandledRejection", unhandled);
	const { homes, published, setWords } = aWorkspace({ publishMs: 100 });
	setWords("");
	const opening = expect(homes.opened({ ...home, personId: "p", isNew: true })).rejects.toThrow("away");
	await vi.advanceTimersByTimeAsync(100);
	await opening;
	setWords("second");
	await vi.advanceTimersByTimeAsync(6_000);
	process.off("unhandledRejection", unhandled);
	expect(unhandled).not.toHaveBeenCalled();
	expect(JSON.stringify(published.at(-1)?.view)).toContain("second");
});

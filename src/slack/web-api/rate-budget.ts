/** `deliver`: must arrive. `progress`: may be left out, and leaves room for the others. */
export type Way = "deliver" | "progress";

export interface Call {
	method: string;
	/** Where a message goes. */
	channelId: string | null;
	way: Way;
}

/** What may be called in one workspace. */
export interface RateBudget {
	/**
	 * How long to wait for the turn of a call. Up to `withinMs` the turn is kept for it: it is counted at once, and who asks
	 * later comes later. Otherwise nothing is counted, and it is when to ask again.
	 */
	take(call: Call, withinMs: number): number;
	/** How many such calls may be made at once now; and if none, for how long to wait. Counts nothing. */
	look(call: Call): { room: number; waitMs: number };
	/** Nothing like this may be called for so long: Slack said so. Turns that lie in it are no good any more. */
	pause(call: Omit<Call, "way">, forMs: number): void;
	isPaused(call: Omit<Call, "way">): boolean;
}

export interface RateBudgets {
	of(teamId: string): RateBudget;
}

interface Window {
	calls: number;
	withinMs: number;
}

/** A call that was made, or that is to be made then. */
interface Turn {
	atMs: number;
	channelId: string | null;
	way: Way;
}

/** A little more than a minute: calls may take longer on their way than those before them, and arrive closer together. */
const MINUTE_MS = 62_000;
const aMinute = (calls: number): Window => ({ calls, withinMs: MINUTE_MS });
/** A little below what Slack promises to one app in one workspace: 20, 50 and 100 calls of a method a minute. */
const TIER_2 = aMinute(19);
const TIER_3 = aMinute(47);
const TIER_4 = aMinute(95);
interface Limit {
	all: Window;
	/** Progress calls nothing more once so much was called in all: the rest is for what must arrive. */
	progress?: Window;
	/** So many calls of progress, of which none is to stand still until the minute is over. */
	spread?: Window;
}

/** Methods that are not named have no limit that Slack tells. */
const LIMITS: Readonly<Record<string, Limit>> = {
	// Of agents.conversations.* we know no tier: these are careful guesses.
	"agents.conversations.archive": { all: TIER_2 },
	"agents.conversations.create": { all: TIER_2 },
	"agents.conversations.setProperties": { all: TIER_3 },
	"agents.conversations.setView": { all: TIER_3 },
	"agents.sessions.rename": { all: TIER_3 },
	"agents.sessions.setStatus": { all: TIER_3 },
	"assistant.threads.setSuggestedPrompts": { all: TIER_4 },
	"assistant.threads.setTitle": { all: TIER_4 },
	"chat.postEphemeral": { all: TIER_4 },
	"chat.postMessage": { all: aMinute(280) },
	"chat.update": { all: TIER_3, progress: aMinute(38) },
	"conversations.history": { all: TIER_3 },
	"conversations.info": { all: TIER_3 },
	"conversations.invite": { all: TIER_3 },
	"conversations.members": { all: TIER_4 },
	"conversations.open": { all: TIER_3 },
	"conversations.replies": { all: TIER_3 },
	"files.completeUploadExternal": { all: TIER_4 },
	"files.getUploadURLExternal": { all: TIER_4 },
	"files.info": { all: TIER_4 },
	"reactions.add": { all: TIER_3 },
	"reactions.remove": { all: TIER_2 },
	"users.info": { all: TIER_4 },
	"views.open": { all: TIER_4 },
	"views.publish": { all: TIER_4, progress: aMinute(75), spread: { calls: 10, withinMs: 10_000 } },
	"views.update": { all: TIER_4 },
};
/** Slack takes one message a second in a channel, and short bursts. */
const CHANNEL_MS = 1_000;
const CHANNEL_BURST = 4;

/** Budgets by workspace. Several instances share them: each takes its part. */
export function createRateBudgets(deps: { now: () => number; instances?: () => number }): RateBudgets {
	const { now, instances = () => 1 } = deps;
	const budgets = new Map<string, RateBudget>();
	return {
		of(teamId) {
			const budget = budgets.get(teamId) ?? createRateBudget(now, instances);
			budgets.set(teamId, budget);
			return budget;
		},
	};
}

function createRateBudget(now: () => number, instances: () => number): RateBudget {
	/** By method, in the order of their times. */
	const turns = new Map<string, Turn[]>();
	const pausedUntil = new Map<string, number>();
	/** The time that was given to the last of those who are to ask again. */
	const lineEnds = new Map<string, number>();
	const share = () => Math.max(1, instances());

	function note({ method, channelId, way }: Call, atMs: number): void {
		const recent = (turns.get(method) ?? []).filter((turn) => turn.atMs > now() - MINUTE_MS);
		turns.set(
			method,
			[...recent, { atMs, channelId, way }].sort((a, b) => a.atMs - b.atMs),
		);
	}

	const pauseMs = (call: Omit<Call, "way">) => Math.max(0, (pausedUntil.get(placeKey(call)) ?? 0) - now());

	function look(call: Call): { room: number; waitMs: number } {
		const looks = windowsOf(call, share()).map(({ calls, withinMs, counts }) => {
			// Those to come as well: nobody gets in before them.
			const counted = (turns.get(call.method) ?? []).filter(
				(turn) => turn.atMs > now() - withinMs && counts(turn),
			);
			// The oldest of those that would be one too many.
			const oldest = counted.at(-calls);
			return {
				room: calls - counted.length,
				waitMs: oldest === undefined ? 0 : oldest.atMs + withinMs - now(),
			};
		});
		const waitMs = Math.max(pauseMs(call), ...looks.map((one) => one.waitMs));
		return {
			room: waitMs > 0 ? 0 : Math.min(Number.POSITIVE_INFINITY, ...looks.map(({ room }) => room)),
			waitMs,
		};
	}

	/** Whoever comes back gets a time of their own: all at once they would only find that one of them may. */
	function standInLine(call: Call, waitMs: number): number {
		const key = placeKey(call);
		const perMinute = LIMITS[call.method]?.all.calls ?? 1;
		const spacingMs = (call.method === "chat.postMessage" ? CHANNEL_MS : MINUTE_MS / perMinute) * share();
		const atMs = Math.max(now() + waitMs, (lineEnds.get(key) ?? 0) + spacingMs);
		lineEnds.set(key, atMs);
		return Math.ceil(atMs - now());
	}

	return {
		look,
		take(call, withinMs) {
			const { waitMs } = look(call);
			if (waitMs > withinMs) return call.way === "deliver" ? standInLine(call, waitMs) : waitMs;
			note(call, now() + waitMs);
			return waitMs;
		},
		pause(call, forMs) {
			const key = placeKey(call);
			pausedUntil.set(key, Math.max(pausedUntil.get(key) ?? 0, now() + forMs));
		},
		isPaused: (call) => pauseMs(call) > 0,
	};
}

/** What a call has to fit into, and which turns count there. Of each, an instance has its share. */
function windowsOf(
	{ method, channelId, way }: Call,
	share: number,
): (Window & { counts: (turn: Turn) => boolean })[] {
	const limit = LIMITS[method];
	if (limit === undefined) return [];
	const partOf = (window: Window, counts: (turn: Turn) => boolean = () => true) => ({
		...window,
		calls: Math.max(1, Math.floor(window.calls / share)),
		counts,
	});
	const windows = [partOf(limit.all)];
	if (way === "progress" && limit.progress) windows.push(partOf(limit.progress));
	if (way === "progress" && limit.spread)
		windows.push(partOf(limit.spread, (turn) => turn.way === "progress"));
	if (method === "chat.postMessage")
		windows.push({
			calls: CHANNEL_BURST,
			withinMs: CHANNEL_BURST * CHANNEL_MS * share,
			counts: (turn) => turn.channelId === channelId,
		});
	return windows;
}

/** Messages are limited in each channel of their own. */
function placeKey({ method, channelId }: Omit<Call, "way">): string {
	return method === "chat.postMessage" ? `${method} ${channelId}` : method;
}

/** A call was not made, for the budget is spent for longer than somebody waits. */
export class BudgetSpent extends Error {
	readonly retryAfterMs: number;

	constructor(method: string, retryAfterMs: number) {
		super(`${method} has to wait for ${retryAfterMs} ms`);
		this.retryAfterMs = retryAfterMs;
	}
}

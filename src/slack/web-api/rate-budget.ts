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
	/** 0 and the call is counted; otherwise for how long to wait, and nothing is counted. */
	take(call: Call): number;
	/** How many such calls may be made at once now; and if none, for how long to wait. Counts nothing. */
	look(call: Call): { room: number; waitMs: number };
	/** Nothing like this may be called for so long: Slack said so. */
	pause(call: Omit<Call, "way">, forMs: number): void;
}

export interface RateBudgets {
	of(teamId: string): RateBudget;
}

interface Window {
	calls: number;
	withinMs: number;
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
	const called = new Map<string, number[]>();
	const channels = new Map<string, number[]>();
	const pausedUntil = new Map<string, number>();
	/** The time that was given to the last of those who wait. */
	const lineEnds = new Map<string, number>();

	function note(times: Map<string, number[]>, key: string): void {
		const recent = (times.get(key) ?? []).filter((atMs) => atMs > now() - MINUTE_MS);
		times.set(key, [...recent, now()]);
	}

	/** How many more fit into a window, and for how long the next must wait if none does. */
	function roomIn(times: Map<string, number[]>, key: string, limit: number, windowMs: number) {
		const recent = (times.get(key) ?? []).filter((atMs) => atMs > now() - windowMs);
		// The oldest of those that would be one too many.
		const oldest = recent[recent.length - limit];
		return { room: limit - recent.length, waitMs: oldest === undefined ? 0 : oldest + windowMs - now() };
	}

	function look({ method, channelId, way }: Call): { room: number; waitMs: number } {
		const pauseMs = (pausedUntil.get(placeKey({ method, channelId })) ?? 0) - now();
		if (pauseMs > 0) return { room: 0, waitMs: pauseMs };
		const limit = LIMITS[method];
		if (limit === undefined) return { room: Number.POSITIVE_INFINITY, waitMs: 0 };
		const share = Math.max(1, instances());
		const within = (key: string, { calls, withinMs }: Window) =>
			roomIn(called, key, Math.max(1, Math.floor(calls / share)), withinMs);
		const looks = [within(method, limit.all)];
		if (way === "progress" && limit.progress) looks.push(within(method, limit.progress));
		if (way === "progress" && limit.spread) looks.push(within(progressKey(method), limit.spread));
		if (method === "chat.postMessage" && channelId !== null)
			looks.push(roomIn(channels, channelId, CHANNEL_BURST, CHANNEL_BURST * CHANNEL_MS * share));
		return {
			room: Math.min(...looks.map(({ room }) => room)),
			waitMs: Math.max(...looks.map(({ waitMs }) => waitMs)),
		};
	}

	/** Whoever comes back gets a time of their own: all at once they would only find that one of them may. */
	function standInLine(call: Call, waitMs: number): number {
		const key = placeKey(call);
		const perMinute = LIMITS[call.method]?.all.calls ?? 1;
		const spacingMs =
			(call.method === "chat.postMessage" ? CHANNEL_MS : MINUTE_MS / perMinute) * Math.max(1, instances());
		const atMs = Math.max(now() + Math.max(1, waitMs), (lineEnds.get(key) ?? 0) + spacingMs);
		lineEnds.set(key, atMs);
		return Math.ceil(atMs - now());
	}

	return {
		look,
		take(call) {
			const { room, waitMs } = look(call);
			if (room < 1) return call.way === "deliver" ? standInLine(call, waitMs) : Math.max(1, waitMs);
			if (LIMITS[call.method] === undefined) return 0;
			note(called, call.method);
			if (call.way === "progress") note(called, progressKey(call.method));
			if (call.method === "chat.postMessage" && call.channelId !== null) note(channels, call.channelId);
			return 0;
		},
		pause(call, forMs) {
			const key = placeKey(call);
			pausedUntil.set(key, Math.max(pausedUntil.get(key) ?? 0, now() + forMs));
		},
	};
}

const progressKey = (method: string) => `${method} progress`;

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

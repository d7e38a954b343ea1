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

/** A little more than a minute: calls may take longer on their way than those before them, and arrive closer together. */
const MINUTE_MS = 62_000;
/**
 * Calls a minute: a little below what Slack promises to one app in one workspace (tier 2: 20, 3: 50, 4: 100), and what
 * progress may take of it. Methods that are not named are called too seldom to count.
 */
const LIMITS: Record<string, { all: number; progress?: number }> = {
	"chat.update": { all: 47, progress: 38 },
	"chat.postMessage": { all: 280 },
	"reactions.add": { all: 47 },
	"reactions.remove": { all: 19 },
	"conversations.replies": { all: 48 },
	"conversations.history": { all: 48 },
	"agents.sessions.setStatus": { all: 48 },
	"agents.sessions.rename": { all: 48 },
	"files.getUploadURLExternal": { all: 95 },
	"files.completeUploadExternal": { all: 95 },
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

	/** How many more fit into a window, and for how long the next must wait if none does. */
	function roomIn(times: Map<string, number[]>, key: string, limit: number, windowMs: number) {
		const recent = (times.get(key) ?? []).filter((atMs) => atMs > now() - windowMs);
		if (recent.length > 0) times.set(key, recent);
		else times.delete(key);
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
		const perMinute = way === "progress" ? (limit.progress ?? limit.all) : limit.all;
		const inMinute = roomIn(called, method, Math.max(1, Math.floor(perMinute / share)), MINUTE_MS);
		if (method !== "chat.postMessage" || channelId === null) return inMinute;
		const inChannel = roomIn(channels, channelId, CHANNEL_BURST, CHANNEL_BURST * CHANNEL_MS * share);
		return {
			room: Math.min(inMinute.room, inChannel.room),
			waitMs: Math.max(inMinute.waitMs, inChannel.waitMs),
		};
	}

	/** Whoever comes back gets a time of their own: all at once they would only find that one of them may. */
	function standInLine(call: Call, waitMs: number): number {
		const key = placeKey(call);
		const perMinute = LIMITS[call.method]?.all ?? 1;
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
			called.set(call.method, [...(called.get(call.method) ?? []), now()]);
			if (call.method === "chat.postMessage" && call.channelId !== null)
				channels.set(call.channelId, [...(channels.get(call.channelId) ?? []), now()]);
			return 0;
		},
		pause(call, forMs) {
			const key = placeKey(call);
			pausedUntil.set(key, Math.max(pausedUntil.get(key) ?? 0, now() + forMs));
		},
	};
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

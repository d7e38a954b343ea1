import type { LoggedEvent } from "../../contract/event.ts";
import type { Log } from "../../log.ts";
import type { Sessions } from "../../sessions/sessions.ts";
import type { RateBudgets } from "../web-api/rate-budget.ts";
import { emptyProgress, foldProgress, type ProgressState } from "./fold-progress.ts";
import type { PostOutcome } from "./post.ts";
import type { ThreadShower } from "./show-thread.ts";

/** One message is edited so often at most; the more sessions a workspace has at work, the less. */
const EDIT_EVERY_MS = 3_000;
const EDITS_PER_MINUTE = 40;
/** Without news only the clock in the message moves. */
const CLOCK_EVERY_MS = 15_000;
/** Where the budget has no room for a moment. */
const MIN_WAIT_MS = 250;

interface Follower {
	sessionId: string;
	promptId: string;
	/** Where it is shown; null: it is not known yet, or nowhere. */
	teamId: string | null;
	state: ProgressState;
	/** When the oldest news that is not shown yet came. */
	newsSinceMs: number | null;
	lastEditMs: number;
	/** Slack or the budget asked to wait until then. */
	notBeforeMs: number;
	editing: Promise<void> | null;
	stopped: boolean;
}

/**
 * Keeps the status messages of prompts at work up to date: best effort, merged, the oldest news first, within what each
 * workspace's budget leaves for it.
 */
export interface Progress {
	follow(sessionId: string, promptId: string): { stop(): Promise<void> };
	/** What is followed of a session at the moment. */
	stateOf(sessionId: string): ProgressState | null;
	stop(): Promise<void>;
}

export function createProgress(deps: {
	sessions: Pick<Sessions, "subscribe">;
	shower: () => Pick<ThreadShower, "showStatus" | "placeOf">;
	budgets: RateBudgets;
	now: () => number;
	log: Log;
}): Progress {
	const { sessions, shower, budgets, now, log } = deps;
	const followers = new Set<Follower>();
	let timer: NodeJS.Timeout | null = null;

	/** How long after an edit of its message a follower may have the next. */
	function intervals(): (follower: Follower) => number {
		const live = new Map<string | null, number>();
		for (const { teamId } of followers) live.set(teamId, (live.get(teamId) ?? 0) + 1);
		return ({ teamId, newsSinceMs }) => {
			const newsMs = Math.max(EDIT_EVERY_MS, ((live.get(teamId) ?? 0) * 60_000) / EDITS_PER_MINUTE);
			return newsSinceMs === null ? Math.max(CLOCK_EVERY_MS, 2 * newsMs) : newsMs;
		};
	}

	/** Those that may be edited at some time, each with when. */
	function due(): { follower: Follower; atMs: number }[] {
		const intervalOf = intervals();
		return [...followers]
			.filter(({ editing, stopped, teamId }) => editing === null && !stopped && teamId !== null)
			.map((follower) => ({
				follower,
				atMs: Math.max(follower.notBeforeMs, follower.lastEditMs + intervalOf(follower)),
			}));
	}

	/** Wakes when the first follower may be edited. */
	function schedule(): void {
		if (timer !== null) clearTimeout(timer);
		timer = null;
		const next = Math.min(...due().map(({ atMs }) => atMs));
		if (Number.isFinite(next)) timer = setTimeout(edit, Math.max(0, next - now()));
	}

	function edit(): void {
		timer = null;
		const ready = due()
			.filter(({ atMs }) => atMs <= now())
			.map(({ follower }) => follower)
			.sort((a, b) => ageOf(a) - ageOf(b));
		for (const [teamId, ofTeam] of Map.groupBy(ready, (follower) => follower.teamId ?? "")) {
			const underWay = [...followers].filter((one) => one.teamId === teamId && one.editing !== null).length;
			const look = budgets.of(teamId).look({ method: "chat.update", channelId: null, way: "progress" });
			const room = Math.max(0, look.room - underWay);
			for (const follower of ofTeam.slice(0, room)) begin(follower);
			const againMs = now() + Math.max(look.waitMs, MIN_WAIT_MS);
			for (const follower of ofTeam.slice(room)) follower.notBeforeMs = againMs;
		}
		schedule();
	}

	/** News before clocks, the oldest first. */
	function ageOf({ newsSinceMs, lastEditMs }: Follower): number {
		return newsSinceMs ?? now() + lastEditMs;
	}

	function begin(follower: Follower): void {
		follower.newsSinceMs = null;
		follower.lastEditMs = now();
		follower.editing = show(follower).finally(() => {
			follower.editing = null;
			schedule();
		});
	}

	async function show(follower: Follower): Promise<void> {
		const { sessionId, promptId } = follower;
		try {
			const result: PostOutcome = await shower().showStatus(sessionId, promptId);
			if (result.outcome === "later") follower.notBeforeMs = now() + result.retryAfterMs;
		} catch (error) {
			log.debug({ err: error, sessionId }, "a progress edit was left out");
		}
	}

	return {
		follow(sessionId, promptId) {
			const follower: Follower = {
				sessionId,
				promptId,
				teamId: null,
				state: emptyProgress(promptId),
				newsSinceMs: null,
				lastEditMs: now(),
				notBeforeMs: 0,
				editing: null,
				stopped: false,
			};
			let unsubscribe = () => {};
			const take = (event: LoggedEvent) => {
				const next = foldProgress(follower.state, event);
				if (next === follower.state) return;
				follower.state = next;
				follower.newsSinceMs ??= now();
				schedule();
			};
			const starting = shower()
				.placeOf(sessionId, promptId)
				.then(({ teamId, afterSeq }) => {
					follower.teamId = teamId;
					schedule();
					if (!follower.stopped) unsubscribe = sessions.subscribe(sessionId, take, { afterSeq });
				})
				.catch((error: unknown) => log.warn({ err: error, sessionId }, "progress is not followed"));
			followers.add(follower);
			schedule();
			return {
				async stop() {
					follower.stopped = true;
					followers.delete(follower);
					await starting;
					unsubscribe();
					await follower.editing;
					schedule();
				},
			};
		},
		stateOf: (sessionId) =>
			[...followers].find((follower) => follower.sessionId === sessionId)?.state ?? null,
		async stop() {
			const open = [...followers];
			for (const follower of open) follower.stopped = true;
			followers.clear();
			if (timer !== null) clearTimeout(timer);
			timer = null;
			await Promise.all(open.map(({ editing }) => editing));
		},
	};
}

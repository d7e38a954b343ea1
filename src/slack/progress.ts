import type { LoggedEvent } from "../contract/event.ts";
import type { Log } from "../log.ts";
import type { Sessions } from "../sessions/sessions.ts";
import { emptyProgress, foldProgress, type ProgressState } from "./fold-progress.ts";
import type { PostOutcome } from "./post.ts";
import type { RateBudget } from "./rate-budget.ts";
import type { ThreadShower } from "./show-thread.ts";

const EDIT_EVERY_MS = 3_000;
/** Without news only the clock in the message moves. */
const CLOCK_EVERY_MS = 15_000;

interface Follower {
	sessionId: string;
	promptId: string;
	state: ProgressState;
	/** When the oldest news that is not shown yet came. */
	newsSinceMs: number | null;
	lastEditMs: number;
	editing: Promise<void> | null;
	stopped: boolean;
}

/** Keeps the status messages of prompts at work up to date: best effort, merged, within one budget for all of them. */
export interface Progress {
	follow(sessionId: string, promptId: string): { stop(): Promise<void> };
	/** What is followed of a session at the moment. */
	stateOf(sessionId: string): ProgressState | null;
	stop(): Promise<void>;
}

export function createProgress(deps: {
	sessions: Pick<Sessions, "subscribe">;
	shower: () => Pick<ThreadShower, "showStatus" | "startSeq">;
	budget: RateBudget;
	now: () => number;
	log: Log;
}): Progress {
	const { sessions, shower, budget, now, log } = deps;
	const followers = new Set<Follower>();
	let timer: NodeJS.Timeout | null = null;

	/** Wakes when the first follower with news may be edited. */
	function schedule(waitMs = 0): void {
		if (timer !== null) clearTimeout(timer);
		timer = null;
		const dueInMs = [...followers]
			.filter((follower) => follower.editing === null && !follower.stopped)
			.map((follower) => dueAtMs(follower) - now());
		if (dueInMs.length === 0) return;
		timer = setTimeout(edit, Math.max(0, waitMs, Math.min(...dueInMs)));
	}

	function edit(): void {
		timer = null;
		const due = [...followers]
			.filter((follower) => follower.editing === null && !follower.stopped && dueAtMs(follower) <= now())
			.sort((a, b) => (a.newsSinceMs ?? now()) - (b.newsSinceMs ?? now()));
		for (const follower of due) {
			const waitMs = budget.take();
			if (waitMs > 0) {
				schedule(waitMs);
				return;
			}
			follower.newsSinceMs = null;
			follower.lastEditMs = now();
			follower.editing = show(follower).finally(() => {
				follower.editing = null;
				schedule();
			});
		}
		schedule();
	}

	async function show({ sessionId, promptId }: Follower): Promise<void> {
		try {
			const result: PostOutcome = await shower().showStatus(sessionId, promptId);
			if (result.outcome === "later") budget.pause(result.retryAfterMs);
		} catch (error) {
			log.debug({ err: error, sessionId }, "a progress edit was left out");
		}
	}

	return {
		follow(sessionId, promptId) {
			const follower: Follower = {
				sessionId,
				promptId,
				state: emptyProgress(promptId),
				newsSinceMs: null,
				lastEditMs: now(),
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
				.startSeq(sessionId, promptId)
				.then((afterSeq) => {
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

function dueAtMs({ newsSinceMs, lastEditMs }: Follower): number {
	return lastEditMs + (newsSinceMs === null ? CLOCK_EVERY_MS : EDIT_EVERY_MS);
}

import type { SandboxProvider } from "../../../sandbox/provider.ts";
import type { Db } from "../../db/client.ts";
import type { Enqueue } from "../../jobs/queue.ts";
import type { Log } from "../../log.ts";
import { deleteIdleSandboxes } from "./delete-idle-sandboxes.ts";
import { keepRestingAwake } from "./keep-resting-awake.ts";
import { stopIdleSandboxes } from "./stop-idle-sandboxes.ts";
import { sweepSnapshots } from "./sweep-snapshots.ts";

const ENDED_KEEP_MS = 30 * 60_000;
const SWEEP_MS = 60 * 60_000;

/**
 * Looks after sandboxes that have nothing to do: stopped after `idleMs`, deleted after `keepMs` (0: never), kept
 * awake where their agents wait for people; and after
 * snapshots that nobody needs. Several instances may do this at once.
 */
export function createHousekeeping(deps: {
	db: Db;
	sandboxes: SandboxProvider;
	enqueue: Enqueue;
	log: Log;
	now: () => number;
	idleMs: number;
	keepMs: number;
}) {
	let sweptAtMs = Number.NEGATIVE_INFINITY;
	return {
		/** To be called every minute or so. */
		async round(): Promise<void> {
			await keepRestingAwake(deps);
			await stopIdleSandboxes(deps, deps.idleMs);
			if (deps.keepMs > 0) {
				await deleteIdleSandboxes(deps, deps.keepMs);
				// Of what is merged or closed there is seldom more to do; a follow-up begins from its snapshot.
				if (deps.keepMs > ENDED_KEEP_MS) await deleteIdleSandboxes(deps, ENDED_KEEP_MS, true);
			}
			if (deps.now() - sweptAtMs < SWEEP_MS) return;
			sweptAtMs = deps.now();
			await sweepSnapshots(deps);
		},
		/** Before this process goes: sandboxes that do nothing need no processes. No jobs are queued. */
		stopAllIdle: () => stopIdleSandboxes({ ...deps, enqueue: null }, 0),
	};
}

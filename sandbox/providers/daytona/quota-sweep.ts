import { SandboxError } from "../../provider.ts";
import type { Connection } from "./connection.ts";
import type { DaytonaLog } from "./daytona-provider-deps.ts";
import { listSandboxes } from "./list-sandboxes.ts";
import { toState } from "./states.ts";

const STOPPED_FOR_MS = 60 * 60_000;
const NOT_AGAIN_WITHIN_MS = 60_000;
const AT_ONCE = 20;

/**
 * Makes room where Daytona has none left: stopped sandboxes count against its disk. Ours that failed for good are
 * deleted; those stopped for an hour are archived, which takes them off the disk and loses nothing. Others' are never
 * touched. One sweep at a time, and not again within a minute.
 *
 * @returns how many were dealt with
 */
export function createQuotaSweep(deps: {
	connection: Connection;
	labels: Record<string, string>;
	log: DaytonaLog;
	now: () => number;
}): () => Promise<number> {
	const { connection, labels, log, now } = deps;
	let underWay: Promise<number> | null = null;
	let sweptAtMs = Number.NEGATIVE_INFINITY;

	async function sweep(): Promise<number> {
		const ours = await listSandboxes(connection, labels);
		const failed = ours.filter((sandbox) => toState(sandbox) === "error" && sandbox.recoverable !== true);
		const idle = ours
			.filter(({ state }) => state === "stopped" || state === "paused")
			.filter((sandbox) => now() - Date.parse(sandbox.updatedAt ?? "") > STOPPED_FOR_MS)
			.sort((a, b) => Date.parse(a.updatedAt ?? "") - Date.parse(b.updatedAt ?? ""))
			.slice(0, AT_ONCE);
		const acts = [
			...failed.map((sandbox) => connection.act(() => sandbox.delete())),
			...idle.map((sandbox) => connection.act(() => sandbox.archive())),
		];
		const done = (await Promise.allSettled(acts)).filter(({ status }) => status === "fulfilled").length;
		log.warn({ deleted: failed.length, archived: idle.length, done }, "Daytona has no room: swept sandboxes");
		return done;
	}

	return async () => {
		if (underWay) return underWay;
		if (now() - sweptAtMs < NOT_AGAIN_WITHIN_MS) return 0;
		sweptAtMs = now();
		underWay = sweep()
			.catch((error) => {
				// The caller's own failure is the one to tell.
				if (!(error instanceof SandboxError)) throw error;
				log.warn({ err: error }, "sandboxes at Daytona could not be swept");
				return 0;
			})
			.finally(() => {
				underWay = null;
			});
		return underWay;
	};
}

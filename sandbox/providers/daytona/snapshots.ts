import type { Snapshot } from "@daytona/sdk";
import { SandboxError, type SnapshotInfo } from "../../provider.ts";
import { cancelled, orCancelled, pause } from "./cancel.ts";
import type { Connection } from "./connection.ts";
import type { DaytonaLog, Limits } from "./daytona-provider-deps.ts";

const PAGE = 100;
const FAILED = ["error", "build_failed"];
const LEFT_OVER = "a snapshot at Daytona that was no longer wanted could not be removed";

interface Flight {
	taken: Promise<SnapshotInfo>;
	/** How many have asked and not given up. */
	waiting: number;
}

/** Snapshots by the names that Daytona knows them by. */
export interface Snapshots {
	/**
	 * Keeps a sandbox's files under a name, once over all callers and instances.
	 *
	 * @throws SandboxError `unavailable` where Daytona failed, also in silence
	 */
	take(id: string, name: string, signal?: AbortSignal): Promise<SnapshotInfo>;
	/** Makes sure that sandboxes can be made from it. @throws SandboxError `not_found` */
	makeReady(name: string, signal?: AbortSignal): Promise<void>;
	/** Only what is usable: active, or set aside by Daytona for lack of use. */
	find(name: string): Promise<SnapshotInfo | null>;
	list(): Promise<SnapshotInfo[]>;
	remove(name: string): Promise<void>;
}

export function createSnapshots(deps: {
	connection: Connection;
	limits: Limits;
	log: DaytonaLog;
	now: () => number;
}): Snapshots {
	const { connection, limits, log, now } = deps;
	const underWay = new Map<string, Flight>();
	const look = (name: string) => connection.find((daytona) => daytona.snapshot.get(name));

	/** A name that is not known yet may still come: a sandbox's snapshot has none before it was pushed. */
	async function waitFor(name: string, limitMs: number, signal?: AbortSignal): Promise<SnapshotInfo> {
		const beganMs = now();
		for (;;) {
			const snapshot = await look(name);
			if (snapshot?.state === "active") return toInfo(snapshot);
			if (snapshot && FAILED.includes(snapshot.state)) {
				throw new SandboxError(
					"unavailable",
					`Daytona could not make the snapshot ${name}: ${snapshot.errorReason ?? "it gave no reason"}`,
					{ retryable: true },
				);
			}
			const waitedMs = now() - beganMs;
			if (!snapshot && waitedMs > limits.snapshotAppearsMs) {
				throw new SandboxError(
					"unavailable",
					`Daytona said that it took the snapshot ${name}, but there is none after ${Math.round(waitedMs / 1000)} s.`,
					{ retryable: true },
				);
			}
			if (waitedMs > limitMs) {
				throw new SandboxError(
					"timeout",
					`The snapshot ${name} is still "${snapshot?.state ?? "unknown"}" after ${Math.round(waitedMs / 1000)} s.`,
					{ retryable: true },
				);
			}
			await pause(limits.pollMs, signal);
		}
	}

	/** Refused while the sandbox's state changes, perhaps because another takes a snapshot of it: asked for again. */
	async function take(id: string, name: string): Promise<SnapshotInfo> {
		const deadline = now() + limits.snapshotMs;
		for (;;) {
			const known = await look(name);
			if (known && isUsable(known)) return toInfo(known);
			if (known && FAILED.includes(known.state)) await remove(name);
			else if (known) return waitFor(name, limits.snapshotMs);
			const sandbox = await connection.ask((daytona) => daytona.get(id));
			try {
				await connection.act(() => sandbox.createSnapshot(name, limits.snapshotMs / 1000));
				return await waitFor(name, limits.snapshotMs);
			} catch (error) {
				if (!(error instanceof SandboxError) || error.code !== "conflict" || now() >= deadline) throw error;
			}
			await pause(limits.pollMs);
		}
	}

	/** What nobody waits for any more in the end is removed again. */
	function join(id: string, name: string): Flight {
		const present = underWay.get(name);
		if (present) return present;
		const flight: Flight = { waiting: 0, taken: take(id, name) };
		underWay.set(name, flight);
		const end = () => underWay.delete(name);
		flight.taken.then(async () => {
			end();
			if (flight.waiting === 0) await remove(name).catch((err) => log.warn({ err, name }, LEFT_OVER));
		}, end);
		return flight;
	}

	async function remove(name: string): Promise<void> {
		try {
			await connection.ask((daytona) => daytona.snapshot.delete(name));
		} catch (error) {
			if (!(error instanceof SandboxError) || error.code !== "not_found") throw error;
		}
	}

	return {
		remove,
		async take(id, name, signal) {
			if (signal?.aborted) throw cancelled(signal.reason);
			const flight = join(id, name);
			flight.waiting++;
			try {
				return await orCancelled(flight.taken, signal);
			} catch (error) {
				flight.waiting--;
				throw error;
			}
		},
		async makeReady(name, signal) {
			const snapshot = await look(name);
			if (!snapshot) throw new SandboxError("not_found", `There is no snapshot ${name}.`);
			if (snapshot.state === "active") return;
			if (snapshot.state === "inactive") {
				await connection.ask((daytona) => daytona.snapshot.activate(snapshot));
			}
			await waitFor(name, limits.snapshotMs, signal);
		},
		async find(name) {
			const snapshot = await look(name);
			return snapshot && isUsable(snapshot) ? toInfo(snapshot) : null;
		},
		async list() {
			const found: SnapshotInfo[] = [];
			for (let page = 1, pages = 1; page <= pages; page++) {
				const answer = await connection.ask((daytona) => daytona.snapshot.list({ page, limit: PAGE }));
				found.push(...answer.items.filter(isUsable).map(toInfo));
				pages = answer.totalPages;
			}
			return found;
		},
	};
}

const isUsable = (snapshot: Snapshot): boolean =>
	snapshot.state === "active" || snapshot.state === "inactive";

/** Its size is told in a unit that nobody documents, so it is not passed on. */
function toInfo(snapshot: Snapshot): SnapshotInfo {
	return { name: snapshot.name, createdAt: new Date(snapshot.createdAt), sizeBytes: null };
}

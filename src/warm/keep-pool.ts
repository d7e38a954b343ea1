import { setTimeout as delay } from "node:timers/promises";
import { decideNextMove, type PoolMove, toCapacity } from "../../sandbox/pool.ts";
import { coerceError } from "../errors.ts";
import { POOL_CHANNEL } from "../sessions/sandbox/warm-claim-store.ts";
import { checkEntry } from "./check-entry.ts";
import { makeEntry } from "./make-entry.ts";
import { hasOtherInstances, markDeleted, markOrphans, readPoolState, takeFromPool } from "./pool-store.ts";
import type { PoolDeps } from "./ports.ts";

/** First key of the advisory lock of whoever keeps a provider's pool; the second is the provider. */
const LOCK_SPACE = 4243;
const LOCK_EVERY_MS = 2_000;
const RECONNECT_MS = 2_000;
const FIRST_BLOCK_MS = 5_000;
const LONGEST_BLOCK_MS = 10 * 60_000;
const RETRY_DELETE_MS = 30_000;

export interface PoolKeeper {
	/** Where the pool may have nothing, what an earlier start left is deleted, and nothing more is done. */
	start(): Promise<void>;
	/** Makes nothing more. Where no other instance lives, what nobody has claimed is deleted. */
	stop(): Promise<void>;
}

/**
 * Keeps the pool as `decideNextMove` wants it. Of all instances one does: it holds an advisory lock, and PostgreSQL
 * frees that the moment its process dies. Everything is in tables, so the next one goes on: what the dead one was making
 * it deletes, what was warm it looks at first.
 */
export function createPoolKeeper(deps: PoolDeps): PoolKeeper {
	const { db } = deps.database;
	const { log } = deps;
	const stopping = new AbortController();
	let atWork: Promise<void> = Promise.resolve();

	/** Until we stop. A connection that is lost is made again. */
	async function run(): Promise<void> {
		while (!stopping.signal.aborted) {
			try {
				await takePart();
			} catch (thrown) {
				if (stopping.signal.aborted) return;
				log.warn({ err: coerceError(thrown) }, "the warm pool is not kept for a moment");
			}
			await delay(RECONNECT_MS, undefined, { signal: stopping.signal }).catch(() => {});
		}
	}

	/** Waits for the lock on a connection of its own, and keeps the pool for as long as that lives. */
	async function takePart(): Promise<void> {
		const client = await deps.database.connect();
		const lost = new AbortController();
		const bell = createBell();
		const onLost = () => lost.abort(new Error("the connection that holds the pool was lost"));
		client.on("error", onLost);
		client.on("end", onLost);
		client.on("notification", bell.ring);
		const signal = AbortSignal.any([stopping.signal, lost.signal]);
		try {
			await client.query(`listen ${POOL_CHANNEL}`);
			for (;;) {
				const { rows } = await client.query<{ mine: boolean }>(
					"select pg_try_advisory_lock($1, hashtext($2)) as mine",
					[LOCK_SPACE, deps.sandboxes.name],
				);
				if (rows[0]?.mine === true) break;
				await delay(LOCK_EVERY_MS, undefined, { signal });
			}
			await keep(bell, signal);
		} finally {
			// The lock goes with it.
			await client.end().catch(() => {});
		}
	}

	async function keep(bell: Bell, signal: AbortSignal): Promise<void> {
		const making = new Map<string, Promise<void>>();
		const checkedAtMs = new Map<string, number>();
		const failures = new Map<string, number>();
		const blockedUntilMs = new Map<string, number>();
		/** What could not be deleted, and when that is tried again. */
		const deleteAtMs = new Map<string, number>();
		const keeping = { checkedAtMs, blockedUntilMs };

		async function create(repositoryId: string, imageId: string | null): Promise<void> {
			const { id, done } = await makeEntry(deps, { repositoryId, imageId }, signal).catch((error) => {
				block(repositoryId);
				throw error;
			});
			const settled = done.then(({ outcome }) => {
				making.delete(id);
				if (outcome === "failed") block(repositoryId);
				else failures.delete(repositoryId);
				checkedAtMs.set(id, deps.now());
				bell.ring();
			});
			making.set(id, settled);
		}

		function block(repositoryId: string): void {
			const count = (failures.get(repositoryId) ?? 0) + 1;
			failures.set(repositoryId, count);
			const forMs = Math.min(LONGEST_BLOCK_MS, FIRST_BLOCK_MS * 2 ** (count - 1));
			blockedUntilMs.set(repositoryId, deps.now() + forMs);
		}

		/** What is remembered of those that are not in the pool any more. */
		function forget(entries: { id: string }[]): void {
			const present = new Set(entries.map(({ id }) => id));
			for (const map of [checkedAtMs, deleteAtMs])
				for (const id of map.keys()) if (!present.has(id)) map.delete(id);
		}

		async function act(move: Exclude<PoolMove, { do: "wait" }>, nowMs: number): Promise<void> {
			switch (move.do) {
				case "create":
					return create(move.repositoryId, move.imageId);
				case "delete":
					deleteAtMs.set(move.entryId, nowMs + RETRY_DELETE_MS);
					return remove(move.entryId, move.why);
				case "check":
					// Whatever comes of it, it was looked at.
					checkedAtMs.set(move.entryId, nowMs);
					return checkEntry(deps, move.entryId, signal);
				default:
					move satisfies never;
			}
		}

		try {
			// Nobody else makes any while the lock is ours.
			await markOrphans(db, deps.sandboxes.name);
			while (!signal.aborted) {
				bell.hush();
				const nowMs = deps.now();
				const { limits, sandboxes } = deps;
				const state = await readPoolState(db, { provider: sandboxes.name, limits, nowMs, keeping });
				forget(state.entries);
				const entries = state.entries.filter(({ id }) => (deleteAtMs.get(id) ?? 0) <= nowMs);
				const move = decideNextMove({ ...state, entries }, nowMs);
				if (move.do === "wait") await bell.rung(move.untilMs - deps.now(), signal);
				else
					await act(move, nowMs).catch((thrown) => {
						if (!signal.aborted)
							log.warn({ err: coerceError(thrown), move }, "a move of the warm pool failed");
					});
			}
		} finally {
			// Those that are being made end by the same signal, or are warm.
			await Promise.all(making.values());
		}
	}

	async function remove(id: string, why: string): Promise<void> {
		const entry = await takeFromPool(db, id);
		if (!entry) return;
		await deps.sandboxes.delete(entry.name);
		await markDeleted(db, id, new Date(deps.now()));
		log.debug({ sandbox: entry.name, why }, "a warm sandbox was deleted");
	}

	/** Without an instance nobody can use them, and a machine that is told to stop Bobbin has nothing of it left. */
	async function clear(): Promise<void> {
		if (await hasOtherInstances(db, deps.instanceId)) return;
		const { limits, sandboxes } = deps;
		const input = { provider: sandboxes.name, limits, nowMs: deps.now(), keeping: null };
		const { entries } = await readPoolState(db, input);
		await Promise.all(entries.map(({ id }) => remove(id, "nobody keeps the pool")));
	}

	return {
		async start() {
			if (toCapacity(deps.limits) > 0) atWork = run();
			else
				await clear().catch((thrown) =>
					log.warn({ err: coerceError(thrown) }, "warm sandboxes of an earlier start are left"),
				);
		},
		async stop() {
			stopping.abort(new Error("Bobbin stops"));
			await atWork;
			await clear();
		},
	};
}

interface Bell {
	ring: () => void;
	/** What rang until now is known. */
	hush: () => void;
	/** Resolves when it rings, rang since it was hushed, or after the time. */
	rung: (forMs: number, signal: AbortSignal) => Promise<void>;
}

function createBell(): Bell {
	let next = Promise.withResolvers<void>();
	return {
		ring: () => next.resolve(),
		hush: () => {
			next = Promise.withResolvers<void>();
		},
		async rung(forMs, signal) {
			const enough = new AbortController();
			const until = AbortSignal.any([signal, enough.signal]);
			await Promise.race([next.promise, delay(Math.max(0, forMs), undefined, { signal: until })]).catch(
				() => {},
			);
			enough.abort();
		},
	};
}

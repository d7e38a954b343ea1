import { setTimeout as delay } from "node:timers/promises";
import type { Db } from "../../db/client.ts";
import type { SandboxRow } from "../sandbox/sandbox-store.ts";
import { findMade } from "../sandbox/warm-claim-store.ts";

const LOOK_EVERY_MS = 20;

/**
 * Waits for a sandbox that was claimed while it was being made, for as long as making one takes. Null: it failed, or
 * takes longer; another one must be found.
 */
export async function untilMade(db: Db, row: SandboxRow, signal: AbortSignal): Promise<SandboxRow | null> {
	if (row.state !== "warming") return row;
	for (;;) {
		const found = await findMade(db, row);
		if (found.outcome === "made") return found.row;
		if (found.outcome === "gone") return null;
		await delay(LOOK_EVERY_MS, undefined, { signal });
	}
}

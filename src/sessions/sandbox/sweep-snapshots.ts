import type { SandboxProvider } from "../../../sandbox/provider.ts";
import type { Db } from "../../db/client.ts";
import type { Log } from "../../log.ts";
import { SNAPSHOT_PREFIX } from "../names.ts";
import { listOrphans } from "./snapshot-store.ts";

/** Whatever is younger may be written down in a moment. */
const MIN_AGE_MS = 60 * 60_000;

/**
 * Deletes snapshots of sessions that no row counts on any more: what a crash left between two steps. Snapshots of
 * sessions that are not known here are another Bobbin's that shares the provider's account: they stay.
 */
export async function sweepSnapshots(deps: {
	db: Db;
	sandboxes: Pick<SandboxProvider, "name" | "listSnapshots" | "deleteSnapshot">;
	log: Log;
	now: () => number;
}): Promise<{ deleted: number }> {
	const { db, sandboxes, log } = deps;
	const old = (await sandboxes.listSnapshots(SNAPSHOT_PREFIX)).filter(
		({ createdAt }) => createdAt.getTime() <= deps.now() - MIN_AGE_MS,
	);
	const orphans = await listOrphans(db, {
		provider: sandboxes.name,
		names: old.map(({ name }) => name),
	});
	for (const name of orphans) {
		await sandboxes.deleteSnapshot(name);
		log.info({ snapshot: name }, "a forgotten snapshot was deleted");
	}
	return { deleted: orphans.length };
}

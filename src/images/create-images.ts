import type { Db, Tx } from "../db/client.ts";
import { coerceError } from "../errors.ts";
import { buildImageJob, type Enqueue } from "../jobs/queue.ts";
import type { Log } from "../log.ts";
import { claimDueRepositories, findBuiltOnPush } from "./build-store.ts";
import { clearBuilders } from "./clear-builders.ts";
import type { BuildReason } from "./decide-build.ts";
import { dropOldLogs, listDeadSnapshots, markSnapshotGone, retireImages } from "./image-store.ts";
import type { BuildPlace } from "./ports.ts";

export interface Images {
	/** Queues a build. Whether one is due is decided when its turn comes, so asking too often does no harm. */
	wanted(repositoryId: string, reason: BuildReason): Promise<void>;
	/** A branch was pushed to. */
	onPush(push: { owner: string; name: string; ref: string }): Promise<void>;
	/** Has every repository looked at whose turn it is, and removes images that nothing uses. */
	sweep(): Promise<void>;
}

export function createImages(deps: {
	db: Db;
	enqueue: Enqueue;
	sandboxes: Pick<BuildPlace, "name" | "get" | "delete" | "deleteSnapshot">;
	everyMs: number;
	activeMs: number;
	log: Log;
	now: () => number;
}): Images {
	const { db, sandboxes, everyMs, activeMs, log } = deps;
	const provider = sandboxes.name;

	function want(tx: Tx, repositoryId: string, reason: BuildReason): Promise<void> {
		return deps.enqueue(
			tx,
			buildImageJob,
			{ version: 1, repositoryId, reason, atMs: deps.now() },
			{ key: repositoryId },
		);
	}

	async function removeSnapshots(): Promise<void> {
		for (const { id, snapshot } of await listDeadSnapshots(db, provider)) {
			try {
				await sandboxes.deleteSnapshot(snapshot);
				await markSnapshotGone(db, id, new Date(deps.now()));
			} catch (thrown) {
				log.warn({ err: coerceError(thrown), snapshot }, "an image could not be removed yet");
			}
		}
	}

	return {
		wanted: (repositoryId, reason) => want(db, repositoryId, reason),

		async onPush({ owner, name, ref }) {
			const repository = await findBuiltOnPush(db, { owner, name });
			if (repository === undefined || ref !== `refs/heads/${repository.default_branch}`) return;
			await want(db, repository.id, "push");
		},

		async sweep() {
			if (everyMs > 0) {
				await db.transaction().execute(async (tx) => {
					const now = new Date(deps.now());
					for (const repositoryId of await claimDueRepositories(tx, { now, everyMs, activeMs }))
						await want(tx, repositoryId, "schedule");
				});
			}
			await clearBuilders(deps, { provider, left: true });
			await retireImages(db, provider);
			await removeSnapshots();
			await dropOldLogs(db);
		},
	};
}

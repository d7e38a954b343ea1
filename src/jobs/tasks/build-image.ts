import type { Db } from "../../db/client.ts";
import type { createBuildImage } from "../../images/build-image.ts";
import { buildImageJob, type Enqueue } from "../queue.ts";
import { defineTask, type Task } from "../worker.ts";

/** Builds an image of a repository, if one is due by then. */
export function createBuildImageTask(deps: {
	db: Db;
	enqueue: Enqueue;
	buildImage: ReturnType<typeof createBuildImage>;
}): Task {
	return defineTask(buildImageJob, async (payload, { signal }) => {
		const { repositoryId, reason, atMs } = payload;
		const result = await deps.buildImage({ repositoryId, reason, wantedAtMs: atMs, signal });
		if (result.outcome !== "later") return;
		await deps.enqueue(deps.db, buildImageJob, payload, {
			key: repositoryId,
			startAfterMs: result.afterMs,
		});
	});
}

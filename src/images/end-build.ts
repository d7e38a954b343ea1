import type { Problem } from "../contract/event.ts";
import type { Db, Tx } from "../db/client.ts";
import { type Enqueue, tellChannelJob } from "../jobs/queue.ts";
import { listChannels, lockBuilds, recordBuild } from "./build-store.ts";
import { tellFailure, tellRecovery, toFailureKey } from "./build-words.ts";
import { toCatalogueWords } from "./catalogue-words.ts";
import { toBackOffMs } from "./decide-build.ts";
import { finishImage } from "./image-store.ts";
import type { UsedRecipe } from "./ports.ts";

/** How a build ended, as it is kept. */
export type BuildEnd =
	| { state: "ready"; used: UsedRecipe; recipeHash: string; sizeBytes: number | null }
	| { state: "failed"; step: string; problem: Problem; lastLines: string[] };

/** Trouble of a moment and of nobody's making: it stands on the repository's page, no channel is told. */
const PASSING = new Set([
	"sandbox_unavailable",
	"sandbox_timeout",
	"sandbox_rate_limited",
	"sandbox_quota",
	"sandbox_not_found",
	"clone_unreachable",
	"agent_not_started",
	"internal",
]);

/**
 * Writes the end of a build, when to try again after a failure, and has the repository's channel told: of a failure
 * once, however often it happens again, and of its end. All or nothing.
 *
 * @returns false: somebody else builds this repository now, nothing was written
 */
export function endBuild(
	deps: { db: Db; enqueue: Enqueue; everyMs: number; now: () => number },
	input: {
		imageId: string;
		repository: { id: string; fullName: string };
		hasPredecessor: boolean;
		end: BuildEnd;
	},
): Promise<boolean> {
	const { imageId, repository, end } = input;
	const at = new Date(deps.now());

	async function tell(tx: Tx, what: string, line: { text: string; quote: string | null }): Promise<void> {
		for (const channel of await listChannels(tx, repository.id)) {
			await deps.enqueue(
				tx,
				tellChannelJob,
				{
					version: 1,
					...channel,
					...line,
					deliveryId: `${what}:${imageId}:${channel.channelId}`,
					atMs: at.getTime(),
				},
				{ key: `${channel.teamId}:${channel.channelId}` },
			);
		}
	}

	return deps.db.transaction().execute(async (tx) => {
		if (!(await finishImage(tx, imageId, { ...end, at }))) return false;
		const { failures, told } = await lockBuilds(tx, repository.id);
		if (end.state === "ready") {
			if (told !== null) await tell(tx, "image-mended", tellRecovery(repository.fullName));
			const words = toCatalogueWords(end.used.recipe);
			await recordBuild(tx, repository.id, { failures: 0, nextTryAt: null, told: null, words });
			return true;
		}
		const failure = { step: end.step, message: end.problem.message, lastLines: end.lastLines };
		const key = toFailureKey(failure);
		const isTold = PASSING.has(end.problem.code) || told === key;
		if (!isTold)
			await tell(tx, "image-failed", tellFailure(repository.fullName, failure, input.hasPredecessor));
		await recordBuild(tx, repository.id, {
			failures: failures + 1,
			nextTryAt: new Date(at.getTime() + toBackOffMs(failures + 1, deps.everyMs)),
			told: isTold ? told : key,
		});
		return true;
	});
}

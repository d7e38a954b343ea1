import type { BuildLimits, BuildOutcome } from "../../sandbox/images/build-input.ts";
import { hashRecipe } from "../../sandbox/images/hash-recipe.ts";
import type { Problem } from "../contract/event.ts";
import type { BuildReason } from "../contract/image.ts";
import type { Db } from "../db/client.ts";
import type { Enqueue } from "../jobs/queue.ts";
import type { Log } from "../log.ts";
import type { PrepareAgent } from "../sessions/ports.ts";
import type {
	RepositoryAddress,
	RepositoryLimits,
	RepositoryState,
} from "../sessions/routing/repository-trouble.ts";
import { hashToken } from "../sessions/sandbox/gateway-token.ts";
import { toProblem } from "../sessions/turn/to-problem.ts";
import { createBuildProgress } from "./build-progress.ts";
import { insertBuilder } from "./builder-store.ts";
import { clearBuilders } from "./clear-builders.ts";
import { type BuildEnd, endBuild } from "./end-build.ts";
import { beginImage } from "./image-store.ts";
import { toBuilderName, toSnapshotName } from "./names.ts";
import type { BuildEngine, BuildPlace, UsedRecipe } from "./ports.ts";
import { type PreparedBuilder, prepareBuilder } from "./prepare-builder.ts";

export interface RunBuildDeps {
	db: Db;
	enqueue: Enqueue;
	sandboxes: BuildPlace;
	engine: BuildEngine;
	limits: BuildLimits;
	repositoryLimits?: RepositoryLimits;
	prepareAgent: PrepareAgent;
	/** How often a repository may be built by itself; 0: only when somebody asks. */
	everyMs: number;
	log: Log;
	now: () => number;
	newId: () => string;
	newToken: () => string;
}

/** `lost`: somebody else builds it now. */
export type BuildRun = { outcome: "ready" | "failed"; imageId: string } | { outcome: "lost" };

/**
 * Builds an image of a repository, from its row to its end. A build that fails is recorded as such.
 *
 * @throws the signal's reason; the build is then begun anew by whoever comes next
 */
export async function runBuild(
	deps: RunBuildDeps,
	input: {
		repository: RepositoryAddress & Partial<RepositoryState> & { id: string; default_branch: string };
		reason: BuildReason;
		/** Where the default branch is; by the time of the clone it may have moved on. */
		head: string;
		recipeText: string | null;
		editedHash: string | null;
		hasPredecessor: boolean;
	},
	signal: AbortSignal,
): Promise<BuildRun> {
	const { db, log, now } = deps;
	const { repository } = input;
	const provider = deps.sandboxes.name;
	const imageId = deps.newId();
	const snapshot = toSnapshotName(imageId);
	const about = { repository: `${repository.owner}/${repository.name}`, image: imageId };
	const builder = await db.transaction().execute(async (tx) => {
		await beginImage(tx, {
			id: imageId,
			repositoryId: repository.id,
			provider,
			snapshot,
			commitSha: input.head,
			reason: input.reason,
			at: new Date(now()),
		});
		return insertBuilder(tx, {
			id: deps.newId(),
			session_id: null,
			repository_id: repository.id,
			provider,
			name: toBuilderName(imageId),
			// Nobody has this token; the one that counts is written with its file.
			token_hash: hashToken(deps.newToken()),
			image_id: imageId,
		});
	});
	const lost = new AbortController();
	const progress = createBuildProgress({
		db,
		imageId,
		commitSha: input.head,
		onLost: () => lost.abort(new Error("somebody else builds this image")),
		log,
	});
	const inside: { prepared: PreparedBuilder | null } = { prepared: null };
	const any = AbortSignal.any([signal, lost.signal]);
	try {
		const outcome = await deps
			.engine(
				{
					sandboxName: builder.name,
					snapshot,
					recipeText: input.recipeText,
					async prepare(sandbox) {
						const prepared = await prepareBuilder(deps, builder, sandbox, repository);
						inside.prepared = prepared;
						progress.onCommit(prepared.commitSha);
						return { directory: prepared.directory };
					},
					warmAgent: (sandbox, directory, until) =>
						deps.prepareAgent(
							{ sandbox, directory, gatewayToken: inside.prepared?.gatewayToken ?? "" },
							until,
						),
					onStep: progress.onStep,
					onLog: progress.onLog,
					limits: deps.limits,
				},
				any,
			)
			.catch((error: unknown) => {
				any.throwIfAborted();
				log.warn({ ...about, err: error }, "an image could not be built");
				return { outcome: "threw" as const, problem: toProblem(error) };
			});
		// A build that was told to leave may have called that a failure.
		any.throwIfAborted();
		const { step } = await progress.settle();
		const end = toBuildEnd(outcome, {
			step,
			editedHash: input.editedHash,
			hasRecipeFile: inside.prepared?.hasRecipeFile ?? false,
		});
		const ended = await endBuild(deps, {
			imageId,
			repository: { id: repository.id, fullName: about.repository },
			hasPredecessor: input.hasPredecessor,
			end,
		});
		if (!ended) return { outcome: "lost" };
		log.info({ ...about, state: end.state }, "an image was built");
		return { outcome: end.state, imageId };
	} catch (error) {
		if (!lost.signal.aborted || signal.aborted) throw error;
		log.info(about, "another instance builds this image now");
		return { outcome: "lost" };
	} finally {
		await clearBuilders(deps, { provider, builder });
	}
}

function toBuildEnd(
	outcome: BuildOutcome | { outcome: "threw"; problem: Problem },
	known: { step: string | null; editedHash: string | null; hasRecipeFile: boolean },
): BuildEnd {
	switch (outcome.outcome) {
		case "ready": {
			const { recipe, found, ports, sizeBytes } = outcome;
			const source = known.editedHash !== null ? "edited" : known.hasRecipeFile ? "file" : "detected";
			const used: UsedRecipe = { source, recipe, found, ports, editedHash: known.editedHash };
			return { state: "ready", used, recipeHash: hashRecipe(recipe), sizeBytes };
		}
		case "failed": {
			const { step, message, lastLines } = outcome;
			return {
				state: "failed",
				step,
				problem: { code: "build_failed", message, retryable: false },
				lastLines,
			};
		}
		case "threw":
			return { state: "failed", step: known.step ?? "prepare", problem: outcome.problem, lastLines: [] };
		default:
			return outcome satisfies never;
	}
}

import type { BuildLimits, BuildOutcome } from "../../sandbox/images/build-input.ts";
import { hashRecipe } from "../../sandbox/images/hash-recipe.ts";
import type { Problem } from "../contract/event.ts";
import type { Db } from "../db/client.ts";
import { AppError } from "../errors.ts";
import type { Enqueue } from "../jobs/queue.ts";
import type { Log } from "../log.ts";
import { hashToken } from "../sessions/gateway-token.ts";
import type { PrepareAgent } from "../sessions/ports.ts";
import { findRepository } from "../sessions/repository-store.ts";
import { toProblem } from "../sessions/to-problem.ts";
import { createBuildProgress } from "./build-progress.ts";
import { hasOpenTurns, readBuilds } from "./build-store.ts";
import { insertBuilder } from "./builder-store.ts";
import { clearBuilders } from "./clear-builders.ts";
import { type BuildDecision, type BuildReason, decideBuild } from "./decide-build.ts";
import { hashEditedRecipe } from "./edited-recipe.ts";
import { type BuildEnd, endBuild } from "./end-build.ts";
import { beginImage, dropImage, interruptImages, readBuildHistory } from "./image-store.ts";
import { toBuilderName, toSnapshotName } from "./names.ts";
import type { BuildEngine, BuildPlace, ReadBranchHead, UsedRecipe } from "./ports.ts";
import { type PreparedBuilder, prepareBuilder } from "./prepare-builder.ts";

export interface BuildImageDeps {
	db: Db;
	enqueue: Enqueue;
	sandboxes: BuildPlace;
	engine: BuildEngine;
	limits: BuildLimits;
	prepareAgent: PrepareAgent;
	readBranchHead: ReadBranchHead;
	/** Asks GitHub again which repositories there are, and what they and their default branches are called. */
	refreshRepositories: () => Promise<unknown>;
	/** How often a repository may be built by itself; 0: only when somebody asks. */
	everyMs: number;
	log: Log;
	now: () => number;
	newId: () => string;
	newToken: () => string;
}

export type BuildResult =
	| { outcome: "ready" | "failed"; imageId: string }
	| { outcome: "nothing"; why: (BuildDecision & { do: "nothing" })["why"] | "gone" | "unreadable" }
	| { outcome: "later"; afterMs: number }
	/** Somebody else builds it now. */
	| { outcome: "lost" };

type Repository = NonNullable<Awaited<ReturnType<typeof findRepository>>>;

/**
 * Builds an image of a repository if one is due. Whatever an earlier builder left is cleared first and begun anew, so it
 * may be killed at any line. A build that fails is recorded as such; it throws only when the work must be done again.
 */
export function createBuildImage(deps: BuildImageDeps) {
	const { db, sandboxes, log, now } = deps;
	const provider = sandboxes.name;

	return async function buildImage(input: {
		repositoryId: string;
		reason: BuildReason;
		wantedAtMs: number;
		signal: AbortSignal;
	}): Promise<BuildResult> {
		const { repositoryId, reason, signal } = input;
		signal.throwIfAborted();
		// One job of a repository runs at a time: who built before is gone.
		await interruptImages(db, { repositoryId, provider, at: new Date(now()) });
		await clearBuilders(deps, { provider, repositoryId });
		const found = await findWithHead(repositoryId);
		if (found.outcome === "nothing") return found;
		const { repository, head } = found;
		const builds = await readBuilds(db, repositoryId);
		const { newest, lastStartedAt } = await readUsableHistory(repositoryId);
		const editedHash = hashEditedRecipe(builds?.recipe_text ?? null);
		const decision = decideBuild({
			reason,
			nowMs: now(),
			wantedAtMs: input.wantedAtMs,
			head,
			newest: newest ? { commit: newest.commit_sha, startedAtMs: newest.started_at.getTime() } : null,
			recipeChanged: newest !== undefined && (newest.recipe as UsedRecipe).editedHash !== editedHash,
			lastStartedAtMs: lastStartedAt?.getTime() ?? null,
			nextTryAtMs: builds?.next_try_at?.getTime() ?? null,
			turnsAtWork: await hasOpenTurns(db, repositoryId),
			everyMs: deps.everyMs,
		});
		if (decision.do === "nothing") return { outcome: "nothing", why: decision.why };
		if (decision.do === "wait") return { outcome: "later", afterMs: decision.forMs };
		signal.throwIfAborted();
		return build({
			repository,
			reason,
			// Decided to build, so there is one.
			head: head ?? "",
			recipeText: builds?.recipe_text ?? null,
			editedHash,
			hasPredecessor: newest !== undefined,
			signal,
		});
	};

	/** The repository and where its default branch is. Where that cannot be found, both may have been renamed. */
	async function findWithHead(
		repositoryId: string,
	): Promise<
		| { outcome: "found"; repository: Repository; head: string | null }
		| { outcome: "nothing"; why: "gone" | "unreadable" }
	> {
		for (let isFresh = false; ; isFresh = true) {
			const repository = await findRepository(db, repositoryId);
			if (!repository) return { outcome: "nothing", why: "gone" };
			const head = await readHead(repository);
			if (isFresh && head === "unreadable") return { outcome: "nothing", why: "unreadable" };
			if (head !== "unreadable" && (isFresh || head !== null)) return { outcome: "found", repository, head };
			await deps.refreshRepositories();
		}
	}

	/** An image whose snapshot the provider lost is in use no more. */
	async function readUsableHistory(repositoryId: string) {
		for (;;) {
			const history = await readBuildHistory(db, { repositoryId, provider });
			const { newest } = history;
			if (!newest || (await sandboxes.getSnapshot(newest.snapshot)) !== null) return history;
			log.warn({ image: newest.id, snapshot: newest.snapshot }, "the snapshot of an image is gone");
			await dropImage(db, newest.id, new Date(now()));
		}
	}

	async function readHead(repository: Repository): Promise<string | null | "unreadable"> {
		const { owner, name, default_branch: branch } = repository;
		try {
			return await deps.readBranchHead({ owner, name, branch });
		} catch (error) {
			if (!(error instanceof AppError) || error.retryable) throw error;
			log.warn({ err: error, repository: `${owner}/${name}` }, "the head of a repository cannot be read");
			return "unreadable";
		}
	}

	async function build(input: {
		repository: Repository;
		reason: BuildReason;
		head: string;
		recipeText: string | null;
		editedHash: string | null;
		hasPredecessor: boolean;
		signal: AbortSignal;
	}): Promise<BuildResult> {
		const { repository, signal } = input;
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
					log.error({ ...about, err: error }, "an image could not be built");
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

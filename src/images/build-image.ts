import type { BuildReason } from "../contract/image.ts";
import { AppError } from "../errors.ts";
import { findRepository } from "../sessions/routing/repository-store.ts";
import { hasOpenTurns, readBuilds } from "./build-store.ts";
import { clearBuilders } from "./clear-builders.ts";
import { type BuildDecision, decideBuild } from "./decide-build.ts";
import { hashEditedRecipe } from "./edited-recipe.ts";
import { dropImage, interruptImages, readBuildHistory } from "./image-store.ts";
import type { ReadBranchHead, UsedRecipe } from "./ports.ts";
import { type BuildRun, type RunBuildDeps, runBuild } from "./run-build.ts";

export interface BuildImageDeps extends RunBuildDeps {
	readBranchHead: ReadBranchHead;
	/** Asks GitHub again which repositories there are, and what they and their default branches are called. */
	refreshRepositories: () => Promise<unknown>;
}

export type BuildResult =
	| BuildRun
	| { outcome: "nothing"; why: (BuildDecision & { do: "nothing" })["why"] | "gone" | "unreadable" }
	| { outcome: "later"; afterMs: number };

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
		const build = {
			repository,
			reason,
			// Decided to build, so there is one.
			head: head ?? "",
			recipeText: builds?.recipe_text ?? null,
			editedHash,
			hasPredecessor: newest !== undefined,
		};
		return runBuild(deps, build, signal);
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
}

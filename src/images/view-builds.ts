import { writeRecipe } from "../../sandbox/images/write-recipe.ts";
import type { Image, RepositoryBuilds } from "../contract/image.ts";
import type { Db } from "../db/client.ts";
import { readRepository } from "../sessions/routing/repository-store.ts";
import {
	findTrouble,
	REPOSITORY_LIMITS,
	type RepositoryLimits,
} from "../sessions/routing/repository-trouble.ts";
import { readBuilds } from "./build-store.ts";
import { type ImageRow, readImages } from "./image-store.ts";
import type { UsedRecipe } from "./ports.ts";

const TAIL_CHARACTERS = 4_000;

/** How a repository is built and how that goes; null: there is no such repository. */
export async function viewBuilds(
	deps: { db: Db; now: () => number; repositoryLimits?: RepositoryLimits },
	input: { repositoryId: string; provider: string },
): Promise<RepositoryBuilds | null> {
	const { repositoryId, provider } = input;
	const repository = await readRepository(deps.db, repositoryId);
	if (!repository) return null;
	const [builds, { newest, inUse }] = await Promise.all([
		readBuilds(deps.db, repositoryId),
		readImages(deps.db, { repositoryId, provider, tailCharacters: TAIL_CHARACTERS }),
	]);
	const used = inUse ? (inUse.recipe as UsedRecipe) : null;
	const view = (row: ImageRow | undefined) => (row ? toImage(row, deps.now()) : null);
	return {
		repository: {
			id: repositoryId,
			fullName: `${repository.owner}/${repository.name}`,
			defaultBranch: repository.default_branch,
		},
		recipe: used && { source: used.source, text: writeRecipe(used.recipe), found: used.found },
		recipeText: builds?.recipe_text ?? null,
		buildsOnPush: builds?.builds_on_push ?? false,
		failures: builds?.failures ?? 0,
		nextTryAt: builds?.next_try_at?.toISOString() ?? null,
		newestImage: view(newest),
		imageInUse: view(inUse),
		trouble: findTrouble(repository, deps.repositoryLimits ?? REPOSITORY_LIMITS)?.message ?? null,
	};
}

function toImage(row: ImageRow, nowMs: number): Image {
	return {
		id: row.id,
		state: row.state,
		commit: row.commit_sha,
		reason: row.reason,
		step: row.step,
		steps: row.steps,
		problem: row.problem,
		sizeBytes: row.size_bytes,
		startedAt: row.started_at.toISOString(),
		finishedAt: row.finished_at?.toISOString() ?? null,
		ageMs: nowMs - row.started_at.getTime(),
		logTail: row.tail,
	};
}

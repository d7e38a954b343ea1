import { parseRecipe } from "../../sandbox/images/parse-recipe.ts";
import type {
	BuildReason,
	ChangeRepositoryBuilds,
	RecipeProblem,
	RepositoryBuilds,
} from "../contract/image.ts";
import type { Db, Tx } from "../db/client.ts";
import { coerceError } from "../errors.ts";
import { buildImageJob, type Enqueue } from "../jobs/queue.ts";
import type { Log } from "../log.ts";
import { type Act, recordAudit } from "../people/audit.ts";
import type { RepositoryLimits } from "../sessions/routing/repository-trouble.ts";
import { claimDueRepositories, findBuiltOnPush, setBuilds } from "./build-store.ts";
import { toCatalogueWords } from "./catalogue-words.ts";
import { clearBuilders } from "./clear-builders.ts";
import {
	dropOldLogs,
	listDeadSnapshots,
	markSnapshotGone,
	readImageLog,
	retireImages,
} from "./image-store.ts";
import type { BuildPlace } from "./ports.ts";
import { viewBuilds } from "./view-builds.ts";

export interface Images {
	/** Queues a build. Whether one is due is decided when its turn comes, so asking too often does no harm. */
	wanted(repositoryId: string, reason: BuildReason): Promise<void>;
	/** A branch was pushed to. */
	onPush(push: { owner: string; name: string; ref: string }): Promise<void>;
	/** Has every repository looked at whose turn it is, and removes images that nothing uses. */
	sweep(): Promise<void>;
	/** null: there is no such repository. */
	view(repositoryId: string): Promise<RepositoryBuilds | null>;
	/** What people set; another recipe is built at once. */
	change(
		repositoryId: string,
		change: ChangeRepositoryBuilds,
	): Promise<{ outcome: "changed" } | { outcome: "bad_recipe"; problems: RecipeProblem[] }>;
	/** null: there is no such image. */
	readLog(repositoryId: string, imageId: string): Promise<string | null>;
}

export function createImages(deps: {
	db: Db;
	enqueue: Enqueue;
	sandboxes: Pick<BuildPlace, "name" | "delete" | "deleteSnapshot">;
	repositoryLimits?: RepositoryLimits;
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

	/** Whoever sits at this machine did it. */
	function note(tx: Tx, act: Pick<Act, "action" | "repositoryId" | "data">): Promise<void> {
		return recordAudit(tx, { ...act, personId: null, actor: "local" }, new Date(deps.now()));
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
		wanted: (repositoryId, reason) =>
			db.transaction().execute(async (tx) => {
				if (reason === "asked") await note(tx, { action: "image.asked", repositoryId });
				await want(tx, repositoryId, reason);
			}),

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
			await retireImages(db, { provider, now: new Date(deps.now()) });
			await removeSnapshots();
			await dropOldLogs(db, new Date(deps.now()));
		},

		view: (repositoryId) => viewBuilds(deps, { repositoryId, provider }),

		async change(repositoryId, change) {
			const parsed = change.recipeText == null ? null : parseRecipe(change.recipeText);
			if (parsed?.ok === false) return { outcome: "bad_recipe", problems: parsed.problems };
			await db.transaction().execute(async (tx) => {
				// Where the edited recipe goes away, the build that follows says what the repository's own has.
				const words = parsed && toCatalogueWords(parsed.recipe);
				await setBuilds(tx, repositoryId, { ...change, words });
				const { recipeText, buildsOnPush } = change;
				const edit = recipeText === undefined ? {} : { recipe: recipeText === null ? "removed" : "edited" };
				const data = { ...edit, ...(buildsOnPush === undefined ? {} : { buildsOnPush }) };
				await note(tx, { action: "repository.builds_changed", repositoryId, data });
				if (change.recipeText !== undefined && everyMs > 0) await want(tx, repositoryId, "recipe");
			});
			return { outcome: "changed" };
		},

		readLog: async (repositoryId, imageId) => (await readImageLog(db, { repositoryId, imageId })) ?? null,
	};
}

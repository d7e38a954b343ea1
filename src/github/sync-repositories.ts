import { AppError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Github } from "./github.ts";
import type { GithubStore } from "./store.ts";

const RETRY_MS = 30_000;

interface SyncDeps {
	github: Pick<Github, "listRepositories">;
	store: Pick<GithubStore, "saveRepositories">;
	newId: () => string;
	log: Log;
}

/** Brings GitHub's list of repositories into ours. Where the list cannot be read, ours stays as it is. */
export async function syncRepositories(
	deps: SyncDeps,
): Promise<{ added: number; updated: number; removed: number }> {
	const facts = await deps.github.listRepositories();
	const result = await deps.store.saveRepositories(facts, deps.newId);
	deps.log.info(result, "repositories brought up to date");
	return result;
}

/**
 * Syncs at start. Where GitHub does not answer just then, this returns all the same (the list of the last time serves)
 * and it is tried again until GitHub does.
 *
 * @returns what ends the trying
 * @throws AppError where trying again does not help
 */
export async function syncAtStart(deps: {
	sync: () => Promise<unknown>;
	log: Log;
	retryMs?: number;
}): Promise<() => void> {
	let timer: NodeJS.Timeout | undefined;
	async function attempt(): Promise<void> {
		try {
			await deps.sync();
		} catch (error) {
			if (!(error instanceof AppError) || !error.retryable) throw error;
			deps.log.warn({ err: error }, "the list of repositories may be old; asking GitHub again soon");
			timer = setTimeout(
				() => attempt().catch((err) => deps.log.error({ err }, "the list of repositories cannot be read")),
				deps.retryMs ?? RETRY_MS,
			).unref();
		}
	}
	await attempt();
	return () => clearTimeout(timer);
}

import type { Log } from "../log.ts";
import type { Github } from "./github.ts";
import type { GithubStore } from "./store.ts";

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

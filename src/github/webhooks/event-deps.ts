import { AppError } from "../../errors.ts";
import type { Github, RepositoryAddress } from "../github.ts";
import type { GithubStore } from "../store.ts";
import type { Delivery } from "./delivery.ts";
import type { ToldRepository, WebhookTargets } from "./targets.ts";

/** What the handlers of events work with. */
export interface EventDeps {
	github: Pick<Github, "readPullRequest" | "forgetTokens">;
	store: Pick<GithubStore, "findAddress">;
	targets: WebhookTargets;
}

export function toRepository({ repository }: Delivery): ToldRepository | null {
	if (repository === undefined) return null;
	return { owner: repository.owner.login, name: repository.name, githubId: repository.id ?? null };
}

/**
 * Reads something of a repository. It may have another name by now than the webhook says: GitHub is asked under the one
 * that is known of its number first.
 *
 * @throws AppError `repository_not_found`: it, or the thing in it, is gone, or kept from the App
 */
export async function readUnderName<T>(
	deps: EventDeps,
	repository: ToldRepository,
	read: (address: RepositoryAddress) => Promise<T>,
): Promise<T> {
	const told = { owner: repository.owner, name: repository.name };
	const known = repository.githubId === null ? null : await deps.store.findAddress(repository.githubId);
	try {
		return await read(known ?? told);
	} catch (error) {
		if (!(error instanceof AppError) || error.code !== "repository_not_found") throw error;
	}
	// The list of repositories may be older than the webhook, or the other way round.
	await deps.targets.onRepositoriesChanged();
	const current = repository.githubId === null ? null : await deps.store.findAddress(repository.githubId);
	return read(current ?? told);
}

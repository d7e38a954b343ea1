import type { Delivery } from "../delivery.ts";
import { type EventDeps, toRepository } from "../event-deps.ts";

/** Renamed, archived, transferred, deleted, edited, made public or private. */
export async function handleRepository(delivery: Delivery, deps: EventDeps): Promise<void> {
	const repository = toRepository(delivery);
	if (repository !== null) {
		deps.github.forgetTokens(repository);
		if (repository.githubId !== null)
			await deps.targets.onRightsChanged({ githubId: null, repositoryGithubId: repository.githubId });
	}
	await deps.targets.onRepositoriesChanged();
}

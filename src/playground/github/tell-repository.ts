import { showRepository, webhookFrame } from "./repositories.ts";
import type { RepositoryRow } from "./rows.ts";
import type { World } from "./world.ts";

/** The webhook of what happened to a repository. `changes`: what it was before, in GitHub's form. */
export function tellRepository(
	world: World,
	action: string,
	repository: RepositoryRow,
	sender: string,
	changes?: Record<string, unknown>,
): void {
	world.deliveries.add("repository", {
		action,
		...(changes === undefined ? {} : { changes }),
		...webhookFrame(world, repository, sender),
	});
}

/** The webhook of a repository that the App was given or denied. */
export function tellInstallation(
	world: World,
	action: "added" | "removed",
	repository: RepositoryRow,
	sender: string,
): void {
	const { id, name, full_name, private: isPrivate } = showRepository(world, repository);
	const brief = [{ id, name, full_name, private: isPrivate }];
	const { repository: _, ...frame } = webhookFrame(world, repository, sender);
	world.deliveries.add("installation_repositories", {
		action,
		repository_selection: "selected",
		repositories_added: action === "added" ? brief : [],
		repositories_removed: action === "removed" ? brief : [],
		...frame,
	});
}

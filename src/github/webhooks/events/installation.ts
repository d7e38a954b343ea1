import type { Delivery } from "../delivery.ts";
import type { EventDeps } from "../event-deps.ts";

/** The App was installed, taken off, suspended or woken, or was given or denied repositories. */
export async function handleRepositories({ action }: Delivery, { targets }: EventDeps): Promise<void> {
	await targets.onRightsChanged({ githubId: null, repositoryGithubId: null });
	await targets.onRepositoriesChanged();
	if (action === "unsuspend" || action === "created" || action === "added") await targets.onHeardAgain();
}

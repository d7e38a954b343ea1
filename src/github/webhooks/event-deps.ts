import type { Github, RepositoryAddress } from "../github.ts";
import type { GithubStore } from "../store.ts";
import type { Delivery } from "./delivery.ts";
import type { ToldRepository, WebhookTargets } from "./targets.ts";

/** What the handlers of events work with. */
export interface EventDeps {
	github: Pick<Github, "readPullRequest" | "forgetTokens">;
	store: Pick<GithubStore, "findAddress">;
	targets: WebhookTargets;
	now: () => number;
}

export function toRepository({ repository }: Delivery): ToldRepository | null {
	if (repository === undefined) return null;
	return { owner: repository.owner.login, name: repository.name, githubId: repository.id ?? null };
}

/** What it is called, as far as is known: by now it may have another name than the webhook says. */
export async function toAddress(
	{ store }: Pick<EventDeps, "store">,
	{ owner, name, githubId }: ToldRepository,
): Promise<RepositoryAddress> {
	return (githubId === null ? null : await store.findAddress(githubId)) ?? { owner, name };
}

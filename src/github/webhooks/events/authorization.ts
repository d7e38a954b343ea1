import type { Delivery } from "../delivery.ts";
import type { EventDeps } from "../event-deps.ts";

/** Somebody took back that the App may act for them. */
export async function handleAuthorization(delivery: Delivery, { targets }: EventDeps): Promise<void> {
	if (delivery.sender === undefined) return;
	await targets.onRightsChanged({ githubId: delivery.sender.id, repositoryGithubId: null });
	await targets.onAuthorizationRevoked({ githubId: delivery.sender.id });
}

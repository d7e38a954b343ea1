import type { Delivery } from "../delivery.ts";
import { type EventDeps, toRepository } from "../event-deps.ts";

/** Somebody was made a collaborator of a repository, or is one no more, or may do something else. */
export function handleMember(delivery: Delivery, deps: EventDeps): Promise<void> {
	return forget(delivery, deps, delivery.member?.id);
}

/** Somebody came into a team or left it. */
export function handleMembership(delivery: Delivery, deps: EventDeps): Promise<void> {
	return forget(delivery, deps, delivery.member?.id);
}

/** A team was given or denied a repository, or is no more. */
export function handleTeam(delivery: Delivery, deps: EventDeps): Promise<void> {
	return forget(delivery, deps, undefined);
}

/** Somebody came into the organisation or left it, or it changed altogether. */
export function handleOrganization(delivery: Delivery, deps: EventDeps): Promise<void> {
	return forget(delivery, deps, delivery.membership?.user?.id);
}

async function forget(delivery: Delivery, { targets }: EventDeps, githubId: number | undefined) {
	await targets.onRightsChanged({
		githubId: githubId ?? null,
		repositoryGithubId: toRepository(delivery)?.githubId ?? null,
	});
}

import type { Delivery } from "../delivery.ts";
import { type EventDeps, toAddress, toRepository } from "../event-deps.ts";
import { handleDescription } from "./comments.ts";

/** Opened, edited, pushed to, drafted, closed, merged, reopened: whichever it was, what it is now counts. */
export async function handlePullRequest(delivery: Delivery, deps: EventDeps): Promise<void> {
	const repository = toRepository(delivery);
	const number = delivery.pull_request?.number;
	if (repository === null || number === undefined) return;
	const address = await toAddress(deps, repository);
	const askedAtMs = deps.now();
	const pullRequest = await deps.github.readPullRequest({ ...address, number });
	const { before, after, sender } = delivery;
	await deps.targets.onPullRequest({
		repository,
		pullRequest,
		askedAtMs,
		heads: [before, after].flatMap((sha) => sha ?? []),
		action: delivery.action ?? "",
		sender: sender ? { githubId: sender.id, login: sender.login } : null,
	});
	// After it: by now it is known whether Bobbin made it.
	await handleDescription(delivery, deps);
}

import type { Delivery } from "../delivery.ts";
import { type EventDeps, toRepository } from "../event-deps.ts";

export function handleCheckRun(delivery: Delivery, deps: EventDeps): Promise<void> {
	return tell(delivery, deps, delivery.check_run?.head_sha);
}

export function handleCheckSuite(delivery: Delivery, deps: EventDeps): Promise<void> {
	return tell(delivery, deps, delivery.check_suite?.head_sha);
}

export function handleStatus(delivery: Delivery, deps: EventDeps): Promise<void> {
	return tell(delivery, deps, delivery.sha);
}

async function tell(delivery: Delivery, { targets }: EventDeps, sha: string | undefined): Promise<void> {
	const repository = toRepository(delivery);
	if (repository === null || sha === undefined) return;
	// GitHub tells this only of the App's own checks.
	if (delivery.action === "rerequested") await targets.onChecksAskedAgain({ repository, sha });
	await targets.onChecks({ repository, sha });
}

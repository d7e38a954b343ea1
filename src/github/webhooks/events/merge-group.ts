import type { Delivery } from "../delivery.ts";
import { type EventDeps, toRepository } from "../event-deps.ts";

/** A merge queue made a commit of several pull requests and waits for the checks that it requires. */
export async function handleMergeGroup(delivery: Delivery, { targets }: EventDeps): Promise<void> {
	const repository = toRepository(delivery);
	const sha = delivery.merge_group?.head_sha;
	if (repository === null || sha === undefined || delivery.action !== "checks_requested") return;
	await targets.onMergeGroup({ repository, sha });
}

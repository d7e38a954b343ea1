import type { Delivery } from "../delivery.ts";
import { type EventDeps, toRepository } from "../event-deps.ts";

/** Pull requests whose head it moved have a webhook of their own. */
export async function handlePush(delivery: Delivery, { targets }: EventDeps): Promise<void> {
	const repository = toRepository(delivery);
	if (repository === null || delivery.ref === undefined) return;
	const { owner, name } = repository;
	await targets.onPush({ repository: { owner, name }, ref: delivery.ref });
}

import { Refused } from "./refused.ts";
import { newSlackId, type Triggers } from "./world.ts";

const LIFETIME_MS = 3_000;

/** Trigger ids live in memory: after a restart they would be too old anyway. */
export function createTriggers(now: () => number): Triggers {
	const issued = new Map<string, { userId: string; expiresAt: number; used: boolean }>();
	return {
		issue(userId) {
			for (const [id, trigger] of issued) {
				if (trigger.expiresAt + 60_000 < now()) issued.delete(id);
			}
			const id = `${Math.floor(now())}.${newSlackId("")}`;
			issued.set(id, { userId, expiresAt: now() + LIFETIME_MS, used: false });
			return id;
		},
		redeem(triggerId) {
			const trigger = issued.get(triggerId);
			if (trigger === undefined) throw new Refused("invalid_trigger_id");
			if (trigger.used) throw new Refused("exchanged_trigger_id");
			if (trigger.expiresAt < now()) throw new Refused("expired_trigger_id");
			trigger.used = true;
			return trigger.userId;
		},
	};
}

import type { Log } from "../../log.ts";
import type { AppIdentity } from "./app-identity.ts";
import type { Deliveries } from "./deliveries.ts";
import type { Git } from "./git.ts";
import type { State } from "./state.ts";

/** What every part of playground GitHub works with. */
export interface World {
	state: State;
	git: Git;
	deliveries: Deliveries;
	identity: AppIdentity;
	/** Where pages and git live, for example `http://127.0.0.1:3000/playground/github`. */
	url: string;
	/** Where REST lives: `<url>/api/v3`. */
	apiUrl: string;
	webhooksUrl: string;
	log: Log;
	now: () => number;
}

/** GitHub's timestamps: ISO 8601 in UTC without fractions. */
export function timestamp(world: Pick<World, "now">): string {
	return toTimestamp(world.now());
}

export function toTimestamp(atMs: number): string {
	return new Date(atMs).toISOString().replace(/\.\d{3}Z$/, "Z");
}

import type { Caller } from "./caller.ts";
import { canSee } from "./channels.ts";
import type { StoredFile } from "./model.ts";
import type { World } from "./world.ts";

/** A file belongs to whoever sent it, to everybody in the channels where it was shared, and to an app that was given it. */
export function mayReadFile(world: World, caller: Caller, file: StoredFile): boolean {
	if (!caller.scopes.includes("files:read")) return false;
	if (file.user === caller.userId) return true;
	if (file.given_to_app && caller.kind === "bot" && caller.teamId === file.user_team) return true;
	return file.channels.some((id) => {
		const channel = world.store.channel(id);
		return channel !== undefined && canSee(world, caller, channel);
	});
}

/** Slack looks through uploads; a moment long it does not know what they are. */
export function isLookedThrough(world: World, file: StoredFile): boolean {
	return world.now() >= (file.looked_through_at ?? 0);
}

import { createArrive } from "./arrive-link.ts";
import { createBegin, createInvite } from "./begin-link.ts";
import { createConfirm } from "./confirm-link.ts";
import { createDecline } from "./decline-link.ts";
import type { LinkDeps } from "./link-deps.ts";
import type { Linking } from "./linking.ts";
import { createUnlink } from "./unlink.ts";
import { createSlackUserOf, createStateOf } from "./view-account.ts";

/** Linking, joined from one file for each act. */
export function createLinking(deps: LinkDeps): Linking {
	return {
		invite: createInvite(deps),
		begin: createBegin(deps),
		arrive: createArrive(deps),
		confirm: createConfirm(deps),
		decline: createDecline(deps),
		stateOf: createStateOf(deps),
		slackUserOf: createSlackUserOf(deps),
		unlink: createUnlink(deps),
	};
}

import type { App } from "@slack/bolt";
import { CHOOSE_WORKSPACE_RULES } from "../blocks/actions.ts";
import { onClick } from "../listeners/action.ts";
import type { ListenerDeps } from "../listeners/deps.ts";
import { readWorkspaceRules } from "./workspace-rules.ts";

/** The boxes in the home by which an admin says whom the workspace lets in. Who is no admin any more loses them. */
export function listenToChooseWorkspaceRules(app: App, deps: ListenerDeps): void {
	onClick(app, deps, CHOOSE_WORKSPACE_RULES, async ({ personId, teamId, ticked }) => {
		if (await deps.isAdmin({ personId, teamId }))
			await deps.setWorkspaceRule({ personId, teamId, change: readWorkspaceRules(ticked) });
	});
}

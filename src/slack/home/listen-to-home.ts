import type { App } from "@slack/bolt";
import { savePersonSettings } from "../../settings/settings-store.ts";
import {
	CHOOSE_HOME,
	CHOOSE_MODEL,
	CHOOSE_NOTIFY,
	CHOOSE_VERBOSITY,
	FORGET_CORRECTION,
	readId,
} from "../blocks/actions.ts";
import { onClick } from "../listeners/action.ts";
import { admit } from "../listeners/admit.ts";
import type { ListenerDeps } from "../listeners/deps.ts";
import { ourTeamId } from "../receiving/intake.ts";
import { readHomeState } from "./home-state.ts";
import { readChoice } from "./settings-tab.ts";

/** The home and what is chosen in it; its conversation, too: whoever opens one may be about to ask for something. */
export function listenToHome(app: App, deps: ListenerDeps): void {
	app.event("app_home_opened", async ({ event, body }) => {
		const home = { teamId: ourTeamId(body), userId: event.user };
		// Where Slack does not say who they are the inbox tries again: nobody is refused for that.
		const admission = await admit(deps, home);
		const personId = admission.outcome === "admitted" ? admission.personId : null;
		if (personId !== null) deps.foresight.visited({ personId });
		if (event.tab === "home") await deps.homes.opened({ ...home, personId, isNew: event.view === undefined });
		else if (personId !== null)
			await deps.suggestPrompts?.({ teamId: home.teamId, personId, channelId: event.channel });
	});

	onClick(app, deps, CHOOSE_HOME, async ({ personId, teamId, userId, actionId, viewMetadata }) => {
		const [, what, choice = ""] = CHOOSE_HOME.exec(actionId) ?? [];
		const before = readHomeState(viewMetadata);
		// Each tab begins at its first page.
		const wanted = { ...before, page: 0, [what ?? ""]: what === "tab" ? choice : Number(choice) };
		await deps.homes.show({ teamId, userId, personId, state: readHomeState(wanted) });
	});

	onClick(app, deps, CHOOSE_MODEL, async ({ personId, selected }) => {
		const model = readChoice.model(selected, deps.models);
		if (model !== undefined) await savePersonSettings(deps.db, personId, { model });
	});

	onClick(app, deps, CHOOSE_VERBOSITY, async ({ personId, selected }) => {
		const verbosity = readChoice.verbosity(selected);
		if (verbosity !== undefined) await savePersonSettings(deps.db, personId, { verbosity });
	});

	onClick(app, deps, CHOOSE_NOTIFY, async ({ personId, selected }) => {
		const notify = readChoice.notify(selected);
		if (notify !== undefined) await savePersonSettings(deps.db, personId, { notify });
	});

	onClick(app, deps, FORGET_CORRECTION, async ({ personId, teamId, value }) => {
		const correctionId = readId(value);
		if (correctionId !== null) await deps.forgetCorrection?.({ correctionId, teamId, personId });
	});
}

import type { App } from "@slack/bolt";
import { CHOOSE_DRAFT } from "../blocks/actions.ts";
import { readDraftWish } from "../blocks/draft-wish.ts";
import { onClick } from "./action.ts";
import { drawHome } from "./app-home-opened.ts";
import type { ListenerDeps } from "./deps.ts";

/** The select in the home by which a person says whether their pull requests begin as drafts. */
export function listenToChooseDraft(app: App, deps: ListenerDeps): void {
	onClick(app, deps, CHOOSE_DRAFT, async ({ personId, teamId, userId, selected }) => {
		const wish = readDraftWish(selected);
		if (wish === undefined) return;
		await deps.draftWishes.set(personId, wish);
		await drawHome(deps, { teamId, userId, personId });
	});
}

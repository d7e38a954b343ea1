import type { App } from "@slack/bolt";
import { CHOOSE_DRAFT } from "../blocks/actions.ts";
import { onClick } from "../listeners/action.ts";
import type { ListenerDeps } from "../listeners/deps.ts";
import { readDraftWish } from "./draft-wish.ts";

/** The select in the home by which a person says whether their pull requests begin as drafts. */
export function listenToChooseDraft(app: App, deps: ListenerDeps): void {
	onClick(app, deps, CHOOSE_DRAFT, async ({ personId, selected }) => {
		const wish = readDraftWish(selected);
		if (wish !== undefined) await deps.draftWishes.set(personId, wish);
	});
}

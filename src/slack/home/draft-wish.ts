import type { KnownBlock } from "@slack/types";
import { CHOOSE_DRAFT } from "../blocks/actions.ts";
import { section } from "../blocks/message.ts";

const WORDS = { repository: "As the repository says", draft: "As drafts", ready: "Ready for review" };

/** The part of the home in which a person says how their pull requests begin. */
export function draftWishBlocks(wish: boolean | null): KnownBlock[] {
	const option = (value: keyof typeof WORDS) => ({
		text: { type: "plain_text" as const, text: WORDS[value] },
		value,
	});
	const initial = option(wish === null ? "repository" : wish ? "draft" : "ready");
	return [
		{
			...section("My pull requests begin"),
			// The same in every drawing: a choice that is made while the home is drawn anew finds its place.
			block_id: "draft_wish",
			accessory: {
				type: "static_select",
				action_id: CHOOSE_DRAFT,
				options: [option("repository"), option("draft"), option("ready")],
				initial_option: initial,
			},
		},
	];
}

/** Undefined: it is none of the options. */
export function readDraftWish(value: string | undefined): boolean | null | undefined {
	if (value === "repository") return null;
	return value === "draft" ? true : value === "ready" ? false : undefined;
}

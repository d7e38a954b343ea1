import type { KnownBlock, PlainTextOption } from "@slack/types";
import type { WorkspaceRules } from "../../people/decide-access.ts";
import { CHOOSE_WORKSPACE_RULES } from "../blocks/actions.ts";
import { section } from "../blocks/message.ts";

const RULES = [
	{ value: "guests", words: "Guests may ask me", more: "Members always may" },
	{ value: "externals", words: "People of other companies may ask me", more: "In channels shared with them" },
	{
		value: "shared",
		words: "I may be asked in shared channels",
		more: "Other companies read what I say there",
	},
	{ value: "bots", words: "Other bots may ask me", more: "With a mention each time" },
	{
		value: "unlinked",
		words: "Nobody needs a GitHub account",
		more: "Without one they may use every repository here, and I sign",
	},
] as const;

/**
 * The part of the home in which an admin says whom the workspace lets in. `isShared`: other workspaces have the same
 * repositories, so that each person needs an account of their own.
 */
export function workspaceRuleBlocks(rules: WorkspaceRules & { isShared: boolean }): KnownBlock[] {
	const isTicked = {
		guests: rules.allowGuests,
		externals: rules.allowExternals,
		bots: rules.allowBots,
		shared: rules.allowSharedChannels,
		unlinked: rules.unlinked === "app",
	};
	const offered = RULES.filter(({ value }) => value !== "unlinked" || !rules.isShared);
	const ticked = offered.filter(({ value }) => isTicked[value]);
	return [
		section(
			"*For admins: who may ask me in this workspace*\nGitHub still says who may use which repository.",
		),
		{
			type: "actions",
			block_id: "workspace_rules",
			elements: [
				{
					type: "checkboxes",
					action_id: CHOOSE_WORKSPACE_RULES,
					options: offered.map(toOption),
					// Slack refuses an empty list.
					...(ticked.length === 0 ? {} : { initial_options: ticked.map(toOption) }),
				},
			],
		},
	];
}

/** What the ticked boxes say. */
export function readWorkspaceRules(ticked: string[]): WorkspaceRules {
	return {
		allowGuests: ticked.includes("guests"),
		allowExternals: ticked.includes("externals"),
		allowBots: ticked.includes("bots"),
		allowSharedChannels: ticked.includes("shared"),
		unlinked: ticked.includes("unlinked") ? "app" : "hold",
	};
}

function toOption({ value, words, more }: (typeof RULES)[number]): PlainTextOption {
	return {
		value,
		text: { type: "plain_text", text: words },
		description: { type: "plain_text", text: more },
	};
}

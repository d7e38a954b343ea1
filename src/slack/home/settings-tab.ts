import type { KnownBlock, PlainTextOption } from "@slack/types";
import type { CapView } from "../../contract/budget.ts";
import { type Notify, notify, type Verbosity, verbosity } from "../../contract/settings.ts";
import type { Correction } from "../../sessions/routing/correction-store.ts";
import type { PersonSettings } from "../../settings/settings-store.ts";
import { CHOOSE_MODEL, CHOOSE_NOTIFY, CHOOSE_VERBOSITY, FORGET_CORRECTION } from "../blocks/actions.ts";
import { accountBlocks } from "../blocks/connect-github.ts";
import { button, contextLine, section } from "../blocks/message.ts";
import { codeSpan, cut, plainLine } from "../text/escape.ts";
import { costWords } from "../text/words.ts";
import { draftWishBlocks } from "./draft-wish.ts";
import { workspaceRuleBlocks } from "./workspace-rules.ts";

const USUAL = "usual";
/** Slack's limits of a menu. */
const MOST_OPTIONS = 100;
const MAX_OPTION_CHARACTERS = 75;
const MOST_CORRECTIONS = 15;

const VERBOSITY_WORDS: Record<Verbosity, string> = {
	quiet: "Quiet: results only",
	normal: "Normal: the work as one line that moves",
	verbose: "Verbose: every step",
};
const NOTIFY_WORDS: Record<Notify, string> = {
	thread: "In the thread",
	direct: "In the thread and by a direct message",
};

export interface HomeSettings {
	person: PersonSettings;
	/** Those that may be chosen, the default first. */
	models: readonly string[];
	draft: boolean | null;
	/** Null: nobody can connect a GitHub account here. */
	account: Parameters<typeof accountBlocks>[0] | null;
	/** Null: GitHub cannot be asked just now which of them they may see. */
	corrections: Correction[] | null;
	/** What the person spent this month and may spend; null: nobody counts. */
	budget: Pick<CapView, "capUsd" | "spentUsd"> | null;
	/** Null: they are no admin. */
	rules: Parameters<typeof workspaceRuleBlocks>[0] | null;
}

/** Pure. What a person chose for themselves, and what an admin chose for the workspace. */
export function settingsTab(settings: HomeSettings): KnownBlock[] {
	const { person, models, account, corrections, rules } = settings;
	return [
		...(models.length > 1 ? [modelBlock(models, person.model)] : []),
		menu({
			id: "home_verbosity",
			words: "How much of the work threads show",
			actionId: CHOOSE_VERBOSITY,
			options: [
				option("As the channel says", USUAL),
				...verbosity.options.map((value) => option(VERBOSITY_WORDS[value], value)),
			],
			chosen: person.verbosity ?? USUAL,
		}),
		menu({
			id: "home_notify",
			words: "Where you hear that something of yours is over",
			actionId: CHOOSE_NOTIFY,
			options: notify.options.map((value) => option(NOTIFY_WORDS[value], value)),
			chosen: person.notify,
		}),
		...draftWishBlocks(settings.draft),
		contextLine(
			"What is said in a thread (*quiet*, *model …*) comes first, then its channel, then you. `/bobbin settings` in a channel has the channel's.",
		),
		...(account === null ? [] : [heading("Linked accounts"), ...accountBlocks(account)]),
		...correctionBlocks(corrections),
		...budgetBlocks(settings.budget),
		...(rules === null ? [] : [heading("Workspace"), ...workspaceRuleBlocks(rules)]),
	];
}

/** What was chosen in a menu: `USUAL` is null; undefined: it is none of the options. */
export const readChoice = {
	model: (value: string | undefined, models: readonly string[]) =>
		value === USUAL ? null : models.find((model) => toValue(model) === value),
	verbosity: (value: string | undefined) => (value === USUAL ? null : verbosity.safeParse(value).data),
	notify: (value: string | undefined) => notify.safeParse(value).data,
};

function modelBlock(models: readonly string[], chosen: string | null): KnownBlock {
	const listed = [...new Map(models.map((model) => [toValue(model), model]))].slice(0, MOST_OPTIONS - 1);
	return menu({
		id: "home_model",
		words: "The model that works for you",
		actionId: CHOOSE_MODEL,
		options: [
			option(`The usual one (${models[0] ?? ""})`, USUAL),
			...listed.map(([value, model]) => option(model, value)),
		],
		chosen: chosen === null ? USUAL : toValue(chosen),
	});
}

function correctionBlocks(corrections: Correction[] | null): KnownBlock[] {
	const title = heading("Learned from you");
	if (corrections === null)
		return [title, contextLine("GitHub does not answer just now, so I cannot list what I learned.")];
	if (corrections.length === 0)
		return [
			title,
			contextLine(
				"Nothing yet. Where you press “Wrong repository?” in a thread, I remember it for the next time.",
			),
		];
	const rest = corrections.length - MOST_CORRECTIONS;
	return [
		title,
		...corrections.slice(0, MOST_CORRECTIONS).map(
			(correction): KnownBlock => ({
				...section(
					`“${plainLine(correction.words, 150)}” belongs to ${codeSpan(correction.to)}${correction.from === null ? "" : `, not ${codeSpan(correction.from)}`}`,
				),
				block_id: `home_correction ${correction.id}`,
				accessory: button("Forget", FORGET_CORRECTION, correction.id),
			}),
		),
		...(rest > 0 ? [contextLine(`… and ${rest} more`)] : []),
	];
}

function budgetBlocks(budget: HomeSettings["budget"]): KnownBlock[] {
	if (budget === null) return [];
	const { capUsd, spentUsd } = budget;
	const of = capUsd === null ? "There is no cap for you." : `Your cap is ${costWords(capUsd)}.`;
	return [heading("Budget"), section(`This month you spent ${costWords(spentUsd) || "nothing"}. ${of}`)];
}

function heading(words: string): KnownBlock {
	return { type: "header", text: { type: "plain_text", text: words } };
}

function menu(of: {
	id: string;
	words: string;
	actionId: string;
	options: PlainTextOption[];
	chosen: string;
}): KnownBlock {
	const initial = of.options.find(({ value }) => value === of.chosen) ?? of.options[0];
	return {
		...section(of.words),
		// The same in every drawing: a choice that is made while the home is drawn anew finds its place.
		block_id: of.id,
		accessory: {
			type: "static_select",
			action_id: of.actionId,
			options: of.options,
			...(initial === undefined ? {} : { initial_option: initial }),
		},
	};
}

function option(words: string, value: string): PlainTextOption {
	return { text: { type: "plain_text", text: cut(words, MAX_OPTION_CHARACTERS) }, value };
}

function toValue(model: string): string {
	return cut(model, MAX_OPTION_CHARACTERS);
}

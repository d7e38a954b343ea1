import type { InputBlock, KnownBlock, ModalView, PlainTextOption } from "@slack/types";
import { z } from "zod";
import { notify, replyMode, verbosity } from "../../contract/settings.ts";
import type { ChannelSettings, PersonSettings } from "../../settings/settings-store.ts";
import { readId, SETTINGS_VIEW, WISH_REPOSITORY } from "../blocks/actions.ts";
import { contextLine } from "../blocks/message.ts";
import { cut } from "../text/escape.ts";
import { choiceOf, plain, type ViewValues } from "./view-values.ts";

/** Nothing chosen: what the wider place says counts. */
const USUAL = "usual";

const VERBOSITY = [
	["quiet", "Quiet: results only"],
	["normal", "Normal: the work as one line that moves"],
	["verbose", "Verbose: every step"],
] as const;
const REPLIES = [
	["every", "Every reply in a session's thread is for me"],
	["addressed", "Only replies that mention me"],
	["judged", "Those that are meant for me, as I judge"],
] as const;
const NOTIFY = [
	["thread", "In the thread"],
	["direct", "By a direct message too"],
] as const;

const metadata = z.object({
	channelId: z.string().nullable(),
	/** A repository was shown, so that an empty field takes it away. */
	hadRepository: z.boolean(),
});

export interface SettingsForm {
	person: PersonSettings;
	/** Null: it was opened in no channel. `repository`: what it is about, as far as its opener may know. */
	channel: (ChannelSettings & { channelId: string; repository: PlainTextOption | null }) | null;
	models: readonly string[];
}

/** The modal of a person's own choices and of those of the channel in which they opened it. */
export function settingsView({ person, channel, models }: SettingsForm): ModalView {
	const byModel = models.map((model) => [model, model] as const);
	const modelInput = (id: string, chosen: string | null) =>
		models.length > 1 ? [select(id, "Model", byModel, chosen)] : [];
	const blocks: KnownBlock[] = [
		{ type: "header", text: plain("Yours") },
		...modelInput("person_model", person.model),
		select("person_verbosity", "How much of the work is shown", VERBOSITY, person.verbosity),
		select("person_notify", "Where you hear that something is over", NOTIFY, person.notify, false),
	];
	if (channel !== null) {
		blocks.push(
			{ type: "header", text: plain("This channel's, for everybody in it") },
			repositorySelect(channel.repository),
			...modelInput("channel_model", channel.model),
			select("channel_verbosity", "How much of the work is shown", VERBOSITY, channel.verbosity),
			select("channel_replies", "Which replies are for me", REPLIES, channel.replies),
		);
	}
	const elsewhere =
		channel === null ? " A channel's own settings: run `/bobbin settings` in that channel." : "";
	blocks.push(
		contextLine(
			`What is said in a thread (*quiet*, *model …*) comes first, then its channel, then you.${elsewhere}`,
		),
	);
	return {
		type: "modal",
		callback_id: SETTINGS_VIEW,
		private_metadata: JSON.stringify({
			channelId: channel?.channelId ?? null,
			hadRepository: channel !== null && channel.repository !== null,
		} satisfies z.infer<typeof metadata>),
		title: plain("Settings"),
		submit: plain("Save"),
		close: plain("Cancel"),
		blocks,
	};
}

export const CHANNEL_REPOSITORY_BLOCK = "channel_repository";

/** What was chosen in the modal; what is out of date in it is left out. `repositoryId` undefined: as it was. */
export function readSettings(privateMetadata: string, values: ViewValues) {
	const { channelId, hadRepository } = metadata.parse(JSON.parse(privateMetadata || "null"));
	const read = <T>(id: string, schema: z.ZodType<T>): T | null | undefined => {
		const choice = choiceOf(values, id);
		if (choice === null) return undefined;
		return choice === USUAL ? null : schema.safeParse(choice).data;
	};
	const model = z.string();
	const repositoryId = readId(choiceOf(values, WISH_REPOSITORY));
	return {
		channelId,
		person: known({
			model: read("person_model", model),
			verbosity: read("person_verbosity", verbosity),
			notify: read("person_notify", notify) ?? undefined,
		}),
		channel: known({
			model: read("channel_model", model),
			verbosity: read("channel_verbosity", verbosity),
			replies: read("channel_replies", replyMode),
		}),
		repositoryId: repositoryId ?? (hadRepository ? null : undefined),
	};
}

/** Without what is undefined. */
function known<T extends object>(of: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
	return Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined)) as never;
}

function select(
	id: string,
	label: string,
	choices: readonly (readonly [value: string, words: string])[],
	chosen: string | null,
	hasUsual = true,
): InputBlock {
	const options = [
		...(hasUsual ? [{ text: plain("As usual"), value: USUAL }] : []),
		...choices.map(([value, words]) => ({ text: plain(cut(words, 75)), value })),
	];
	const initial = options.find(({ value }) => value === chosen) ?? options[0];
	return {
		type: "input",
		block_id: id,
		label: plain(label),
		element: {
			type: "static_select",
			action_id: id,
			options,
			...(initial === undefined ? {} : { initial_option: initial }),
		},
	};
}

function repositorySelect(repository: PlainTextOption | null): InputBlock {
	return {
		type: "input",
		block_id: CHANNEL_REPOSITORY_BLOCK,
		optional: true,
		label: plain("Repository"),
		hint: plain(
			"What is asked here is about it unless another is named. Only who may write to it can choose it.",
		),
		element: {
			type: "external_select",
			action_id: WISH_REPOSITORY,
			min_query_length: 0,
			placeholder: plain("None in particular"),
			...(repository === null ? {} : { initial_option: repository }),
		},
	};
}

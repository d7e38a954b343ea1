import type { ContextBlock, InputBlock, KnownBlock, ModalView, PlainTextOption } from "@slack/types";
import { z } from "zod";
import { NEW_SESSION_VIEW, NO_REPOSITORY, readId, WISH_REPOSITORY, WISH_TEXT } from "../blocks/actions.ts";
import { contextLine } from "../blocks/message.ts";
import { cut } from "../text/escape.ts";
import { toLinkTarget } from "../text/link-target.ts";
import { allFiles, choiceOf, plain, textOf, type ViewValues } from "./view-values.ts";

const MAX_INPUT_CHARACTERS = 3_000;
const MAX_FILES = 10;
const CHANNEL = "wish_channel";
const BRANCH = "wish_branch";
const MODEL = "wish_model";
const FILES = "wish_files";

/** A message from whose menu a session is begun. */
export const sourceMessage = z.object({ channelId: z.string(), ts: z.string(), threadTs: z.string() });
export type SourceMessage = z.infer<typeof sourceMessage>;

const metadata = z.object({
	/** Where it was opened; null: nowhere in particular. */
	channelId: z.string().nullable(),
	source: sourceMessage.nullable(),
});

export interface NewSessionForm extends z.infer<typeof metadata> {
	/** What stands in it already. */
	text: string;
	/** Where the source message is read. */
	sourceUrl: string | null;
	/** What is proposed; `undefined` while it is not known yet. */
	repository?: PlainTextOption | null;
	models: readonly string[];
	/** A line about what will happen, as mrkdwn. */
	note: string | null;
}

/** The modal in which a session is asked for. */
export function newSessionView(form: NewSessionForm): ModalView {
	const { channelId, source } = form;
	return {
		type: "modal",
		callback_id: NEW_SESSION_VIEW,
		private_metadata: JSON.stringify({ channelId, source } satisfies z.infer<typeof metadata>),
		title: plain(source === null ? "New session" : "Fix this with Bobbin"),
		submit: plain("Begin"),
		close: plain("Cancel"),
		blocks: [
			...sourceLine(form),
			textInput(form.text),
			repositoryInput(form.repository),
			...(source === null ? [channelInput(channelId)] : []),
			branchInput,
			...(form.models.length > 1 ? [modelInput(form.models)] : []),
			filesInput,
			...(form.note === null ? [] : [contextLine(form.note)]),
		],
	};
}

/** What was asked for in the modal. `channelId` null: nobody said where. */
export interface NewSessionWish extends z.infer<typeof metadata> {
	text: string;
	/** Null: none is needed. Undefined: Bobbin finds out. */
	repositoryId: string | null | undefined;
	baseBranch: string | null;
	model: string | null;
	files: ReturnType<typeof allFiles>;
}

/** Null: it is no such modal. */
export function readNewSession(privateMetadata: string, values: ViewValues): NewSessionWish | null {
	const known = metadata.safeParse(JSON.parse(privateMetadata || "null"));
	if (!known.success) return null;
	const repository = choiceOf(values, WISH_REPOSITORY);
	return {
		...known.data,
		channelId: choiceOf(values, CHANNEL) ?? known.data.channelId,
		text: textOf(values, WISH_TEXT)?.trim() ?? "",
		repositoryId: repository === NO_REPOSITORY ? null : (readId(repository) ?? undefined),
		baseBranch: textOf(values, BRANCH)?.trim() || null,
		model: choiceOf(values, MODEL),
		files: allFiles(values, FILES),
	};
}

/** Of the modal as it is while somebody types: where it was opened. */
export function readPlaceOfView(privateMetadata: string): string | null {
	const known = metadata.safeParse(JSON.parse(privateMetadata || "null"));
	return known.data?.channelId ?? known.data?.source?.channelId ?? null;
}

function sourceLine({ source, sourceUrl }: NewSessionForm): ContextBlock[] {
	if (source === null) return [];
	const target = sourceUrl === null ? null : toLinkTarget(sourceUrl);
	const message = target === null ? "that message" : `<${target}|that message>`;
	return [contextLine(`In the thread of ${message}, with its files. What is said there I read too.`)];
}

function textInput(text: string): InputBlock {
	return {
		type: "input",
		block_id: "text",
		dispatch_action: true,
		label: plain("What should be done?"),
		element: {
			type: "plain_text_input",
			action_id: WISH_TEXT,
			multiline: true,
			max_length: MAX_INPUT_CHARACTERS,
			...(text === "" ? {} : { initial_value: cut(text, MAX_INPUT_CHARACTERS) }),
			placeholder: plain("The rounding of the cart total is off by a cent"),
			dispatch_action_config: { trigger_actions_on: ["on_character_entered"] },
			focus_on_load: true,
		},
	};
}

/** A proposal that comes later needs a block of another name: what stands in one is kept by Slack. */
function repositoryInput(proposed: PlainTextOption | null | undefined): InputBlock {
	return {
		type: "input",
		block_id: proposed ? "repository_proposed" : "repository",
		optional: true,
		dispatch_action: true,
		label: plain("Repository"),
		element: {
			type: "external_select",
			action_id: WISH_REPOSITORY,
			min_query_length: 0,
			placeholder: plain("Bobbin finds out"),
			...(proposed ? { initial_option: proposed } : {}),
		},
	};
}

function channelInput(channelId: string | null): InputBlock {
	const isDirect = channelId?.startsWith("D") ?? false;
	return {
		type: "input",
		block_id: "channel",
		optional: isDirect,
		label: plain("Channel"),
		element: {
			type: "conversations_select",
			action_id: CHANNEL,
			filter: { include: ["public", "private"], exclude_bot_users: true },
			placeholder: plain(isDirect ? "Here, between us" : "Where people follow it"),
			...(channelId === null || isDirect ? {} : { initial_conversation: channelId }),
		},
	};
}

const branchInput: InputBlock = {
	type: "input",
	block_id: "branch",
	optional: true,
	label: plain("Branch to begin at"),
	element: {
		type: "plain_text_input",
		action_id: BRANCH,
		max_length: 200,
		placeholder: plain("The repository's default branch"),
	},
};

function modelInput(models: readonly string[]): InputBlock {
	return {
		type: "input",
		block_id: "model",
		optional: true,
		label: plain("Model"),
		element: {
			type: "static_select",
			action_id: MODEL,
			placeholder: plain("The usual one"),
			options: models.map((model) => ({ text: plain(cut(model, 75)), value: model })),
		},
	};
}

const filesInput: KnownBlock = {
	type: "input",
	block_id: "files",
	optional: true,
	label: plain("Files"),
	element: { type: "file_input", action_id: FILES, max_files: MAX_FILES },
};

import type { PlainTextElement } from "@slack/types";
import { z } from "zod";
import type { PromptFile } from "../../contract/session.ts";
import { slackFile } from "../context/slack-message.ts";
import { place } from "../listeners/action.ts";
import { toPromptFiles } from "../listeners/message-event.ts";

const element = z.looseObject({
	value: z.string().nullish(),
	selected_option: z.looseObject({ value: z.string() }).nullish(),
	selected_conversation: z.string().nullish(),
	files: z.array(slackFile).nullish(),
});

const viewValues = z.record(z.string(), z.record(z.string(), element));
export type ViewValues = z.infer<typeof viewValues>;

/** A modal as Slack sends it: submitted, or while something in it changes. */
export const viewPayload = z.looseObject({
	...place.shape,
	user: z.looseObject({ id: z.string(), team_id: z.string().optional() }),
	view: z.looseObject({
		id: z.string(),
		private_metadata: z.string().default(""),
		app_installed_team_id: z.string().nullish(),
		state: z.looseObject({ values: viewValues }).default({ values: {} }),
	}),
});

export const plain = (text: string): PlainTextElement => ({ type: "plain_text", text, emoji: false });

/** What was typed into the input of this action, in whatever block it stands; null: nothing. */
export function textOf(values: ViewValues, actionId: string): string | null {
	return find(values, actionId)?.value ?? null;
}

/** What was chosen; null: nothing. */
export function choiceOf(values: ViewValues, actionId: string): string | null {
	const found = find(values, actionId);
	return found?.selected_option?.value ?? found?.selected_conversation ?? null;
}

export function allFiles(values: ViewValues, actionId: string): PromptFile[] {
	return toPromptFiles({ files: find(values, actionId)?.files });
}

function find(values: ViewValues, actionId: string): z.infer<typeof element> | undefined {
	return Object.values(values).find((block) => block[actionId] !== undefined)?.[actionId];
}

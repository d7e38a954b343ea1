import { createHash } from "node:crypto";
import { z } from "zod";
import { BEGINNING_VIEWS, CHOOSE_HOME, TYPING } from "../blocks/actions.ts";
import { isDoing, parseCommand } from "../commands/parse-command.ts";
import { isChange, type MessageChange, readChange } from "../talk/change-event.ts";
import type { InboxEntry } from "./inbox.ts";

const envelope = z.looseObject({
	type: z.literal("event_callback"),
	event_id: z.string(),
	team_id: z.string().nullish(),
	context_team_id: z.string().nullish(),
	authorizations: z
		.array(z.looseObject({ team_id: z.string().nullish(), user_id: z.string().nullish() }))
		.nullish(),
	event: z.looseObject({
		type: z.string(),
		subtype: z.string().optional(),
		channel: z.unknown().optional(),
		ts: z.string().optional(),
		thread_ts: z.string().optional(),
		bot_id: z.string().nullish(),
		source: z.string().optional(),
	}),
});

const blockActions = z.looseObject({
	type: z.literal("block_actions"),
	trigger_id: z.string().optional(),
	actions: z.array(z.looseObject({ action_id: z.string().optional() })).optional(),
});
const slashCommand = z.looseObject({
	command: z.string(),
	text: z.string(),
	trigger_id: z.string().optional(),
});
const submission = z.looseObject({
	type: z.literal("view_submission"),
	view: z.looseObject({ id: z.string(), callback_id: z.string().optional() }),
});

/** Message kinds that people write; every other one (joins, topics, bots) starts nothing; edits have a way of their own. */
const SPOKEN = new Set<string | undefined>([undefined, "file_share", "thread_broadcast"]);

/**
 * What to do with something that Slack sent, before anything else looks at it: keep it as a row and then acknowledge it;
 * drop it because it can never start anything; or let its listener answer at once (commands, options, views).
 */
export type Intake = { do: "keep"; entry: InboxEntry } | { do: "drop" } | { do: "answer" };

/** Pure. A mention comes as two events: both have one twin key, whichever is first. */
export function decideIntake(body: unknown): Intake {
	const event = envelope.safeParse(body);
	if (event.success) return decideEvent(event.data, body);
	const action = blockActions.safeParse(body);
	if (!action.success) return decideAsked(body);
	// What is being typed is gone with the next letter.
	const { actions = [] } = action.data;
	const isPassing = ({ action_id = "" }) => TYPING.has(action_id) || CHOOSE_HOME.test(action_id);
	if (actions.length > 0 && actions.every(isPassing)) return { do: "answer" };
	const key = `action:${action.data.trigger_id ?? hash(body)}`;
	return { do: "keep", entry: { key, twinKey: null, lane: key, body: withoutLinks(body) } };
}

/** A click comes with the message or the home in which it was made, and so with private links of its author's. */
function withoutLinks(body: unknown): unknown {
	return JSON.parse(JSON.stringify(body), (name, part: unknown) =>
		name === "url" || name === "image_url" ? undefined : part,
	);
}

/** The workspace that we are installed in. In a shared channel `team_id` can be another one. */
export function ourTeamId(body: {
	team_id?: string | null | undefined;
	context_team_id?: string | null | undefined;
	authorizations?: { team_id?: string | null | undefined }[] | null | undefined;
}): string {
	return body.authorizations?.[0]?.team_id ?? body.context_team_id ?? body.team_id ?? "";
}

/** Commands and modals: those that begin or change work are kept like what people say. */
function decideAsked(body: unknown): Intake {
	const keep = (key: string): Intake => ({ do: "keep", entry: { key, twinKey: null, lane: key, body } });
	const command = slashCommand.safeParse(body);
	if (command.success) {
		const { text, trigger_id } = command.data;
		return isDoing(parseCommand(text)) ? keep(`command:${trigger_id ?? hash(body)}`) : { do: "answer" };
	}
	const view = submission.safeParse(body).data?.view;
	return view !== undefined && BEGINNING_VIEWS.has(view.callback_id ?? "")
		? keep(`view:${view.id}`)
		: { do: "answer" };
}

function decideEvent(data: z.infer<typeof envelope>, body: unknown): Intake {
	const { event } = data;
	const channelId = typeof event.channel === "string" ? event.channel : "";
	if (isChange(event)) {
		const change = readChange(event, data.authorizations?.[0]?.user_id ?? null);
		if (change === null) return { do: "drop" };
		const lane = laneOfChange(ourTeamId(data), change);
		return { do: "keep", entry: { key: data.event_id, twinKey: null, lane, body } };
	}
	const isMessage = event.type === "message" || event.type === "app_mention";
	if (isMessage && !SPOKEN.has(event.subtype)) return { do: "drop" };
	// Whether a bot may mention us is the workspace's to say; what else they write is noise.
	if (event.type === "message" && event.bot_id) return { do: "drop" };
	// Whatever people look at comes here: only a hint, and old in a moment.
	if (event.type === "app_context_changed") return { do: "answer" };
	// A link that was posted is no sign that its author is about to ask for something.
	if (event.type === "link_shared" && event.source !== "composer") return { do: "drop" };
	const team = ourTeamId(data);
	const twinKey = isMessage && event.ts !== undefined ? `${team}:${channelId}:${event.ts}` : null;
	const lane = isMessage ? `${team}:${channelId}:${event.thread_ts ?? event.ts}` : data.event_id;
	return { do: "keep", entry: { key: data.event_id, twinKey, lane, body } };
}

/** After what it changes. Of a reaction Slack does not say in which thread it is. */
function laneOfChange(teamId: string, change: MessageChange): string {
	if (change.do === "leave") return `${teamId}:${change.userId}`;
	return `${teamId}:${change.channelId}:${change.do === "react" ? change.ts : change.threadTs}`;
}

function hash(body: unknown): string {
	return createHash("sha256").update(JSON.stringify(body)).digest("hex");
}

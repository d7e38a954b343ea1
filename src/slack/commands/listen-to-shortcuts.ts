import type { App } from "@slack/bolt";
import { z } from "zod";
import { coerceError } from "../../errors.ts";
import { listSessions } from "../../sessions/session-list-store.ts";
import { ADD_TO_SESSION_SHORTCUT, FIX_THIS_SHORTCUT, NEW_SESSION_SHORTCUT } from "../blocks/actions.ts";
import { place, teamOf } from "../listeners/action.ts";
import { admit } from "../listeners/admit.ts";
import type { ListenerDeps } from "../listeners/deps.ts";
import { toPlainText } from "../text/from-slack.ts";
import { addToSessionView } from "./add-to-session-view.ts";
import type { SourceMessage } from "./new-session-view.ts";
import { openModal, sayingView } from "./open-modal.ts";
import { openNewSession } from "./open-new-session.ts";
import { troubleWords } from "./trouble-words.ts";

const RECENT = 15;

const shortcut = z.looseObject({
	...place.shape,
	user: z.looseObject({ id: z.string(), team_id: z.string().optional() }),
	trigger_id: z.string(),
});
const onMessage = shortcut.extend({
	channel: z.looseObject({ id: z.string() }),
	message: z.looseObject({
		ts: z.string(),
		thread_ts: z.string().optional(),
		text: z.string().nullish(),
		team: z.string().optional(),
	}),
});

/** The shortcuts: one anywhere, two in the menu of each message. They open modals; those begin work. */
export function listenToShortcuts(app: App, deps: ListenerDeps): void {
	app.shortcut({ type: "shortcut", callback_id: NEW_SESSION_SHORTCUT }, async ({ ack, body }) => {
		await ack();
		const payload = shortcut.parse(body);
		const asker = readAsker(payload);
		await orSay(deps, { ...asker, channelId: null }, () =>
			openNewSession(deps, { ...asker, channelId: null, text: "", source: null }),
		);
	});

	app.shortcut({ type: "message_action", callback_id: FIX_THIS_SHORTCUT }, async ({ ack, body }) => {
		await ack();
		const payload = onMessage.parse(body);
		const source = readSourceOf(payload);
		const asker = readAsker(payload);
		const { channelId } = source;
		await orSay(deps, { ...asker, channelId }, async () => {
			const { botUserId } = await deps.workspaces.of(asker.teamId);
			// Names of people would have to be asked for, and the trigger does not wait.
			const text = toPlainText(payload.message.text ?? "", { botUserId, users: new Map() });
			await openNewSession(deps, { ...asker, channelId, text, source });
		});
	});

	app.shortcut({ type: "message_action", callback_id: ADD_TO_SESSION_SHORTCUT }, async ({ ack, body }) => {
		await ack();
		const payload = onMessage.parse(body);
		const source = readSourceOf(payload);
		const asker = readAsker(payload);
		await orSay(deps, { ...asker, channelId: source.channelId }, () => openAddition(deps, asker, source));
	});
}

async function openAddition(
	deps: ListenerDeps,
	{ teamId, userId, triggerId }: Asker,
	source: SourceMessage,
): Promise<void> {
	await openModal(deps, { teamId, triggerId, first: addToSessionView(source, null) }, async () => {
		const admission = await admit(deps, { teamId, userId });
		if (admission.outcome === "refused") return sayingView("Add to a session", admission.why);
		const { personId } = admission;
		const [mine, here] = await Promise.all([
			listSessions(deps.db, { teamId, personId, recent: RECENT }),
			listSessions(deps.db, { teamId, channelId: source.channelId, recent: RECENT }),
		]);
		const known = new Set(mine.map(({ id }) => id));
		return addToSessionView(source, [...mine, ...here.filter(({ id }) => !known.has(id))]);
	});
}

/** Whoever waits for a form that does not open is told so. */
async function orSay(
	deps: ListenerDeps,
	{ teamId, userId, channelId }: Asker & { channelId: string | null },
	open: () => Promise<void>,
): Promise<void> {
	try {
		await open();
	} catch (error) {
		deps.log.warn({ err: coerceError(error) }, "a form was not opened, or not filled in");
		await deps.whisper({ teamId, userId, channelId, message: troubleWords(error) });
	}
}

type Asker = ReturnType<typeof readAsker>;

function readAsker(payload: z.infer<typeof shortcut>) {
	return { teamId: teamOf(payload), userId: payload.user.id, triggerId: payload.trigger_id };
}

function readSourceOf({ channel, message }: z.infer<typeof onMessage>) {
	return { channelId: channel.id, ts: message.ts, threadTs: message.thread_ts ?? message.ts };
}

import type { App } from "@slack/bolt";
import { AppError } from "../../errors.ts";
import { editedAttemptsNote, parseAttempts } from "../attempts/parse-attempts.ts";
import { OFFERED_REPLIES } from "../blocks/actions.ts";
import { parseWord } from "../commands/parse-words.ts";
import { onClick } from "../listeners/action.ts";
import { admit } from "../listeners/admit.ts";
import type { ListenerDeps } from "../listeners/deps.ts";
import { takeEdited } from "../listeners/message.ts";
import { ourTeamId } from "../receiving/intake.ts";
import { mentionsUser, toPlainText } from "../text/from-slack.ts";
import { addPrompt, messageKey, toPromptText } from "./add-prompt.ts";
import { type MessageChange, readChange } from "./change-event.ts";
import { offerMentionsOnly, takeOffer } from "./offer-mentions-only.ts";
import {
	changeText,
	findMessage,
	findPerson,
	findTaken,
	forgetMessage,
	isOfferDue,
	noteOffered,
	retakeMessage,
	type ThreadMessage,
} from "./talk-store.ts";

type Change<Kind> = Extract<MessageChange, { do: Kind }> & { teamId: string };

interface Told {
	event: unknown;
	body: Parameters<typeof ourTeamId>[0];
	context: { [name: string]: unknown };
}

/** People edit and delete what they wrote, and say by a reaction for whom it was. */
export function listenToChanges(app: App, deps: ListenerDeps): void {
	const take = async ({ event, body, context }: Told) => {
		const teamId = ourTeamId(body);
		const { botUserId } = await deps.workspaces.of(teamId);
		const change = readChange(event, botUserId);
		switch (change?.do) {
			case undefined:
				return;
			case "edit":
				return takeEdit(deps, { ...change, teamId }, Number(context.attempt ?? 1));
			case "delete":
				return takeDeletion(deps, { ...change, teamId });
			case "react":
				return takeReaction(deps, { ...change, teamId });
			case "leave":
				return takeLeave(deps, { ...change, teamId });
			default:
				return change satisfies never;
		}
	};
	app.event("message", take);
	app.event("reaction_added", take);
	app.event("user_change", take);
	onClick(app, deps, OFFERED_REPLIES, (click) => takeOffer(deps, click));
}

async function takeEdit(deps: ListenerDeps, edit: Change<"edit">, attempt: number): Promise<void> {
	const { teamId, userId, text } = edit;
	const { botUserId } = await deps.workspaces.of(teamId);
	const row = await findMessage(deps.db, edit);
	const masked = (await deps.mask(text)).text;
	if (row !== null) await changeText(deps.db, edit, masked);
	const words = toPlainText(text, { botUserId, users: new Map() });
	// Nothing is left but a mention: there is nothing to do instead.
	if (words === "") return;
	const takeAsSaid = () => {
		const event = { ...edit.message, type: "message", channel: edit.channelId };
		return takeEdited(deps, { event, teamId, attempt });
	};
	const isAddressed = mentionsUser(text, botUserId) || edit.channelId.startsWith("D");
	const admission = await admit(deps, { teamId, userId });
	if (admission.outcome === "refused") return isAddressed ? takeAsSaid() : undefined;
	const { personId } = admission;
	if (parseWord(words) !== null) {
		// A typing error made a request of it.
		await deps.sessions.withdrawPrompt({ idempotencyKey: messageKey(edit), personId, why: "talk" });
		return takeAsSaid();
	}
	const said = await toPromptText(deps, { teamId, text });
	const asked = parseAttempts(said, deps.models);
	const result = await deps.sessions.editPrompt({
		idempotencyKey: messageKey(edit),
		personId,
		text: asked?.text ?? said,
		...(asked === null ? {} : { attempts: asked }),
	});
	if (result.outcome !== "no_prompt") {
		await deps.showNow(result.sessionId);
		const message = editedAttemptsNote(asked, result);
		if (message !== null) await deps.whisper({ ...edit, message });
		return;
	}
	if (!isAddressed) return;
	// A mention that was forgotten, or words that were.
	if (row?.takenAs === "talk")
		await makePrompt(deps, { teamId, channelId: edit.channelId }, { ...row, text: masked }, { personId });
	else await takeAsSaid();
}

async function takeDeletion(deps: ListenerDeps, deletion: Change<"delete">): Promise<void> {
	await forgetMessage(deps.db, deletion);
	const idempotencyKey = messageKey(deletion);
	const result = await deps.sessions.withdrawPrompt({ idempotencyKey, personId: null, why: "deleted" });
	if (result.outcome !== "no_prompt") await deps.showNow(result.sessionId);
}

async function takeReaction(deps: ListenerDeps, reaction: Change<"react">): Promise<void> {
	const { teamId, channelId, userId } = reaction;
	const row = await findTaken(deps.db, reaction);
	// Whoever reacts that fast is not to be overheard.
	if (row === "under_way")
		throw new AppError("message_under_way", "The message is not taken yet.", { retryable: true });
	if (row === null) return;
	const admission = await admit(deps, { teamId, userId });
	if (admission.outcome === "refused") return;
	const { personId } = admission;
	if (reaction.as === "talk") {
		await makeTalk(deps, reaction, row, personId);
		return;
	}
	if (row.takenAs === "prompt") return;
	const author = row.userId === userId ? null : (await deps.workspaces.of(teamId)).directory;
	const names = await author?.names([row.userId]);
	const writtenBy = author === null ? {} : { writtenBy: names?.get(row.userId) ?? "Somebody" };
	await makePrompt(deps, { teamId, channelId }, row, { personId, ...writtenBy });
}

async function takeLeave(deps: ListenerDeps, { teamId, userId }: Change<"leave">): Promise<void> {
	const personId = await findPerson(deps.db, { teamId, userId });
	if (personId === null) return;
	const { sessionIds } = await deps.sessions.holdBack({ personId });
	for (const sessionId of sessionIds) await deps.showNow(sessionId);
}

async function makeTalk(
	deps: ListenerDeps,
	{ teamId, channelId, ts, userId }: Change<"react">,
	row: ThreadMessage,
	personId: string,
): Promise<void> {
	const idempotencyKey = messageKey({ teamId, channelId, ts });
	const result = await deps.sessions.withdrawPrompt({ idempotencyKey, personId, why: "talk" });
	if (result.outcome === "no_prompt") return;
	const { threadTs } = row;
	if (result.outcome === "over") {
		const message = "That is done already. To have it undone, say so in the thread.";
		await deps.whisper({ teamId, channelId, threadTs, userId, message });
		return;
	}
	await retakeMessage(deps.db, { teamId, channelId, ts }, "talk", new Date(deps.now()));
	await deps.showNow(result.sessionId);
	if (!(await isOfferDue(deps.db, { teamId, channelId }))) return;
	await deps.whisper({ teamId, channelId, threadTs, userId, message: offerMentionsOnly(channelId) });
	// Last: where Slack does not take it now, it is still due when this is done again.
	await noteOffered(deps.db, { teamId, channelId }, new Date(deps.now()));
}

/** Whoever asks for it is its author at GitHub, whoever wrote the words: nobody is made to sign by somebody else. */
async function makePrompt(
	deps: ListenerDeps,
	{ teamId, channelId }: { teamId: string; channelId: string },
	row: ThreadMessage,
	by: { personId: string; writtenBy?: string },
): Promise<void> {
	const { threadTs, ts, userId, text, files, undoneAt } = row;
	const thread = { teamId, channelId, threadTs };
	const known = await deps.sessions.findByThread(thread);
	if (known === null) return;
	const { prompts } = await deps.sessions.view(known.sessionId);
	// It may be a prompt already, one that was taken back.
	const before = prompts.find(
		({ origin, withdrawn }) =>
			undoneAt !== null &&
			withdrawn === "talk" &&
			origin.kind === "slack" &&
			origin.channelId === channelId &&
			origin.messageTs === ts,
	);
	if (before === undefined) {
		const message = { ts, userId, text, files };
		await addPrompt(deps, { thread, message, takenBy: "person", ...by, context: {} });
	} else {
		await deps.sessions.retryPrompt({ promptId: before.id, personId: by.personId });
		await deps.showNow(known.sessionId);
	}
	// Last: whoever does this again, after a crash, goes by what it was taken for.
	await retakeMessage(deps.db, { teamId, channelId, ts }, "prompt", null);
}

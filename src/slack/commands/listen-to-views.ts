import type { App } from "@slack/bolt";
import { AppError } from "../../errors.ts";
import { findListedSession } from "../../sessions/session-list-store.ts";
import { savePersonSettings } from "../../settings/settings-store.ts";
import {
	ADD_TO_SESSION_VIEW,
	NEW_SESSION_VIEW,
	readId,
	SETTINGS_VIEW,
	WISH_REPOSITORY,
	WISH_TEXT,
} from "../blocks/actions.ts";
import { noRepositoryOption, repositoryOption } from "../blocks/ask-message.ts";
import { isSlow } from "../is-slow.ts";
import { teamOf } from "../listeners/action.ts";
import { admit } from "../listeners/admit.ts";
import { answerRepositoryList, MAX_OPTIONS } from "../listeners/answer-repository-list.ts";
import type { ListenerDeps } from "../listeners/deps.ts";
import { readAddToSession } from "./add-to-session-view.ts";
import { beginSession } from "./begin-session.ts";
import { readNewSession, readPlaceOfView } from "./new-session-view.ts";
import { readSource } from "./read-source.ts";
import { CHANNEL_REPOSITORY_BLOCK, readSettings } from "./settings-view.ts";
import { troubleWords } from "./trouble-words.ts";
import { choiceOf, textOf, viewPayload } from "./view-values.ts";

/** Slack waits three seconds for what is wrong with a form; GitHub may take longer to say so. */
const FORM_WAITS_MS = 2_000;
/** Letters come faster than a guess is worth. */
const TYPED_EVERY_MS = 2_000;
const MOST_TYPISTS = 1_000;

/** The modals: what is chosen in them, typed into them, and submitted. */
export function listenToViews(app: App, deps: ListenerDeps): void {
	app.view({ type: "view_submission", callback_id: NEW_SESSION_VIEW }, async ({ ack, body }) => {
		await ack();
		await takeNewSession(deps, body);
	});
	app.view({ type: "view_submission", callback_id: ADD_TO_SESSION_VIEW }, async ({ ack, body }) => {
		await ack();
		await takeAddition(deps, body);
	});
	app.view({ type: "view_submission", callback_id: SETTINGS_VIEW }, async ({ ack, body }) => {
		const saving = takeSettings(deps, body).catch((error: unknown) => {
			if (!(error instanceof AppError)) throw error;
			return troubleWords(error);
		});
		if (await isSlow(saving, FORM_WAITS_MS)) {
			await ack();
			return whisperTrouble(deps, body, await saving);
		}
		const wrong = await saving;
		await (wrong === null
			? ack()
			: ack({ response_action: "errors", errors: { [CHANNEL_REPOSITORY_BLOCK]: wrong } }));
	});

	const toldAt = new Map<string, number>();
	app.action(WISH_TEXT, async ({ ack, body }) => {
		await ack();
		const { view, teamId, userId } = readPayload(body);
		const channelId = readPlaceOfView(view.private_metadata);
		const text = textOf(view.state.values, WISH_TEXT) ?? "";
		const dueMs = (toldAt.get(`${teamId}:${userId}`) ?? 0) + TYPED_EVERY_MS;
		// Whoever has chosen a repository needs no guess.
		if (choiceOf(view.state.values, WISH_REPOSITORY) !== null || deps.now() < dueMs) return;
		if (toldAt.size >= MOST_TYPISTS) toldAt.clear();
		toldAt.set(`${teamId}:${userId}`, deps.now());
		const admission = await admit(deps, { teamId, userId });
		if (admission.outcome === "refused") return;
		const { personId } = admission;
		deps.foresight.typed({ personId, text, teamId, channelId: channelId ?? "" });
	});
	app.action(WISH_REPOSITORY, async ({ ack, body }) => {
		await ack();
		const { view, teamId, userId } = readPayload(body);
		const repositoryId = readId(choiceOf(view.state.values, WISH_REPOSITORY));
		const admission = await admit(deps, { teamId, userId });
		if (repositoryId === null || admission.outcome === "refused") return;
		deps.foresight.picked({ personId: admission.personId, repositoryId });
	});

	// What whoever has the modal open may use.
	answerRepositoryList(app, deps, WISH_REPOSITORY, async ({ personId, blockId, query }) => {
		const found = await deps.sessions.searchRepositories({ personId, query, limit: MAX_OPTIONS });
		const options = found.map(repositoryOption);
		return query === "" && blockId !== CHANNEL_REPOSITORY_BLOCK ? [...options, noRepositoryOption] : options;
	});
}

function readPayload(body: unknown) {
	const { view, user, ...rest } = viewPayload.parse(body);
	return { view, userId: user.id, teamId: teamOf({ view, user, ...rest }) };
}

async function takeNewSession(deps: ListenerDeps, body: unknown): Promise<void> {
	const { view, teamId, userId } = readPayload(body);
	const wish = readNewSession(view.private_metadata, view.state.values);
	if (wish === null) return;
	const say = (message: string) => deps.whisper({ teamId, userId, channelId: wish.channelId, message });
	const admission = await admit(deps, { teamId, userId });
	if (admission.outcome === "refused") return say(admission.why);
	const { source } = wish;
	const channelId = source?.channelId ?? wish.channelId;
	if (channelId === null || wish.text === "")
		return say("Nothing was begun: I need to know what to do, and where.");
	const message = source === null ? null : await readSource(deps, teamId, source);
	const { text, repositoryId, baseBranch, model } = wish;
	const begun = await beginSession(deps, {
		key: `slack:${teamId}:view:${view.id}`,
		...{ teamId, channelId, userId, personId: admission.personId, text, baseBranch, model },
		files: [...(message?.files ?? []), ...wish.files],
		isSaidThere: message?.text.trim() === wish.text,
		...(source === null ? {} : { threadTs: source.threadTs }),
		...(repositoryId === undefined ? {} : { repositoryId }),
	});
	if (begun.outcome === "refused") await say(begun.why);
}

async function takeAddition(deps: ListenerDeps, body: unknown): Promise<void> {
	const { view, teamId, userId } = readPayload(body);
	const wish = readAddToSession(view.private_metadata, view.state.values);
	if (wish === null) return;
	const { source, sessionId, note } = wish;
	const say = (message: string) => deps.whisper({ teamId, userId, channelId: source.channelId, message });
	const admission = await admit(deps, { teamId, userId });
	if (admission.outcome === "refused") return say(admission.why);
	const { personId } = admission;
	const here = { teamId, personId, channelId: source.channelId };
	// What was chosen comes from outside, as everything in a payload.
	if ((await findListedSession(deps.db, { ...here, idStart: sessionId })) === null)
		return say("That session is none of yours, nor of that channel.");
	const [thread] = (await deps.sessions.view(sessionId)).threads.filter((one) => one.teamId === teamId);
	const message = await readSource(deps, teamId, source);
	if (thread === undefined) return say("That session has no thread here.");
	if (message === null)
		return say(
			"I cannot read that message: I am not in its channel, or it is gone. `/invite` me there first.",
		);
	const begun = await beginSession(deps, {
		key: `slack:${teamId}:view:${view.id}`,
		...{ teamId, userId, personId, channelId: thread.channelId, threadTs: thread.threadTs },
		text: toAddition(note, message),
		files: message.files,
	});
	if (begun.outcome === "refused") await say(begun.why);
}

/** Pure. What whoever added it says of the message, then whose words it is. */
function toAddition(note: string, { author, text }: { author: string; text: string }): string {
	const words = text === "" ? "" : `${author} wrote:\n${text}`;
	if (note === "" && words === "") return "Please have a look at the attached files.";
	return [note, words].filter((part) => part !== "").join("\n\n");
}

/** What was wrong with settings whose form is closed by now. */
async function whisperTrouble(deps: ListenerDeps, body: unknown, wrong: string | null): Promise<void> {
	if (wrong === null) return;
	const { view, teamId, userId } = readPayload(body);
	const { channelId } = readSettings(view.private_metadata, view.state.values);
	await deps.whisper({ teamId, userId, channelId, message: `Your settings were not saved. ${wrong}` });
}

/** What is wrong with the channel's repository; null: everything is saved. */
async function takeSettings(deps: ListenerDeps, body: unknown): Promise<string | null> {
	const { view, teamId, userId } = readPayload(body);
	const admission = await admit(deps, { teamId, userId });
	if (admission.outcome === "refused") return null;
	const { personId } = admission;
	const { channelId, person, channel, repositoryId } = readSettings(view.private_metadata, view.state.values);
	if (channelId !== null) {
		if (repositoryId !== undefined) {
			const wish = { teamId, channelId, personId, repositoryId };
			const { outcome } = await deps.sessions.setChannelRepository(wish);
			if (outcome === "forbidden") return "Only who may write to it at GitHub can make it this channel's.";
		}
		await deps.changeChannelSettings({ teamId, channelId }, { personId, change: channel });
	}
	await savePersonSettings(deps.db, personId, person);
	return null;
}

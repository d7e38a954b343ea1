import type { Thread } from "../../contract/session.ts";
import type { ReplyMode, Verbosity } from "../../contract/settings.ts";
import type { SessionView } from "../../sessions/session-view.ts";
import { readThreadSettings, saveSessionModel, saveThreadSettings } from "../../settings/settings-store.ts";
import type { ListenerDeps } from "../listeners/deps.ts";
import { openChannel } from "../native/code-channel/open-channel.ts";
import { codeSpan, plainLine } from "../text/escape.ts";
import { describePrompt, describeQueue, describeSession } from "./describe-session.ts";
import { findModel } from "./find-model.ts";
import { threadHelp } from "./help-text.ts";
import type { Word } from "./parse-words.ts";

type SteeringWord = Exclude<Word, { word: "stop" }>;

export interface WordInput {
	word: SteeringWord;
	thread: Thread;
	sessionId: string;
	personId: string;
	/** At Slack. */
	userId: string;
	/** When it was said, in ms since 1970. */
	saidAtMs: number;
	/** It may have been done before: whoever took it up may have died. */
	isRepeated: boolean;
}

const VERBOSITY_WORDS: Record<Verbosity, string> = {
	quiet: "Quiet: this thread shows results only. Say *normal* to see the work again.",
	normal: "Normal: this thread shows the work as one line that moves, and the result.",
	verbose: "Verbose: this thread shows every step. Say *normal* for less.",
};

const REPLY_WORDS: Record<ReplyMode, string> = {
	addressed: "In this thread I listen only when I am mentioned. Say *judge* or *every reply* to change it.",
	every: "In this thread every reply is a request. Say *judge* or *only when mentioned* to change it.",
	judged:
		"In this thread I judge which replies are for me: 👀 shows that I took one, ✋ on it takes it back.",
};

/** Does what a word in a session's thread asks for; gives what to say about it privately, as mrkdwn. */
export async function answerWord(deps: ListenerDeps, input: WordInput): Promise<string> {
	const { word, thread, sessionId } = input;
	const read = () => deps.sessions.view(sessionId);
	switch (word.word) {
		case "help":
			return threadHelp({
				hasModels: deps.models.length > 1,
				hasChannels: deps.codeChannels.mayHave(await deps.workspaces.of(thread.teamId)),
			});
		case "status": {
			const { model } = await readThreadSettings(deps.db, thread);
			return describeSession(await read(), { model, nowMs: deps.now() }).join("\n");
		}
		case "queue": {
			const lines = describeQueue(await read());
			return lines.length === 0 ? "Nothing waits here." : lines.join("\n");
		}
		case "cancel":
			return cancel(deps, input, word.place, await read());
		case "retry":
			return retry(deps, input, await read());
		case "channel":
			return openChannel(deps, { sessionId, teamId: thread.teamId, userId: input.userId });
		case "model":
			return chooseModel(deps, input, word.name);
		case "verbosity":
			await saveThreadSettings(deps.db, thread, { verbosity: word.verbosity });
			await deps.showNow(sessionId);
			return VERBOSITY_WORDS[word.verbosity];
		case "replies":
			await saveThreadSettings(deps.db, thread, { replies: word.mode });
			return REPLY_WORDS[word.mode];
		default:
			return word satisfies never;
	}
}

async function cancel(
	deps: ListenerDeps,
	{ sessionId, personId, saidAtMs, isRepeated }: WordInput,
	place: number | null,
	session: SessionView,
): Promise<string> {
	// Places move up: done twice it would take the next one too.
	const before = session.prompts.find(
		({ status, finishedAt }) => status === "cancelled" && (finishedAt?.getTime() ?? 0) >= saidAtMs,
	);
	if (isRepeated && before !== undefined) return `Cancelled: ${describePrompt(before)}`;
	const waiting = session.prompts.filter(({ position }) => position > 0);
	const found = place === null && waiting.length === 1 ? waiting[0] : waiting[(place ?? 0) - 1];
	if (found === undefined) {
		if (waiting.length === 0) return "Nothing waits here. To end what runs, say *stop*.";
		const which = place === null ? "Which one?" : `There is no ${place}.`;
		return [`${which} Say *cancel* and its number:`, ...describeQueue(session)].join("\n");
	}
	const { outcome } = await deps.sessions.cancelPrompt({ promptId: found.id, personId });
	await deps.showNow(sessionId);
	return outcome === "too_late"
		? "It has just begun. To end it, say *stop*."
		: `Cancelled: ${describePrompt(found)}`;
}

async function retry(
	deps: ListenerDeps,
	{ sessionId, personId }: WordInput,
	session: SessionView,
): Promise<string> {
	const last = session.prompts.findLast(({ status }) => status !== "cancelled");
	if (last === undefined || (last.status !== "failed" && last.status !== "stopped"))
		return "Nothing to retry: the last request here neither failed nor was stopped.";
	const { outcome } = await deps.sessions.retryPrompt({ promptId: last.id, personId });
	await deps.showNow(sessionId);
	return outcome === "queued" ? `Once more: ${describePrompt(last)}` : "It is under way already.";
}

async function chooseModel(
	deps: ListenerDeps,
	{ thread, sessionId }: WordInput,
	name: string | null,
): Promise<string> {
	const [standard = ""] = deps.models;
	const list = deps.models.map((model) => codeSpan(model)).join(", ");
	if (name === null) {
		const { model } = await readThreadSettings(deps.db, thread);
		const now =
			model === null ? `the usual one here (${codeSpan(standard)} unless chosen otherwise)` : codeSpan(model);
		return `The model of this thread is ${now}. There are ${list}. Say *model* and a name, or *model default*.`;
	}
	if (name === "default") {
		await saveSessionModel(deps.db, sessionId, null);
		return "From the next message on this thread has the usual model.";
	}
	const model = findModel(deps.models, name);
	if (model === null) return `I have no model called ${plainLine(name, 60)}. There are ${list}.`;
	await saveSessionModel(deps.db, sessionId, model);
	return `From the next message on this thread is worked on by ${codeSpan(model)}.`;
}

import { createHash } from "node:crypto";
import type { Verbosity } from "../../contract/settings.ts";
import type { PromptView, QuestionView, SessionView } from "../../sessions/session-view.ts";
import { closedAttemptMessage, comparisonMessage } from "../attempts/comparison-message.ts";
import { type AnswerFile, answerMessages, longAnswer } from "../blocks/answer-messages.ts";
import { askMessage } from "../blocks/ask-message.ts";
import { askedAtGithub } from "../blocks/asked-at-github.ts";
import { withAskedLine } from "../blocks/asked-line.ts";
import { budgetMessage } from "../blocks/budget-message.ts";
import { withCareLine } from "../blocks/care-line.ts";
import { checksLine } from "../blocks/checks-line.ts";
import type { OutgoingMessage } from "../blocks/message.ts";
import { notesMessage } from "../blocks/notes-message.ts";
import { openingMessage } from "../blocks/opening-message.ts";
import { pullRequestEndMessage, pullRequestMessage } from "../blocks/pull-request-message.ts";
import { savedWorkMessage } from "../blocks/saved-work-message.ts";
import { statusMessage } from "../blocks/status-message.ts";
import { type ChannelSign, withChannelLine } from "../native/code-channel/channel-line.ts";
import { type PicturePlaces, withPictures } from "../pictures/picture-blocks.ts";
import { questionMessage } from "../questions/question-message.ts";
import { movedMessage } from "../routing/wrong-repository.ts";
import { emptyProgress, type ProgressState } from "./fold-progress.ts";

/** One thing that a thread should show. `hash` is what is compared with what it shows. */
export type Wanted =
	| { kind: "message"; key: string; message: OutgoingMessage; hash: string; startSeq: number | null }
	/** Never changed once it is there. `name` is no other's in the thread. */
	| { kind: "file"; key: string; file: AnswerFile; hash: string }
	/** `emoji` null: none of ours. */
	| { kind: "reaction"; key: string; messageTs: string; emoji: string | null; hash: string };

/** On a prompt that waits or runs. */
export const AT_WORK_EMOJI = "eyes";
/** What is kept of a message that is to have no sign. */
export const NO_SIGN = "none";

const REACTION_OF: Record<PromptView["status"], string> = {
	queued: AT_WORK_EMOJI,
	running: AT_WORK_EMOJI,
	done: "white_check_mark",
	failed: "x",
	stopped: "octagonal_sign",
	cancelled: "octagonal_sign",
};
/** The key of a prompt's status message; there is a new one each time that the prompt is begun anew elsewhere. */
function statusKey(promptId: string, round = 0): string {
	return round === 0 ? `status:${promptId}` : `status:${promptId}:${round}`;
}

/** The key of the sign on a prompt's message. */
export const reactionKey = (promptId: string) => `reaction:${promptId}`;

/** Whether a key is of one of a prompt's status messages. */
export function isStatusKey(key: string, promptId: string): boolean {
	return key === statusKey(promptId) || key.startsWith(`${statusKey(promptId)}:`);
}

const NO_PICTURES: PicturePlaces = { fileOf: () => null, sessionUrl: null };

/** So many that wait have a message that says so. */
const MOST_WAITING = 3;
/** Time alone changes a message this often at most. */
const ELAPSED_STEP_MS = 15_000;

/**
 * Pure: all that a session's thread should show, in the order in which it should appear. `shownKeys` are there already;
 * `progress` is known for the prompt at work, if for any.
 */
export function decideThread(input: {
	session: SessionView;
	progress: ProgressState | null;
	shownKeys: ReadonlySet<string>;
	nowMs: number;
	/** How much is said of the work at a prompt. Left out: what is usual. */
	verbosityOf?: (prompt: PromptView) => Verbosity;
	/** What the thread says of the session's channel. Left out or null: nothing. */
	channel?: ChannelSign | null;
	/** Ends in a slash. Left out: no thread is linked to. */
	workspaceUrl?: string | null;
	/** Whether this file may be put there. Left out: none. */
	canUpload?: (key: string) => boolean;
	/** Where pictures are. Left out: nowhere. */
	pictures?: PicturePlaces;
}): Wanted[] {
	const { session, progress, shownKeys, nowMs, workspaceUrl = null } = input;
	const { verbosityOf = () => "normal", canUpload = () => false, pictures = NO_PICTURES } = input;
	const here = session.threads[0]?.channelId;
	const wanted: Wanted[] = [];
	const show = (
		key: string,
		message: OutgoingMessage,
		hashed: unknown = message,
		startSeq: number | null = null,
	) => wanted.push({ kind: "message", key, message, hash: hash(hashed), startSeq });

	const showChecks = (promptId: string | null) => {
		const fix = session.prompts.find(({ id }) => id === promptId)?.status ?? null;
		for (const checks of session.checks.filter((one) => one.promptId === promptId)) {
			const key = `checks:${checks.pullRequestId}:${checks.headSha}`;
			show(checks.isLate ? `${key}:late` : key, checksLine(checks, fix));
		}
	};

	const snippetOf = (promptId: string | null) =>
		session.prompts.find(({ id }) => id === promptId)?.snippet ?? null;
	const showPullRequests = (promptId: string | null) => {
		for (const pullRequest of session.pullRequests.filter((one) => one.promptId === promptId))
			show(`pull-request:${pullRequest.id}`, pullRequestMessage(pullRequest, snippetOf(promptId)));
		// The same message becomes the pull request's card.
		for (const opening of session.openings.filter((one) => one.promptId === promptId))
			show(`pull-request:${opening.id}`, openingMessage(opening));
	};

	for (const prompt of session.prompts) {
		// Why Bobbin prompts itself.
		showChecks(prompt.id);
		const moves = session.moves.filter(({ promptId }) => promptId === prompt.id);
		for (const [round, move] of moves.entries())
			show(statusKey(prompt.id, round), movedMessage(session, move));
		const isOver = prompt.status !== "queued" && prompt.status !== "running";
		const state = progress?.promptId === prompt.id ? progress : emptyProgress(prompt.id);
		const verbosity = verbosityOf(prompt);
		const isUnseen = !shownKeys.has(statusKey(prompt.id, moves.length));
		const showStatus = () => {
			if (isUnseen && isSignEnough(prompt)) return;
			if (
				verbosity === "quiet" &&
				!shownKeys.has(statusKey(prompt.id, moves.length)) &&
				!needsWords(session, prompt)
			)
				return;
			const draw = (atMs: number) =>
				withChannelLine(
					session,
					prompt,
					input.channel ?? null,
					withCareLine(prompt, askedAtGithub(prompt, statusMessage(session, prompt, state, atMs, verbosity))),
				);
			const message = draw(nowMs);
			const steadyMs = prompt.startedAt === null ? nowMs : roundDown(nowMs, prompt.startedAt.getTime());
			const steady = draw(steadyMs);
			show(
				statusKey(prompt.id, moves.length),
				message,
				steady,
				prompt.status === "queued" && prompt.held !== "budget" ? session.lastSeq : null,
			);
		};
		// What is over is folded only after its answer and its pull request are there.
		if (!isOver) showStatus();
		for (const stop of session.budgetStops ?? []) {
			const key = `budget:${stop.id}`;
			// What was decided before anybody saw the question is nobody's news.
			if (stop.promptId === prompt.id && (stop.decision === null || shownKeys.has(key)))
				show(key, budgetMessage(session, stop));
		}
		for (const [group, questions] of groupQuestions(session.questions, prompt.id))
			show(`question:${group}`, questionMessage(session.id, questions));
		if (isOver && prompt.answer !== null && prompt.answerPlace === "thread") {
			const key = `answer:${prompt.id}:${moves.length === 0 ? "" : `${moves.length}:`}`;
			const fileKey = `answer-file${key.slice("answer".length)}`;
			const fileId = `${prompt.id.slice(0, 8)}${moves.length === 0 ? "" : `-${moves.length}`}`;
			const long = canUpload(fileKey) ? longAnswer(prompt.answer, fileId) : null;
			const words = long === null ? answerMessages(prompt.answer) : [long.gist];
			const ofTurn = session.pictures?.filter(({ promptId }) => promptId === prompt.id) ?? [];
			const messages = withAskedLine(session, prompt, withPictures(words, ofTurn, pictures));
			messages.forEach((message, index) => {
				show(`${key}${index + 1}`, message);
			});
			if (long !== null) wanted.push({ kind: "file", key: fileKey, file: long.file, hash: hash(long.file) });
		}
		showPullRequests(prompt.id);
		if (isOver) showStatus();
		// Where its message stands, if that is not elsewhere.
		if (prompt.origin.kind === "slack" && prompt.origin.channelId === (here ?? prompt.origin.channelId)) {
			// What was talk looks like talk.
			const isTalk = prompt.withdrawn === "talk" && prompt.status !== "running";
			const emoji = isTalk ? null : REACTION_OF[prompt.status];
			const { messageTs } = prompt.origin;
			const key = reactionKey(prompt.id);
			wanted.push({ kind: "reaction", key, messageTs, emoji, hash: emoji ?? NO_SIGN });
		}
	}
	showPullRequests(null);
	showChecks(null);
	for (const pullRequest of session.pullRequests) {
		const key = `pull-request-end:${pullRequest.id}`;
		if (pullRequest.state !== "open" || shownKeys.has(key)) show(key, pullRequestEndMessage(pullRequest));
	}
	const { attempts } = session;
	if (attempts !== null && attempts.all.length > 0)
		show("attempts", comparisonMessage(session.id, attempts, workspaceUrl));
	if (attempts?.picked && attempts.picked.number !== attempts.number)
		show("attempt-closed", closedAttemptMessage(attempts));
	if (session.notes.length > 0) show("notes", notesMessage(session.notes));
	if (session.savedBranch !== null) show("saved-work", savedWorkMessage(session.savedBranch));
	if (session.status === "asking" || shownKeys.has("ask")) show("ask", askMessage(session));
	return wanted;
}

/** Whether a status says what nothing else in the thread does: it waits for somebody, it failed, it has no result. */
function needsWords(session: SessionView, prompt: PromptView): boolean {
	if (prompt.masked !== null || prompt.leftOut.length > 0) return true;
	switch (prompt.status) {
		case "queued":
			return prompt.held !== null;
		case "running":
			return false;
		case "failed":
		case "stopped":
			return true;
		case "done":
			return !prompt.answer && !session.pullRequests.some(({ promptId }) => promptId === prompt.id);
		case "cancelled":
			return false;
		default:
			return prompt.status satisfies never;
	}
}

function groupQuestions(questions: QuestionView[], promptId: string): Map<string, QuestionView[]> {
	return Map.groupBy(
		questions.filter((question) => question.promptId === promptId),
		({ group }) => group,
	);
}

/** Of what stands far back in a long line, and of what was taken back in it, the reaction says all. */
function isSignEnough({ status, position, withdrawn }: PromptView): boolean {
	return status === "queued" ? position > MOST_WAITING : status === "cancelled" && withdrawn !== null;
}

function roundDown(nowMs: number, startedAtMs: number): number {
	return nowMs - ((nowMs - startedAtMs) % ELAPSED_STEP_MS);
}

function hash(value: unknown): string {
	return createHash("sha256").update(JSON.stringify(value)).digest("base64url").slice(0, 22);
}

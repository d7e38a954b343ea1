import type { Button, KnownBlock } from "@slack/types";
import type { StartupStep, Todo } from "../../contract/event.ts";
import type { Verbosity } from "../../contract/settings.ts";
import { toSizeWords } from "../../sessions/routing/repository-trouble.ts";
import type { PromptView, SessionView } from "../../sessions/session-view.ts";
import { wrongRepositoryButtons } from "../routing/wrong-repository.ts";
import type { ProgressState } from "../showing/fold-progress.ts";
import { cancelledWords, messageNotes } from "../talk/message-notes.ts";
import { codeSpan, plainLine } from "../text/escape.ts";
import {
	costWords,
	durationWords,
	estimateWords,
	placeWords,
	sinceWords,
	startupWords,
} from "../text/words.ts";
import { CANCEL_PROMPT, pairValue, RETRY_PROMPT, STOP_SESSION } from "./actions.ts";
import { button, contextLine, fallback, type OutgoingMessage, section } from "./message.ts";

const MAX_TODOS = 12;
/** What takes longer is said with the time since when. */
const LONG_MS = 30_000;
/** Below it nobody has to be told why it takes a while. */
const LARGE_KIB = 200 * 1024;
const STEP_WORDS: Record<StartupStep, string> = {
	sandbox: "Starting a sandbox",
	clone: "Fetching the repository",
	sync: "Looking for what is new at GitHub",
	agent: "Starting the agent",
	prompt: "Handing over your request",
};
const TODO_MARKS: Record<Todo["status"], string> = {
	pending: "☐",
	in_progress: "▶",
	completed: "☑",
	cancelled: "☒",
};

/** The one message that shows where a prompt is: waiting, at work, or folded to a line when it is over. */
export function statusMessage(
	session: Pick<
		SessionView,
		"id" | "status" | "repository" | "routing" | "prompts" | "movingTo" | "questions"
	>,
	prompt: PromptView,
	progress: ProgressState,
	nowMs: number,
	verbosity: Verbosity = "normal",
): OutgoingMessage {
	const wrong = wrongRepositoryButtons(session, prompt);
	const notes = messageNotes(session, prompt);
	switch (prompt.status) {
		case "queued":
			return waiting(session, prompt, notes, wrong);
		case "running":
			return working(session, { prompt, progress, nowMs, verbosity, notes }, wrong);
		case "done":
			return folded(["✅ Done", ...outcomeWords(prompt), ...beginningWords(prompt), ...notes], wrong);
		case "stopped":
			return stopped(session, prompt, notes, wrong);
		case "cancelled":
			return folded([cancelledWords(prompt), ...notes]);
		case "failed":
			return failed(session, prompt, notes, wrong);
		default:
			return prompt.status satisfies never;
	}
}

function waiting(
	session: Pick<SessionView, "id" | "status" | "repository" | "routing" | "prompts" | "movingTo">,
	prompt: PromptView,
	notes: string[],
	wrong: Button[],
): OutgoingMessage {
	if (prompt.held === "budget") return folded(["⏸ Paused", ...outcomeWords(prompt)]);
	const isPaused = session.prompts.some(({ held }) => held === "budget");
	const cancel = button("Cancel", CANCEL_PROMPT, pairValue(session.id, prompt.id));
	const isNext = prompt.position <= 1;
	const isBusy = session.prompts.some((other) => other.status === "running");
	const words = (() => {
		if (prompt.held === "link") {
			const who = prompt.author === null ? "its author" : plainLine(prompt.author.name, 80);
			return `🔗 Waiting for ${who} to connect a GitHub account: only they see the button for it here. It goes on by itself then.`;
		}
		if (isPaused)
			return `🕓 Queued, ${placeWords(prompt.position)} in line. It waits until the question about the budget is answered.`;
		if (prompt.held === "gone") {
			const who = prompt.author === null ? "Whoever asked" : plainLine(prompt.author.name, 80);
			return `🔒 Held back: ${who} is not in this workspace any more. To have it done, ask for it in a reply here.`;
		}
		if (isNext && session.movingTo !== null) return `➡️ Moving to ${codeSpan(session.movingTo)}…`;
		if (isNext && session.status === "routing") return "👀 On it. Finding out which repository you mean…";
		if (isNext && session.status === "asking") return "🤔 One question first, below.";
		if (isNext && !isBusy) return `👀 On it. Starting${whereWords(session)}…`;
		return `🕓 Queued, ${placeWords(prompt.position)} in line.`;
	})();
	// Those who hold it up are named already.
	const line =
		prompt.held === null && notes.length > 0 ? [words.replace(/\.$/, ""), ...notes].join(" · ") : words;
	return message(line, [section(line), { type: "actions", elements: [cancel, ...wrong] }]);
}

/** " on `acme/shop` — you named it" */
function whereWords({ repository, routing }: Pick<SessionView, "repository" | "routing">, bold = ""): string {
	const where = repository === null ? "" : ` on ${codeSpan(repository.fullName)}`;
	const why = routing === null ? "" : ` — ${plainLine(routing.reason, 200)}`;
	return `${where}${bold}${why}`;
}

function working(
	session: Pick<SessionView, "id" | "repository" | "routing" | "movingTo" | "questions">,
	at: { prompt: PromptView; progress: ProgressState; nowMs: number; verbosity: Verbosity; notes: string[] },
	wrong: Button[],
): OutgoingMessage {
	const { prompt, progress, nowMs, verbosity, notes } = at;
	const elapsedMs = nowMs - (prompt.startedAt?.getTime() ?? nowMs);
	const question = session.questions.find(({ promptId, isOpen }) => isOpen && promptId === prompt.id);
	if (session.movingTo !== null) {
		const words = `➡️ Moving to ${codeSpan(session.movingTo)}…`;
		return message(words, [section(words)]);
	}
	const head = `⏳ *Working${whereWords(session, "*")}`;
	const now =
		question === undefined
			? nowWords(progress, session.repository?.sizeKib ?? 0, nowMs)
			: `🤔 *Waiting for your answer* to the question below · ${sinceWords(question.askedAt.getTime())}`;
	const steps = verbosity === "verbose" ? stepLines(progress.recent) : "";
	const plan = planLines(progress.todos);
	const blocks: KnownBlock[] = [
		section(head),
		...(plan === "" ? [] : [section(plan)]),
		...(steps === "" ? [] : [contextLine(steps)]),
		section(now),
		contextLine(
			[...fileWords(progress), durationWords(elapsedMs), ...spendWords(prompt), ...notes].join(" · "),
		),
		{ type: "actions", elements: [button("Stop", STOP_SESSION, session.id, "danger"), ...wrong] },
	];
	return message(`${head}\n${now}`, blocks);
}

/** What it has cost so far, and what such work usually costs. */
function spendWords({ costUsd, estimate }: PromptView): string[] {
	return [...(costUsd > 0 ? [costWords(costUsd)] : []), ...(estimate ? [estimateWords(estimate)] : [])];
}

function nowWords(progress: ProgressState, sizeKib: number, nowMs: number): string {
	const isLong = progress.sinceMs !== null && nowMs - progress.sinceMs >= LONG_MS;
	const since = isLong && progress.sinceMs !== null ? ` · ${sinceWords(progress.sinceMs)}` : "";
	if (progress.waiting !== null)
		return `⏸ Waiting for the model: ${plainLine(progress.waiting, 200)}${since}`;
	const step = progress.steps.at(-1);
	if (step === "clone" && sizeKib >= LARGE_KIB)
		return `▸ ${STEP_WORDS.clone}, which is large (${toSizeWords(sizeKib)} with its history)…${since}`;
	if (step !== undefined) return `▸ ${STEP_WORDS[step]}…${since}`;
	if (progress.tool !== null) return `▸ ${plainLine(progress.tool.title, 200)}${since}`;
	return isLong ? `▸ Waiting for the model${since}` : "▸ Thinking…";
}

/** What was done last, a line each. */
function stepLines(recent: ProgressState["recent"]): string {
	return recent
		.map(({ title, outcome, durationMs }) => {
			const time = durationMs >= 1_000 ? ` · ${durationWords(durationMs)}` : "";
			return `${outcome === "done" ? "✓" : "✗"} ${plainLine(title, 120)}${outcome === "done" ? "" : " · failed"}${time}`;
		})
		.join("\n");
}

function planLines(todos: Todo[]): string {
	const lines = todos.slice(0, MAX_TODOS).map((todo) => {
		const words = plainLine(todo.content, 150);
		return `${TODO_MARKS[todo.status]} ${todo.status === "cancelled" ? `~${words}~` : words}`;
	});
	if (todos.length > MAX_TODOS) lines.push(`… and ${todos.length - MAX_TODOS} more`);
	return lines.join("\n");
}

function fileWords({ files }: ProgressState): string[] {
	if (files.size === 0) return [];
	let additions = 0;
	let deletions = 0;
	for (const file of files.values()) {
		additions += file.additions;
		deletions += file.deletions;
	}
	return [`${files.size} ${files.size === 1 ? "file" : "files"} changed, +${additions} −${deletions}`];
}

function stopped(
	{ id, prompts }: Pick<SessionView, "id" | "prompts">,
	prompt: PromptView,
	notes: string[],
	wrong: Button[],
): OutgoingMessage {
	const by = prompt.stoppedBy ? ` by ${plainLine(prompt.stoppedBy, 80)}` : "";
	// Whoever went on by another request needs no way back.
	const isPassed = prompts.some(({ number, startedAt }) => number > prompt.number && startedAt !== null);
	const parts = [
		`${prompt.withdrawn === "talk" ? "⏹ Taken for talk: stopped" : "⏹ Stopped"}${by}`,
		...outcomeWords(prompt),
		...notes,
	];
	if (isPassed) return folded([...parts, "what was done is kept"], wrong);
	return folded([...parts, "what was done is kept; reply here to go on"], [retry(id, prompt.id), ...wrong]);
}

function failed(
	{ id }: Pick<SessionView, "id">,
	prompt: PromptView,
	notes: string[],
	wrong: Button[],
): OutgoingMessage {
	const why = plainLine(prompt.problem?.message ?? "Something went wrong.", 1_500);
	const words = `❌ *That did not work.* ${why}`;
	return message(words, [
		section(words),
		contextLine(
			[
				...outcomeWords(prompt),
				...notes,
				"nothing is lost: press Retry, or reply here with more detail",
			].join(" · "),
		),
		{ type: "actions", elements: [retry(id, prompt.id), ...wrong] },
	]);
}

function retry(sessionId: string, promptId: string) {
	return button("Retry", RETRY_PROMPT, pairValue(sessionId, promptId), "primary");
}

function folded(parts: string[], buttons: Button[] = []): OutgoingMessage {
	const line = parts.join(" · ");
	const actions = buttons.length === 0 ? [] : [{ type: "actions" as const, elements: buttons }];
	return message(line, [contextLine(line), ...actions]);
}

function outcomeWords(prompt: PromptView): string[] {
	const { startedAt, finishedAt, repository } = prompt;
	return [
		...(repository === null ? [] : [codeSpan(repository)]),
		...(startedAt && finishedAt ? [durationWords(finishedAt.getTime() - startedAt.getTime())] : []),
		...(prompt.costUsd > 0 ? [costWords(prompt.costUsd)] : []),
	];
}

/** How fast a turn began that went well: of others it is no news. */
function beginningWords({ startup }: PromptView): string[] {
	return startup === null ? [] : [startupWords(startup)];
}

function message(mrkdwn: string, blocks: KnownBlock[]): OutgoingMessage {
	return { text: fallback(mrkdwn), blocks };
}

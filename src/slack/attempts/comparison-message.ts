import type { KnownBlock } from "@slack/types";
import type { TestsKnown } from "../../sessions/attempts/decide-tests.ts";
import type { AttemptsView, AttemptView } from "../../sessions/attempts/view-attempts.ts";
import { withoutMarks } from "../../sessions/attempts/without-marks.ts";
import { PICK_ATTEMPT, pairValue, STOP_ATTEMPTS } from "../blocks/actions.ts";
import { button, contextLine, fallback, type OutgoingMessage, section } from "../blocks/message.ts";
import { codeSpan, plainLine } from "../text/escape.ts";
import { toLinkTarget } from "../text/link-target.ts";
import { costWords, durationWords } from "../text/words.ts";
import { threadUrl } from "../thread-url.ts";

const MAX_APPROACH_CHARACTERS = 280;
/** Of an answer that is shown so far; links are longer than their words. */
const MAX_READ_CHARACTERS = 4_000;
const MAX_COMMAND_CHARACTERS = 60;

/**
 * All attempts at one request side by side, in the thread where it was asked; whoever may write picks one.
 * `workspaceUrl` ends in a slash; null: no thread is linked to.
 */
export function comparisonMessage(
	sessionId: string,
	attempts: AttemptsView,
	workspaceUrl: string | null,
): OutgoingMessage {
	const { picked, all, count } = attempts;
	const over = all.filter(isOver).length;
	const head =
		picked === null
			? `*${count} attempts* · ${over} of ${count} done`
			: `*Attempt ${picked.number} was picked* by ${plainLine(picked.by, 80)}; the others are closed.`;
	// Who reads this is in the thread of the first one.
	const words = all.map((attempt) =>
		attemptWords(attempt, attempt.sessionId === sessionId ? null : workspaceUrl),
	);
	const blocks: KnownBlock[] = [section(head)];
	for (const [index, attempt] of all.entries()) {
		const isPickable = picked === null && attempt.status === "done" && attempt.sessionId !== null;
		blocks.push({
			...section(words[index] ?? ""),
			...(isPickable
				? {
						accessory: button(
							`Pick ${attempt.number}`,
							`${PICK_ATTEMPT}_${attempt.number}`,
							pairValue(sessionId, String(attempt.number)),
						),
					}
				: {}),
		});
	}
	if (picked === null && over < count)
		blocks.push({ type: "actions", elements: [button("Stop all", STOP_ATTEMPTS, sessionId)] });
	const notes = [
		...(picked === null && all.some(({ status }) => status === "done")
			? ["Pick one: its session goes on, the others are closed with their pull requests."]
			: []),
		...costOfAll(all),
	];
	if (notes.length > 0) blocks.push(contextLine(notes.join(" ")));
	return { text: fallback([head, ...words].join("\n")), blocks };
}

/** What the thread of an attempt that was not picked says. */
export function closedAttemptMessage({ number, count, picked }: AttemptsView): OutgoingMessage {
	const line = `Attempt ${picked?.number ?? 0} of ${count} was picked${picked ? ` by ${plainLine(picked.by, 80)}` : ""}, so this one (${number}) is closed. To go on with it all the same, reply here.`;
	return { text: fallback(line), blocks: [contextLine(line)] };
}

const isOver = ({ status }: AttemptView) => status !== "queued" && status !== "running";

const STATUS_WORDS: Record<AttemptView["status"], string> = {
	queued: "🕓 has not begun",
	running: "⏳ at work",
	done: "✅ done",
	failed: "❌ did not work",
	stopped: "⏹ stopped",
	cancelled: "⏹ cancelled",
};
const WAITS_WORDS: Record<NonNullable<AttemptView["waitsFor"]>, string> = {
	account: "⏸ waits for a GitHub account",
	budget: "⏸ paused at a budget",
	answer: "❓ waits for an answer",
};
const STATE_WORDS = { open: "", merged: " merged", closed: " closed" } as const;
const CHECKS_WORDS = { passing: "checks pass", failing: "checks fail", pending: "checks run" } as const;

function attemptWords(attempt: AttemptView, workspaceUrl: string | null): string {
	const { pullRequest, additions, deletions, files, tests, durationMs, costUsd, answer, problem } = attempt;
	const facts = [
		...(pullRequest === null ? [] : [pullRequestWords(pullRequest)]),
		...(additions + deletions === 0
			? []
			: [
					`+${additions} −${deletions}${files === 0 ? "" : ` in ${files} ${files === 1 ? "file" : "files"}`}`,
				]),
		...(tests === null ? [] : [testsWords(tests)]),
		...(durationMs === null ? [] : [durationWords(durationMs)]),
		...(costUsd > 0 ? [costWords(costUsd)] : []),
		...(attempt.thread === null || workspaceUrl === null
			? []
			: [`<${threadUrl(workspaceUrl, attempt.thread)}|thread>`]),
	];
	const model = attempt.model === null ? "" : ` ${codeSpan(attempt.model)}`;
	const state = attempt.waitsFor === null ? STATUS_WORDS[attempt.status] : WAITS_WORDS[attempt.waitsFor];
	const head = `*${attempt.number}.*${model} ${[state, ...facts].join(" · ")}`;
	const said = isOver(attempt) ? (answer === null ? problem : toPlain(answer)) : null;
	return said === null ? head : `${head}\n${plainLine(said, MAX_APPROACH_CHARACTERS)}`;
}

function pullRequestWords({ number, url, state }: NonNullable<AttemptView["pullRequest"]>): string {
	const target = toLinkTarget(url);
	return `${target === null ? `#${number}` : `<${target}|#${number}>`}${STATE_WORDS[state]}`;
}

/** What nobody has looked into is told as what the agent says. */
function testsWords(tests: TestsKnown): string {
	switch (tests.by) {
		case "checks":
			return CHECKS_WORDS[tests.state];
		case "command":
			return `${codeSpan(tests.command, MAX_COMMAND_CHARACTERS)} ${tests.state === "passing" ? "passed" : "failed"}`;
		case "agent":
			return `says: “${plainLine(tests.words, MAX_APPROACH_CHARACTERS)}”`;
		default:
			return tests satisfies never;
	}
}

function costOfAll(all: AttemptView[]): string[] {
	const costUsd = all.reduce((sum, attempt) => sum + attempt.costUsd, 0);
	return costUsd > 0 ? [`Together they cost ${costWords(costUsd)}.`] : [];
}

/** The beginning of Markdown without its marks; of links their words. */
function toPlain(markdown: string): string {
	return withoutMarks(markdown.slice(0, MAX_READ_CHARACTERS).replace(/\[([^\]\n]*)\]\([^)\s]*\)/g, "$1"));
}

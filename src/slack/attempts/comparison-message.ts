import type { KnownBlock } from "@slack/types";
import type { AttemptsView, AttemptView } from "../../sessions/attempts/view-attempts.ts";
import { PICK_ATTEMPT, pairValue } from "../blocks/actions.ts";
import { button, contextLine, fallback, type OutgoingMessage, section } from "../blocks/message.ts";
import { codeSpan, plainLine } from "../text/escape.ts";
import { costWords, durationWords } from "../text/words.ts";

const MAX_APPROACH_CHARACTERS = 280;

/** All attempts at one request side by side, in the thread where it was asked; whoever may write picks one. */
export function comparisonMessage(sessionId: string, attempts: AttemptsView): OutgoingMessage {
	const { picked, all } = attempts;
	const over = all.filter(isOver).length;
	const head =
		picked === null
			? `*${attempts.count} attempts* · ${over} of ${attempts.count} done`
			: `*Attempt ${picked.number} was picked* by ${plainLine(picked.by, 80)}; the others are closed.`;
	const blocks: KnownBlock[] = [section(head)];
	for (const attempt of all) {
		const isPickable = picked === null && attempt.status === "done" && attempt.sessionId !== null;
		blocks.push({
			...section(attemptWords(attempt)),
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
	if (picked === null && over === attempts.count)
		blocks.push(
			contextLine("Pick one: its session goes on, the others are closed with their pull requests."),
		);
	return { text: fallback([head, ...all.map(attemptWords)].join("\n")), blocks };
}

/** What the thread of an attempt that was not picked says. */
export function closedAttemptMessage({ number, count, picked }: AttemptsView): OutgoingMessage {
	const line = `Attempt ${picked?.number ?? 0} of ${count} was picked${picked ? ` by ${plainLine(picked.by, 80)}` : ""}, so this one (${number}) is closed.`;
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
const CHECKS_WORDS = { passing: "checks pass", failing: "checks fail", pending: "checks run" } as const;

function attemptWords(attempt: AttemptView): string {
	const { pullRequest, additions, deletions, files, checks, durationMs, costUsd, answer } = attempt;
	const facts = [
		...(pullRequest === null ? [] : [`<${pullRequest.url}|#${pullRequest.number}>`]),
		...(additions + deletions === 0
			? []
			: [
					`+${additions} −${deletions}${files === 0 ? "" : ` in ${files} ${files === 1 ? "file" : "files"}`}`,
				]),
		...(checks === null ? [] : [CHECKS_WORDS[checks]]),
		...(durationMs === null ? [] : [durationWords(durationMs)]),
		...(costUsd > 0 ? [costWords(costUsd)] : []),
	];
	const model = attempt.model === null ? "" : ` ${codeSpan(attempt.model)}`;
	const head = `*${attempt.number}.*${model} ${[STATUS_WORDS[attempt.status], ...facts].join(" · ")}`;
	return answer === null || !isOver(attempt)
		? head
		: `${head}\n${plainLine(toPlain(answer), MAX_APPROACH_CHARACTERS)}`;
}

/** Markdown without its marks; of links their words. */
function toPlain(markdown: string): string {
	return markdown.replace(/\[([^\]\n]*)\]\([^)\s]*\)/g, "$1").replace(/[*`]/g, "");
}

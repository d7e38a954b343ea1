import type { ChecksView, PromptView } from "../../sessions/session-view.ts";
import { codeSpan, plainLine } from "../text/escape.ts";
import { contextLine, fallback, type OutgoingMessage } from "./message.ts";

const MOST_NAMED = 5;

/** One line on failing checks of a commit: which, why, and what follows. `fix`: where the prompt is that mends them, if any. */
export function checksLine(checks: ChecksView, fix: PromptView["status"] | null): OutgoingMessage {
	const { findings, number, headSha } = checks;
	const where = `${number === null ? "" : `#${number} `}${codeSpan(headSha.slice(0, 7))}`;
	const reasons = findings
		.slice(0, MOST_NAMED)
		.map(
			({ name, verdict, reason }) => `${codeSpan(name, 60)} ${VERDICT[verdict]}: ${plainLine(reason, 300)}`,
		);
	const left = findings.length - MOST_NAMED;
	const [sign, next] = toNext(checks, fix);
	const words = [
		`${sign} Checks of ${where}`,
		...reasons,
		...(left > 0 ? [`and ${left} more`] : []),
		next,
	].join(" · ");
	return { text: fallback(words), blocks: [contextLine(words)] };
}

const OVER_TO_YOU = "Over to you: tell me here what to do.";

/** A sign, and what follows from it in words. */
function toNext(checks: ChecksView, fix: PromptView["status"] | null): [string, string] {
	if (fix === null) return needsPeople(checks) ? ["🙋", OVER_TO_YOU] : ["🟡", "Nothing to mend here."];
	if (fix === "queued" || fix === "running") return ["🔧", "I am mending what this change broke."];
	return checks.isPushed
		? ["🔧", "I pushed a change for it."]
		: ["🙋", `I pushed nothing for it. ${OVER_TO_YOU}`];
}

const VERDICT: Record<ChecksView["findings"][number]["verdict"], string> = {
	caused: "fails because of this change",
	before: "failed before this change",
	flaky: "is flaky",
	unknown: "fails, and I cannot tell why",
};

function needsPeople({ findings }: ChecksView): boolean {
	return findings.some(({ verdict }) => verdict === "caused" || verdict === "unknown");
}

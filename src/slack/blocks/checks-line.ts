import type { ChecksView } from "../../sessions/session-view.ts";
import { codeSpan, plainLine } from "../text/escape.ts";
import { contextLine, fallback, type OutgoingMessage } from "./message.ts";

const MOST_NAMED = 5;

/** One line on failing checks of a commit: which, why, and what follows. */
export function checksLine(checks: ChecksView): OutgoingMessage {
	const { findings, number, headSha, promptId } = checks;
	const where = `${number === null ? "" : `#${number} `}${codeSpan(headSha.slice(0, 7))}`;
	const reasons = findings
		.slice(0, MOST_NAMED)
		.map(
			({ name, verdict, reason }) => `${codeSpan(name, 60)} ${VERDICT[verdict]}: ${plainLine(reason, 300)}`,
		);
	const left = findings.length - MOST_NAMED;
	const words = [
		`${promptId === null ? (needsPeople(checks) ? "🙋" : "🟡") : "🔧"} Checks of ${where}`,
		...reasons,
		...(left > 0 ? [`and ${left} more`] : []),
		promptId !== null
			? "I am mending what this change broke."
			: needsPeople(checks)
				? "Over to you: tell me here what to do."
				: "Nothing to mend here.",
	].join(" · ");
	return { text: fallback(words), blocks: [contextLine(words)] };
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

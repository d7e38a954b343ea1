import type { SessionView } from "../../sessions/session-view.ts";

/** docs.slack.dev/ai/agent-sessions: at work (with Stop), ready for the next prompt, waiting for a person, over. */
export type AgentStatus = "processing" | "active" | "suspended" | "closed";

/** What Slack shows of a session already. */
export interface ShownSign {
	status: AgentStatus;
	title: string;
	setAt: Date;
}

/** Slack lets "processing" lapse after an hour. */
const REPEAT_MS = 30 * 60_000;

type Facts = Pick<SessionView, "status" | "prompts" | "questions" | "openings" | "budgetStops">;

/** Pure. What a session does, in Slack's words. */
export function decideAgentStatus(session: Facts): AgentStatus {
	const { status, prompts, questions, openings, budgetStops = [] } = session;
	if (status === "asking") return "suspended";
	if (prompts.some((prompt) => prompt.status === "running"))
		return questions.some(({ isOpen }) => isOpen) ? "suspended" : "processing";
	// Prompts run in their order, so that one which is held holds up those behind it.
	const next = prompts.find((prompt) => prompt.status === "queued");
	if (next !== undefined) return next.held === null ? "processing" : "suspended";
	if (openings.some(({ waitsFor }) => waitsFor !== null)) return "suspended";
	if (budgetStops.some(({ decision }) => decision === null)) return "suspended";
	return status === "ended" ? "closed" : "active";
}

/** Pure. What to tell Slack; nothing of a session that is over and of which it was never told. */
export function decideChange(
	shown: ShownSign | null,
	wanted: { status: AgentStatus; title: string },
	nowMs: number,
): { status: boolean; title: boolean } {
	if (shown === null) {
		const isLive = wanted.status === "processing" || wanted.status === "suspended";
		return { status: isLive, title: false };
	}
	const isStale = wanted.status === "processing" && nowMs - shown.setAt.getTime() > REPEAT_MS;
	return { status: shown.status !== wanted.status || isStale, title: shown.title !== wanted.title };
}

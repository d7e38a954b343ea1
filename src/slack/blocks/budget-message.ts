import type { Button } from "@slack/types";
import type { BudgetStopView, SessionView } from "../../sessions/session-view.ts";
import { codeSpan, plainLine } from "../text/escape.ts";
import { moneyWords } from "../text/words.ts";
import { CONTINUE_BUDGET, pairValue, STOP_SESSION } from "./actions.ts";
import { button, contextLine, fallback, type OutgoingMessage, section } from "./message.ts";

type Session = Pick<SessionView, "id" | "repository" | "prompts">;

/** Asks the thread whether a session may cost more; once that is decided the same message says how. */
export function budgetMessage(session: Session, stop: BudgetStopView): OutgoingMessage {
	const { decision } = stop;
	if (decision === null) return question(session, stop);
	const what = `⏸ Paused at ${moneyWords(stop.capUsd)} for ${whatWords(session, stop)}`;
	const by = decision.by === null ? "" : ` by ${plainLine(decision.by, 80)}`;
	const added = decision.raisedUsd > 0 ? `, +${moneyWords(decision.raisedUsd)}` : "";
	const line = decision.how === "stopped" ? `${what} · ⏹ stopped${by}` : `${what} · continued${by}${added}`;
	return { text: fallback(line), blocks: [contextLine(line)] };
}

function question(session: Session, stop: BudgetStopView): OutgoingMessage {
	const [why, spent] = pauseWords(session, stop);
	const words = `⏸ *Paused: ${why}.* ${spent}. What was done is kept, and it goes on from there.`;
	return {
		text: fallback(words),
		blocks: [
			section(words),
			{
				type: "actions",
				elements: [continueButton(session, stop), button("Stop", STOP_SESSION, session.id, "danger")],
			},
			contextLine(whoWords(session, stop)),
		],
	};
}

/** What is used up, and what was spent of what: two clauses. */
export function pauseWords(session: Session, stop: BudgetStopView): [why: string, spent: string] {
	return [
		`the budget for ${whatWords(session, stop)} is used up`,
		`${moneyWords(stop.spentUsd)} of ${moneyWords(stop.capUsd)} is spent`,
	];
}

/** For whoever may let it go on. */
export function continueButton(session: Pick<Session, "id">, { id, offerUsd }: BudgetStopView): Button {
	const value = pairValue(session.id, id);
	return button(`Continue +${moneyWords(offerUsd)}`, CONTINUE_BUDGET, value, "primary");
}

function whatWords(session: Session, { scope, promptId }: BudgetStopView): string {
	switch (scope) {
		case "prompt":
			return "this request";
		case "session":
			return "this session";
		case "person":
			return `${authorWords(session, promptId)} this month`;
		case "channel":
			return "this channel this month";
		case "workspace":
			return "this workspace this month";
		default:
			return scope satisfies never;
	}
}

function whoWords(session: Session, { scope, promptId }: BudgetStopView): string {
	switch (scope) {
		case "prompt":
		case "session":
			return session.repository === null
				? "Anyone here can let it go on."
				: `Anyone who may write to ${codeSpan(session.repository.fullName)} can let it go on.`;
		case "person":
			return `${authorWords(session, promptId)} or an admin of this workspace can let it go on.`;
		case "channel":
		case "workspace":
			return "An admin of this workspace can let it go on.";
		default:
			return scope satisfies never;
	}
}

function authorWords(session: Session, promptId: string): string {
	const author = session.prompts.find(({ id }) => id === promptId)?.author ?? null;
	return author === null ? "Its author" : plainLine(author.name, 80);
}

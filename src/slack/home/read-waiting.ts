import { AppError } from "../../errors.ts";
import type { OwnSession } from "../../sessions/own-session-store.ts";
import type { BudgetStopView, QuestionView, SessionView } from "../../sessions/session-view.ts";
import type { ListenerDeps } from "../listeners/deps.ts";

/** What a session waits for one person for, as far as they can do something about it. */
export type Waiting =
	| { for: "repository"; session: SessionView }
	| { for: "question"; session: SessionView; question: QuestionView }
	/** `who` may let it go on, in words; null: this person may. */
	| { for: "budget"; session: SessionView; stop: BudgetStopView; who: string | null }
	/** Where they sign in. */
	| { for: "account"; url: string };

export type ReadWaitingDeps = Pick<ListenerDeps, "budget"> & {
	sessions: Pick<ListenerDeps["sessions"], "view">;
	/** A personal address at which they sign in; null: nobody can here. */
	invite: ((personId: string) => Promise<{ url: string }>) | null;
};

/** Of those of the sessions that wait for the person, by their ids; what is over by now is left out. */
export async function readWaiting(
	deps: ReadWaitingDeps,
	{ personId, sessions }: { personId: string; sessions: readonly OwnSession[] },
): Promise<Map<string, Waiting>> {
	let invitation: { url: string } | null = null;
	const found = new Map<string, Waiting>();
	// One after the other: a home must not hold many connections to the database at once.
	for (const session of sessions) {
		const waiting = await findWaiting(session);
		if (waiting !== null) found.set(session.id, waiting);
	}
	return found;

	async function findWaiting({ id, waitsFor }: OwnSession): Promise<Waiting | null> {
		switch (waitsFor) {
			case null:
				return null;
			case "account": {
				// One account for all that waits for it.
				invitation ??= (await deps.invite?.(personId)) ?? null;
				return invitation === null ? null : { for: "account", url: invitation.url };
			}
			case "repository": {
				const session = await deps.sessions.view(id);
				return session.status === "asking" ? { for: "repository", session } : null;
			}
			case "question": {
				const session = await deps.sessions.view(id);
				const question = session.questions.find(({ isOpen }) => isOpen);
				return question === undefined ? null : { for: "question", session, question };
			}
			case "budget": {
				const session = await deps.sessions.view(id);
				const stop = session.budgetStops?.findLast(({ decision }) => decision === null);
				if (stop === undefined || deps.budget === undefined) return null;
				const who = await deps.budget.whoMayContinue({ stopId: stop.id, personId }).catch(unknown);
				return { for: "budget", session, stop, who };
			}
			default:
				return waitsFor satisfies never;
		}
	}
}

/** Whoever presses the button then hears it. */
function unknown(error: unknown): null {
	if (error instanceof AppError && error.code === "access_unknown") return null;
	throw error;
}

import type { Tx } from "../../db/client.ts";
import { readPrompts } from "../queue/prompt-store.ts";
import type { lockSession } from "../session-store.ts";
import type { AttemptsChange } from "../sessions.ts";
import { type AttemptWish, findGroup, insertGroup } from "./attempt-store.ts";

/**
 * Makes of a changed request as many attempts as it says now, if nothing has begun yet. Of the first prompt of a session
 * only; the session's row must be locked by the caller.
 */
export async function changeAttempts(
	tx: Tx,
	input: {
		id: string;
		session: Awaited<ReturnType<typeof lockSession>>;
		promptId: string;
		wish: AttemptWish;
		at: Date;
	},
): Promise<AttemptsChange> {
	const { session, promptId, wish } = input;
	const sessionId = session.id;
	const [first] = await readPrompts(tx, sessionId);
	const group = await findGroup(tx, sessionId);
	const isAsked = first?.id === promptId && (group === undefined || group.firstSessionId === sessionId);
	if (!isAsked) return { attempts: "same", othersBegan: false };
	const hasBegun = session.status !== "routing" && session.status !== "asking";
	const othersBegan = group !== undefined && hasBegun;
	if (isSame(group ?? { count: 1, models: [] }, wish)) return { attempts: "same", othersBegan };
	if (hasBegun) return { attempts: "too_late", othersBegan };
	if (group !== undefined) {
		await tx.deleteFrom("attempts").where("group_id", "=", group.id).execute();
		await tx.deleteFrom("attempt_groups").where("id", "=", group.id).execute();
	}
	if (wish.count > 1) await insertGroup(tx, { id: input.id, sessionId, ...wish, at: input.at });
	const model = wish.models[0] ?? null;
	await tx.updateTable("sessions").set({ model }).where("id", "=", sessionId).execute();
	return { attempts: "changed", othersBegan: false };
}

function isSame(before: AttemptWish, wish: AttemptWish): boolean {
	if (before.count !== wish.count) return false;
	return wish.count === 1 || before.models.join() === wish.models.join();
}

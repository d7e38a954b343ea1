import type { PromptOrigin } from "../../contract/session.ts";
import type { Tx } from "../../db/client.ts";
import type { Held } from "../../db/schema/prompts.ts";
import { isLinked } from "../../people/account-store.ts";

/**
 * Whether a prompt's author must connect a GitHub account before it may run. Only where they can be asked privately: who
 * writes at GitHub is known there already, and what Bobbin asks of itself has no author to ask.
 */
export async function mustLinkFirst(
	tx: Tx,
	prompt: { authorId: string | null; origin: PromptOrigin },
): Promise<boolean> {
	if (prompt.authorId === null || prompt.origin.kind !== "slack") return false;
	if (await isLinked(tx, prompt.authorId)) return false;
	const workspace = await tx
		.selectFrom("workspaces")
		.select("unlinked")
		.where("team_id", "=", prompt.origin.teamId)
		.executeTakeFirst();
	return workspace?.unlinked !== "app";
}

/** Whether nothing of a person in a session is held for an account that is needed: a rule of their workspace has changed. */
export async function isHeldForNothing(
	tx: Tx,
	{ sessionId, personId }: { sessionId: string; personId: string },
): Promise<boolean> {
	const held = await selectHeld(tx, personId)
		.select(["author_id as authorId", "origin"])
		.where("session_id", "=", sessionId)
		.execute();
	const needed = await Promise.all(held.map((prompt) => mustLinkFirst(tx, prompt)));
	return held.length > 0 && !needed.includes(true);
}

export async function holdPrompt(tx: Tx, promptId: string, held: Held): Promise<void> {
	await tx.updateTable("prompts").set({ held }).where("id", "=", promptId).execute();
}

/** The sessions in which prompts of a person wait for their GitHub account, in the order in which to lock them. */
export async function findSessionsHeldFor(tx: Tx, personId: string): Promise<string[]> {
	const rows = await selectHeld(tx, personId).select("session_id").distinct().orderBy("session_id").execute();
	return rows.map((row) => row.session_id);
}

/** Lets the held prompts of a person in a session run. The session's row must be locked by the caller. */
export async function releasePrompts(
	tx: Tx,
	input: { sessionId: string; personId: string },
): Promise<string[]> {
	const rows = await selectHeld(tx, input.personId)
		.select("id")
		.where("session_id", "=", input.sessionId)
		.orderBy("number")
		.execute();
	const ids = rows.map(({ id }) => id);
	if (ids.length > 0) await tx.updateTable("prompts").set({ held: null }).where("id", "in", ids).execute();
	return ids;
}

function selectHeld(tx: Tx, personId: string) {
	return tx
		.selectFrom("prompts")
		.where("author_id", "=", personId)
		.where("held", "=", "link")
		.where("status", "=", "queued");
}

import type { Tx } from "../db/client.ts";

/** Whether a person's pull requests begin as drafts; null: as the repository says. */
export async function readDraftWish(tx: Tx, personId: string): Promise<boolean | null> {
	const row = await tx.selectFrom("people").select("draft").where("id", "=", personId).executeTakeFirst();
	return row?.draft ?? null;
}

/** False: that is what they wished before. */
export async function saveDraftWish(tx: Tx, personId: string, draft: boolean | null): Promise<boolean> {
	const row = await tx
		.updateTable("people")
		.set({ draft })
		.where("id", "=", personId)
		.where("draft", "is distinct from", draft)
		.returning("id")
		.executeTakeFirst();
	return row !== undefined;
}

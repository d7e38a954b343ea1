import { sql } from "kysely";
import type { FileChange } from "../../contract/event.ts";
import type { Tx } from "../../db/client.ts";
import { toStorableText } from "../log/storable.ts";
import { decideSnippet } from "./decide-snippet.ts";

/** More are not looked at: what they changed is not small. */
const MAX_CHANGES = 20;

/** Keeps with a prompt what its turn changed, where that is little. */
export async function keepSnippet(tx: Tx, of: { sessionId: string; promptId: string }): Promise<void> {
	const rows = await tx
		.selectFrom("events")
		.select("data")
		.where("session_id", "=", of.sessionId)
		.where("type", "=", "file.changed")
		.where(sql<boolean>`data ->> 'promptId' = ${of.promptId}`)
		.orderBy("seq")
		.limit(MAX_CHANGES + 1)
		.execute();
	if (rows.length > MAX_CHANGES) return;
	const snippet = decideSnippet(rows.map(({ data }) => (data as { file: FileChange }).file));
	if (snippet === null) return;
	await tx
		.updateTable("prompts")
		.set({ snippet: toStorableText(snippet) })
		.where("id", "=", of.promptId)
		.execute();
}

import type { Tx } from "../db/client.ts";

/** Something that somebody did and that people may want to know of later. */
export interface Act {
	/** null: nobody of ours, or Bobbin itself. */
	personId: string | null;
	/** In words where it is no person of ours: `bobbin`, `github:<login>`, `slack`, `local` (whoever sits at this machine); left out for a person. */
	actor?: string;
	/** What was done, as `<thing>.<done>`, for example `pull_request.opened`. */
	action: string;
	sessionId?: string | null;
	repositoryId?: string | null;
	/** What it was done to, for example `acme/shop#7`. */
	subject?: string | null;
	/** More of it. Never a secret, never a whole text that somebody wrote. */
	data?: Record<string, unknown>;
}

/** Notes an act, in the transaction of the act: none is noted that did not happen, none happens unnoted. */
export async function recordAudit(tx: Tx, act: Act, at: Date): Promise<void> {
	await tx
		.insertInto("audit_log")
		.values({
			at,
			person_id: act.personId,
			actor: act.actor ?? (act.personId === null ? "bobbin" : "person"),
			action: act.action,
			session_id: act.sessionId ?? null,
			repository_id: act.repositoryId ?? null,
			subject: act.subject ?? null,
			data: JSON.stringify(act.data ?? {}),
		})
		.execute();
}

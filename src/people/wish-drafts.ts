import type { Db } from "../db/client.ts";
import { recordAudit } from "./audit.ts";
import { readDraftWish, saveDraftWish } from "./draft-store.ts";

/** How a person's pull requests begin: as drafts, ready for review, or (null) as each repository says. */
export interface DraftWishes {
	read(personId: string): Promise<boolean | null>;
	set(personId: string, draft: boolean | null): Promise<void>;
}

export function createDraftWishes({ db, now }: { db: Db; now: () => number }): DraftWishes {
	return {
		read: (personId) => readDraftWish(db, personId),
		set: (personId, draft) =>
			db.transaction().execute(async (tx) => {
				if (!(await saveDraftWish(tx, personId, draft))) return;
				const act = { personId, action: "person.drafts_changed", data: { draft } };
				await recordAudit(tx, act, new Date(now()));
			}),
	};
}

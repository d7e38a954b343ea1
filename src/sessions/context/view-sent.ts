import type { Db } from "../../db/client.ts";
import type { SentPrompt, Sessions } from "../sessions.ts";
import { readSent } from "./context-store.ts";
import { countMasked } from "./count-masked.ts";
import { listSaid } from "./said.ts";

export function createViewSent({ db }: { db: Db }): Sessions["viewSent"] {
	return async (sessionId) =>
		(await readSent(db, sessionId)).map(
			({ id, context, files, masked, context_pending: isPending }): SentPrompt => ({
				promptId: id,
				isPending,
				said: listSaid(context),
				unsaid: context.threadLeftOut ?? 0,
				files: files.map(({ name, mimeType, sizeBytes, leftOut = null }) => ({
					...{ name, mimeType, sizeBytes, leftOut },
				})),
				masked: countMasked(masked),
			}),
		);
}

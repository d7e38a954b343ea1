import { AppError } from "../../errors.ts";
import { showThreadJob } from "../../jobs/queue.ts";
import { appendEvents } from "../log/event-store.ts";
import { lockSession } from "../session-store.ts";
import type { UseCaseDeps } from "../use-case.ts";
import { countPictures, findSame, insertPicture } from "./picture-store.ts";
import { findPictureType } from "./picture-type.ts";

const MOST_BYTES = 4 * 1024 * 1024;
const MOST_IN_TURN = 10;
const MOST_IN_SESSION = 50;

/**
 * Keeps a picture that the agent of a turn made. The same bytes in the same turn are the same picture, however often.
 *
 * @throws AppError `picture_too_large`, `not_a_picture`, `too_many_pictures`, `session_not_found`
 */
export type AddPicture = (input: {
	sessionId: string;
	promptId: string;
	/** One line that says what it shows. */
	title: string;
	bytes: Uint8Array;
}) => Promise<{ pictureId: string }>;

export function createAddPicture(deps: UseCaseDeps): AddPicture {
	return async ({ sessionId, promptId, title, bytes }) => {
		if (bytes.byteLength > MOST_BYTES)
			throw new AppError("picture_too_large", "A picture may have 4 MiB at most. Make it smaller.");
		const type = findPictureType(bytes);
		if (type === null)
			throw new AppError("not_a_picture", "Only PNG, JPEG, GIF and WebP are taken, and this file is none.");
		return deps.db.transaction().execute(async (tx) => {
			const at = new Date(deps.now());
			const { repository_id: repositoryId } = await lockSession(tx, sessionId);
			const same = await findSame(tx, { promptId, bytes });
			if (same !== undefined) return { pictureId: same.id };
			const { inTurn, inSession } = await countPictures(tx, { sessionId, promptId });
			if (inTurn >= MOST_IN_TURN)
				throw new AppError(
					"too_many_pictures",
					`This turn has ${MOST_IN_TURN} pictures already, which is the most. Go on without this one.`,
				);
			if (inSession >= MOST_IN_SESSION)
				throw new AppError(
					"too_many_pictures",
					`This session has ${MOST_IN_SESSION} pictures already, which is the most. Go on without this one.`,
				);
			const pictureId = deps.newId();
			await insertPicture(tx, { id: pictureId, sessionId, promptId, repositoryId, title, type, bytes, at });
			const data = { promptId, pictureId, title };
			await appendEvents(tx, sessionId, [{ type: "picture.added", data }], at);
			// Brought to Slack while the turn goes on, it is ready there when the answer is.
			await deps.enqueue(tx, showThreadJob, { version: 1, sessionId }, { key: sessionId });
			return { pictureId };
		});
	};
}

import type { SessionView } from "../../sessions/session-view.ts";
import type { ShownMessage } from "../showing/message-store.ts";
import { isStatusKey, type Wanted } from "../showing/thread-view.ts";

/** What Slack says when somebody deleted a message that we wanted to edit. */
const DELETED = "gone:message_not_found";

/**
 * Pure. A status message that somebody deleted is let be while the work goes on; how it ended is said in a new one.
 * Whatever else somebody deleted stays away.
 */
export function replaceLost(
	wanted: Wanted[],
	session: Pick<SessionView, "prompts">,
	shown: ReadonlyMap<string, Pick<ShownMessage, "shown">>,
): Wanted[] {
	const over = session.prompts.filter(({ status }) => status !== "queued" && status !== "running");
	return wanted.map((one) => {
		const isStatus = one.kind === "message" && over.some(({ id }) => isStatusKey(one.key, id));
		return isStatus && shown.get(one.key)?.shown === DELETED ? { ...one, key: `${one.key}:again` } : one;
	});
}

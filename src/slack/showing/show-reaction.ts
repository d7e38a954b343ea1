import type { WebClient } from "@slack/web-api";
import type { Thread } from "../../contract/session.ts";
import { toCallFailure } from "../web-api/call-failure.ts";
import type { ClaimedMessage } from "./message-store.ts";
import { AT_WORK_EMOJI, NO_SIGN, type Wanted } from "./thread-view.ts";

const DONE_BEFORE = new Set(["already_reacted", "no_reaction"]);
const BETWEEN = " ";

/** The signs that may stand at a message, as they are kept: one, or several while they are being changed. */
const readSigns = (shown: string | null) => (shown === null || shown === NO_SIGN ? [] : shown.split(BETWEEN));

/** Of what is kept: more than one sign may stand there. */
export const isChanging = (shown: string): boolean => readSigns(shown).length > 1;

/**
 * Puts the wanted sign at a person's message and takes away every other that may be there. `note` keeps which those
 * are before anything is called: Slack may ask to wait between the two, and another sign may be wanted by then.
 */
export async function showReaction(
	client: WebClient,
	{ channelId }: Thread,
	claimed: ClaimedMessage,
	wanted: Extract<Wanted, { kind: "reaction" }>,
	note: (shown: string) => Promise<void>,
): Promise<string> {
	const { emoji } = wanted;
	// The first is always the eyes; whoever set them may not have come to write it down.
	const before = readSigns(claimed.shown ?? (claimed.doubtful ? AT_WORK_EMOJI : null));
	const others = before.filter((name) => name !== emoji);
	const noteWith = (left: string[]) => note([...left, ...(emoji === null ? [] : [emoji])].join(BETWEEN));
	const item = { channel: channelId, timestamp: wanted.messageTs };
	if (emoji !== null) {
		if (others.length > 0 && !before.includes(emoji)) await noteWith(others);
		await tolerate(client.reactions.add({ ...item, name: emoji }));
	}
	for (const [index, name] of others.entries()) {
		await tolerate(client.reactions.remove({ ...item, name }));
		const left = others.slice(index + 1);
		if (left.length > 0) await noteWith(left);
	}
	return wanted.messageTs;
}

/** Both directions are idempotent: "already there" and "not there" are what we wanted. */
async function tolerate(call: Promise<unknown>): Promise<void> {
	try {
		await call;
	} catch (error) {
		const failure = toCallFailure(error);
		if (failure.kind !== "refused" || !DONE_BEFORE.has(failure.error)) throw error;
	}
}

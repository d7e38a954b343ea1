import type { WebClient } from "@slack/web-api";
import type { Thread } from "../../contract/session.ts";
import { toCallFailure } from "../web-api/call-failure.ts";
import type { ClaimedMessage } from "./message-store.ts";
import { AT_WORK_EMOJI, NO_SIGN, type Wanted } from "./thread-view.ts";

const DONE_BEFORE = new Set(["already_reacted", "no_reaction"]);
const BETWEEN = " ";

/** The signs that may stand at a message, as they are kept: one or none, or several of these while it is being changed. */
const readSigns = (shown: string | null) => (shown?.split(BETWEEN) ?? []).filter((name) => name !== NO_SIGN);

/** Of what is kept: it is not known which sign stands there. */
export const isChanging = (shown: string): boolean => shown.includes(BETWEEN);

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
	const noteWith = (left: string[]) => note([...left, wanted.hash].join(BETWEEN));
	const item = { channel: channelId, timestamp: wanted.messageTs };
	if (others.length > 0) await noteWith(others);
	if (emoji !== null) await tolerate(client.reactions.add({ ...item, name: emoji }));
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

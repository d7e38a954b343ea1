import type { ShownMessage } from "../state/use-conversation.ts";
import { startOfDay, tsToMs } from "../text/time.ts";

const TOGETHER_MS = 5 * 60_000;

export interface Row extends ShownMessage {
	/** A day that begins with this message, in milliseconds since the epoch. */
	newDay: number | null;
	/** Drawn without name and picture, under the message before it. */
	isCompact: boolean;
}

/** Puts messages of one author close together, and a line between days. */
export function groupMessages(shown: ShownMessage[], options: { daysToo: boolean }): Row[] {
	return shown.map((one, index) => {
		const before = shown[index - 1];
		const at = tsToMs(one.message.ts);
		const isNewDay =
			options.daysToo && (before === undefined || startOfDay(tsToMs(before.message.ts)) !== startOfDay(at));
		const isCompact =
			!isNewDay &&
			before !== undefined &&
			before.message.user === one.message.user &&
			before.message.username === one.message.username &&
			before.isEphemeral === one.isEphemeral &&
			!isSpecial(one) &&
			!isSpecial(before) &&
			at - tsToMs(before.message.ts) < TOGETHER_MS;
		return { ...one, newDay: isNewDay ? at : null, isCompact };
	});
}

function isSpecial({ message }: ShownMessage): boolean {
	return message.subtype !== undefined && message.subtype !== "file_share";
}

import { createHash } from "node:crypto";

const TIME_MASK = (1n << 48n) - 1n;

/** How the id of a prompt's message ends: the same for the same prompt and attempt, so a second hand-over is seen. */
export function toMessageSuffix(promptId: string, attempt: number): string {
	return createHash("sha256").update(`${promptId}:${attempt}`).digest("hex").slice(0, 14);
}

/**
 * The id under which a prompt is sent. OpenCode sorts by id: `msg_`, 12 hex digits (milliseconds × 4096 + counter, the
 * lower 48 bits), 14 more characters. One tick after the newest message sorts behind everything that is there and
 * before everything that comes, whichever clock the sandbox has.
 */
export function toMessageId(input: {
	newestMessageId: string | null;
	conversationCreatedMs: number;
	suffix: string;
}): string {
	const newest =
		input.newestMessageId === null
			? BigInt(input.conversationCreatedMs) * 0x1000n
			: BigInt(`0x${input.newestMessageId.slice(4, 16)}`);
	const time = ((newest + 1n) & TIME_MASK).toString(16).padStart(12, "0");
	return `msg_${time}${input.suffix}`;
}

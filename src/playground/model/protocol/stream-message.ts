import type { toMessage } from "./reply.ts";

type WireMessage = ReturnType<typeof toMessage>;

/** `cut` makes pieces of up to 16 characters. */
const TOKENS_PER_CHUNK = 4;

interface Pace {
	/** 0: as fast as it can be written. */
	tokensPerSecond: number;
	sleep(ms: number): Promise<void>;
}

/** A Message as the vendor's server-sent events, in the vendor's order, at a reader's or at full speed. */
export async function* streamMessage(message: WireMessage, pace: Pace): AsyncGenerator<string> {
	const { content, stop_reason, usage } = message;
	const start = {
		...message,
		content: [],
		stop_reason: null,
		usage: { ...usage, output_tokens: content.length === 0 ? 0 : 1 },
	};
	yield event("message_start", { message: start });
	yield event("ping", {});
	for (const [index, block] of content.entries()) {
		const isText = block.type === "text";
		yield event("content_block_start", {
			index,
			content_block: isText ? { ...block, text: "" } : { ...block, input: {} },
		});
		for (const chunk of cut(isText ? block.text : JSON.stringify(block.input))) {
			const delta = isText
				? { type: "text_delta", text: chunk }
				: { type: "input_json_delta", partial_json: chunk };
			yield event("content_block_delta", { index, delta });
			if (pace.tokensPerSecond > 0) await pace.sleep((TOKENS_PER_CHUNK * 1000) / pace.tokensPerSecond);
		}
		yield event("content_block_stop", { index });
	}
	yield event("message_delta", {
		delta: { stop_reason, stop_sequence: null },
		usage: { output_tokens: usage.output_tokens },
	});
	yield event("message_stop", {});
}

export function event(type: string, data: Record<string, unknown>): string {
	return `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
}

/** Pieces of about one size; no character is split. */
function cut(text: string): string[] {
	return text.match(/.{1,16}/gsu) ?? [];
}

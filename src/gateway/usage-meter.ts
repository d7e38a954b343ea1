import { z } from "zod";

/** The parts of Anthropic's Messages answers, streamed or whole, that say what a call used. */
const usage = z.object({
	input_tokens: z.number().nullish(),
	output_tokens: z.number().nullish(),
	cache_read_input_tokens: z.number().nullish(),
	cache_creation_input_tokens: z.number().nullish(),
});
const message = z.object({ model: z.string().optional(), usage: usage.optional() });
const streamed = z.object({ type: z.string(), message: message.optional(), usage: usage.optional() });

interface Usage {
	model: string | null;
	inputTokens: number;
	outputTokens: number;
	cacheReadTokens: number;
	cacheWriteTokens: number;
	/** When the first piece of the answer went by, on the clock that was passed in. */
	firstTokenAtMs: number | null;
}

/** What stands around the text in a piece of a stream, in characters, and how many of them a token usually has. */
const AROUND_CHARACTERS = 100;
const TOKEN_CHARACTERS = 4;

export interface UsageMeter {
	add(bytes: Uint8Array): void;
	read(): Usage;
}

/**
 * Reads along an answer of the Messages API and keeps what it used. Counts in `message_delta` are totals, so the last
 * one counts. Whoever lets go before it is charged for what went by, as by the provider: each piece is a token at least.
 * What cannot be read is passed over: metering never disturbs an answer.
 */
export function createUsageMeter(kind: "stream" | "json", now: () => number): UsageMeter {
	const decoder = new TextDecoder();
	let pending = "";
	/** What went by of the text, as long as nobody said how much it is. */
	let passedTokens = 0;
	const read: Usage = {
		model: null,
		inputTokens: 0,
		outputTokens: 0,
		cacheReadTokens: 0,
		cacheWriteTokens: 0,
		firstTokenAtMs: null,
	};

	function take(found: z.infer<typeof message>): void {
		read.model ??= found.model ?? null;
		read.inputTokens = found.usage?.input_tokens ?? read.inputTokens;
		read.outputTokens = found.usage?.output_tokens ?? read.outputTokens;
		read.cacheReadTokens = found.usage?.cache_read_input_tokens ?? read.cacheReadTokens;
		read.cacheWriteTokens = found.usage?.cache_creation_input_tokens ?? read.cacheWriteTokens;
	}

	function takeLine(line: string): void {
		if (!line.startsWith("data:")) return;
		// Pieces of text are the bulk of a stream and say nothing about usage.
		if (line.includes('"content_block_delta"')) {
			read.firstTokenAtMs ??= now();
			passedTokens += Math.max(1, (line.length - AROUND_CHARACTERS) / TOKEN_CHARACTERS);
			return;
		}
		const event = streamed.safeParse(toJson(line.slice(5)));
		if (!event.success) return;
		if (event.data.message) take(event.data.message);
		if (!event.data.usage) return;
		take({ usage: event.data.usage });
		passedTokens = 0;
	}

	return {
		add(bytes) {
			pending += decoder.decode(bytes, { stream: true });
			if (kind === "json") return;
			const lines = pending.split(/\r?\n/);
			pending = lines.pop() ?? "";
			for (const line of lines) takeLine(line);
		},
		read() {
			if (kind === "stream") takeLine(pending);
			else {
				const whole = message.safeParse(toJson(pending));
				if (whole.success) take(whole.data);
			}
			pending = "";
			return { ...read, outputTokens: Math.max(read.outputTokens, Math.ceil(passedTokens)) };
		},
	};
}

function toJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

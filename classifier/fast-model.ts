import { setTimeout as wait } from "node:timers/promises";
import Anthropic, { APIConnectionError, APIConnectionTimeoutError, APIError } from "@anthropic-ai/sdk";
import { z } from "zod";
import type { FastModelRequest } from "./prompt.ts";

/** Why a fast model gave no answer. `rejected`: the key, the model's name or the request was refused. */
export type FastModelFailure =
	| "timeout"
	| "refused"
	| "no_tool_call"
	| "overloaded"
	| "unreachable"
	| "rejected"
	| "malformed";

export type FastModelResult =
	| { outcome: "answered"; input: unknown }
	| { outcome: "failed"; failure: FastModelFailure; detail: string };

/** One call that the model answered, of use or not: what it is paid for. */
export interface FastCall {
	model: string;
	/** Without what was read from or written to the cache. */
	inputTokens: number;
	outputTokens: number;
	cacheReadTokens: number;
	cacheWriteTokens: number;
	startedAtMs: number;
	durationMs: number;
}

/** A model that answers one question with one tool call, within seconds. */
export interface FastModel {
	readonly name: string;
	/**
	 * Every failure is a result. Rejects only with the reason of `signal`, when the caller gave up. `onCall` is told of each
	 * call that was answered, before the promise is settled; what is not waited for until its end is not known to it.
	 */
	ask(
		request: FastModelRequest,
		signal?: AbortSignal,
		onCall?: (call: FastCall) => void,
	): Promise<FastModelResult>;
}

interface FastModelOptions {
	apiKey: string;
	/** Without `/v1`. */
	baseUrl: string;
	model: string;
	/** For the whole question, the second attempt included. */
	timeoutMs?: number;
	/** Pause before the second attempt where the server names none. */
	retryDelayMs?: number;
	now?: () => number;
}

const MAX_TOKENS = 500;
/** For models that think before they answer: thinking counts as output. */
const MAX_TOKENS_THINKING = 2_000;

const replySchema = z.object({
	stop_reason: z.string().nullish(),
	content: z.array(
		z.object({ type: z.string(), name: z.string().optional(), input: z.unknown().optional() }),
	),
});

const count = z.number().nullish();
const paidSchema = z.object({
	usage: z.object({
		input_tokens: count,
		output_tokens: count,
		cache_read_input_tokens: count,
		cache_creation_input_tokens: count,
	}),
});

/** What one attempt gave, and what a second one would have to do. */
interface Attempt {
	result: FastModelResult;
	again: "no" | "unforced" | { afterMs: number };
}

/**
 * A fast model behind the Anthropic Messages API.
 *
 * The call is forced (`tool_choice`) with thinking off, which Haiku 5.5 allows and which is its fastest form. Sonnet
 * 5.5 and Opus 5.5 answer 400 to both (platform.claude.com, "What's new" of each): then the question is put once more
 * without them, and from then on always.
 */
export function createFastModel(options: FastModelOptions): FastModel {
	const { model, timeoutMs = 4_000, retryDelayMs = 150, now = Date.now } = options;
	const client = new Anthropic({
		apiKey: options.apiKey,
		authToken: null,
		baseURL: options.baseUrl,
		maxRetries: 0,
		timeout: timeoutMs,
		logLevel: "off",
	});
	let canForce = true;

	async function attempt(
		request: FastModelRequest,
		forced: boolean,
		signal: AbortSignal,
		onCall?: (call: FastCall) => void,
	): Promise<Attempt> {
		const startedAtMs = now();
		try {
			const reply = await client.messages.create(toParams(model, request, forced), { signal });
			const usage = readUsage(reply);
			if (usage) onCall?.({ model, ...usage, startedAtMs, durationMs: now() - startedAtMs });
			return { result: readReply(reply, request.tool.name), again: "no" };
		} catch (error) {
			return readError(error, { signal, forced, retryDelayMs });
		}
	}

	return {
		name: model,
		async ask(request, signal, onCall) {
			const deadline = AbortSignal.timeout(timeoutMs);
			const limit = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
			const forced = canForce;
			let { result, again } = await attempt(request, forced, limit, onCall);
			if (again === "unforced") {
				({ result } = await attempt(request, false, limit, onCall));
				if (result.outcome === "answered") canForce = false;
			} else if (again !== "no" && again.afterMs < timeoutMs && (await pause(again.afterMs, limit))) {
				({ result } = await attempt(request, forced, limit, onCall));
			}
			signal?.throwIfAborted();
			return result;
		},
	};
}

function toParams(model: string, request: FastModelRequest, forced: boolean) {
	const { name, description, inputSchema } = request.tool;
	const base = {
		model,
		system: request.system,
		messages: [{ role: "user" as const, content: request.user }],
		tools: [{ name, description, input_schema: inputSchema }],
	};
	if (!forced) return { ...base, max_tokens: MAX_TOKENS_THINKING };
	return {
		...base,
		max_tokens: MAX_TOKENS,
		tool_choice: { type: "tool" as const, name },
		thinking: { type: "disabled" as const },
	};
}

function readReply(reply: unknown, toolName: string): FastModelResult {
	const parsed = replySchema.safeParse(reply);
	if (!parsed.success) return failed("malformed", z.prettifyError(parsed.error));
	const { content, stop_reason: stopReason } = parsed.data;
	if (stopReason === "refusal") return failed("refused", "stop_reason refusal");
	const call = content.find((block) => block.type === "tool_use" && block.name === toolName);
	if (call === undefined) return failed("no_tool_call", `stop_reason ${stopReason}`);
	return { outcome: "answered", input: call.input };
}

/** Null: what answered counts no tokens. */
function readUsage(reply: unknown) {
	const usage = paidSchema.safeParse(reply).data?.usage;
	if (!usage) return null;
	return {
		inputTokens: usage.input_tokens ?? 0,
		outputTokens: usage.output_tokens ?? 0,
		cacheReadTokens: usage.cache_read_input_tokens ?? 0,
		cacheWriteTokens: usage.cache_creation_input_tokens ?? 0,
	};
}

function readError(
	error: unknown,
	context: { signal: AbortSignal; forced: boolean; retryDelayMs: number },
): Attempt {
	const detail = error instanceof Error ? error.message : String(error);
	if (context.signal.aborted || error instanceof APIConnectionTimeoutError) {
		return { result: failed("timeout", detail), again: "no" };
	}
	const later = { afterMs: context.retryDelayMs };
	if (error instanceof APIConnectionError) return { result: failed("unreachable", detail), again: later };
	// The SDK lets the parser's own error through when a 200 carries something that is no JSON.
	if (error instanceof SyntaxError) return { result: failed("malformed", detail), again: "no" };
	if (!(error instanceof APIError)) throw error;
	const status = typeof error.status === "number" ? error.status : 0;
	if (status === 429 || status >= 500) {
		const afterMs = Math.max(readRetryAfterMs(error), context.retryDelayMs);
		return { result: failed("overloaded", detail), again: { afterMs } };
	}
	const refusesForce = status === 400 && context.forced;
	return { result: failed("rejected", detail), again: refusesForce ? "unforced" : "no" };
}

function readRetryAfterMs(error: APIError): number {
	const headers: unknown = error.headers;
	const seconds = headers instanceof Headers ? Number(headers.get("retry-after") ?? 0) : 0;
	return Number.isFinite(seconds) ? seconds * 1_000 : 0;
}

/** False when the time was up first. */
async function pause(delayMs: number, signal: AbortSignal): Promise<boolean> {
	await wait(delayMs, undefined, { signal }).catch((error: unknown) => {
		if (!signal.aborted) throw error;
	});
	return !signal.aborted;
}

function failed(failure: FastModelFailure, detail: string): FastModelResult {
	return { outcome: "failed", failure, detail };
}

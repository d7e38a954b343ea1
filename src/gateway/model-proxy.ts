import { coerceError } from "../errors.ts";
import type { Log } from "../log.ts";
import { priceAtDearest, priceModelCall } from "../model-prices.ts";
import type { ModelCall } from "../sessions/turn/model-call-store.ts";
import { decideModelCall } from "./decide-model-call.ts";
import { readBody } from "./read-body.ts";
import type { SandboxAccess } from "./sandbox-access.ts";
import { stripRequestId } from "./strip-request-id.ts";
import { createUsageMeter } from "./usage-meter.ts";
import { toWarmUpAnswer } from "./warm-up-answer.ts";

/** Decides on a call before it is made; words: why it is refused. Left out: all are let through. */
export type AdmitCall = (call: { sessionId: string; promptId: string | null }) => Promise<string | null>;

/** Anthropic's own limit for a request. */
const BODY_MAX_BYTES = 32 * 1024 * 1024;
const OPEN_PATHS = [
	/^POST \/v1\/messages$/,
	/^POST \/v1\/messages\/count_tokens$/,
	/^GET \/v1\/models(\/[\w.-]+)?$/,
];
const WARM_UP_PATH = "/warm-up/v1/messages";
const PASSED_ON = /^(accept|content-type|user-agent|anthropic-[a-z-]+)$/;
const PASSED_BACK = /^(content-type|request-id|retry-after|retry-after-ms|x-should-retry|anthropic-[a-z-]+)$/;

/**
 * Passes calls of the Messages API on to the provider with Bobbin's key, byte for byte as they come, and keeps what
 * each one used. Whoever lets go first, sandbox or provider, the other side is let go too.
 */
export function createModelProxy(deps: {
	model: { baseUrl: string; apiKey: string };
	recordModelCall: (call: ModelCall) => Promise<void>;
	admitCall?: AdmitCall;
	log: Log;
	now: () => number;
	newId: () => string;
	fetch: typeof fetch;
}) {
	const baseUrl = deps.model.baseUrl.replace(/\/+$/, "");

	return async (request: Request, access: SandboxAccess, path: string): Promise<Response> => {
		if (request.method === "POST" && path === WARM_UP_PATH) {
			await request.body?.cancel();
			return toWarmUpAnswer();
		}
		if (access.isReadOnly) {
			return toModelError(
				403,
				"permission_error",
				"No session has this sandbox, so nobody pays for a model here.",
			);
		}
		if (!OPEN_PATHS.some((open) => open.test(`${request.method} ${path}`))) {
			return toModelError(404, "not_found_error", "The gateway does not offer this.");
		}
		const isMessage = path === "/v1/messages";
		const [body, refusal] = await Promise.all([
			request.method === "POST" ? readBody(request, BODY_MAX_BYTES) : null,
			isMessage && deps.admitCall ? deps.admitCall(access) : null,
		]);
		// 402 is what Anthropic gives where nobody pays; it is not retried.
		if (refusal !== null) return toModelError(402, "billing_error", refusal);
		if (body === "too_large") {
			return toModelError(413, "request_too_large", "The request is larger than 32 MB.");
		}
		const notOffered = body === null ? null : decideModelCall(body);
		if (notOffered !== null) return toModelError(400, "invalid_request_error", notOffered);
		const headers = keep(request.headers, PASSED_ON);
		headers.set("x-api-key", deps.model.apiKey);
		// A compressed answer would be unpacked on the way and its length would no longer be true.
		headers.set("accept-encoding", "identity");
		const startedAtMs = deps.now();
		const letGo = new AbortController();
		let answer: Response;
		try {
			answer = await deps.fetch(`${baseUrl}${path}${new URL(request.url).search}`, {
				method: request.method,
				headers,
				...(body === null ? {} : { body }),
				signal: AbortSignal.any([request.signal, letGo.signal]),
				redirect: "error",
			});
		} catch (error) {
			if (request.signal.aborted) throw error;
			deps.log.warn({ err: coerceError(error) }, "the model provider cannot be reached");
			return toModelError(502, "api_error", "The model provider cannot be reached.");
		}
		const passed = { status: answer.status, headers: keep(answer.headers, PASSED_BACK) };
		if (answer.body === null) return new Response(null, passed);
		if (!answer.ok) return new Response(stripRequestId(await answer.text()), passed);
		if (!isMessage) return new Response(answer.body, passed);

		const kind = answer.headers.get("content-type")?.includes("text/event-stream") ? "stream" : "json";
		const meter = createUsageMeter(kind, deps.now);
		const record = async () => {
			const { model, firstTokenAtMs, ...tokens } = meter.read();
			const price = priceModelCall(model ?? "", tokens);
			if (price === null)
				deps.log.warn({ model }, "no price is known for this model; its calls count at the dearest known");
			try {
				await deps.recordModelCall({
					id: deps.newId(),
					sessionId: access.sessionId,
					promptId: access.promptId,
					model: model ?? "unknown",
					...tokens,
					costUsd: price ?? priceAtDearest(tokens),
					startedAt: new Date(startedAtMs),
					firstTokenMs: firstTokenAtMs === null ? null : firstTokenAtMs - startedAtMs,
					durationMs: deps.now() - startedAtMs,
				});
			} catch (error) {
				deps.log.error({ err: coerceError(error) }, "a model call could not be recorded");
			}
		};
		return new Response(alongside(answer.body, meter.add, record, letGo), passed);
	};
}

/** Passes a stream on piece by piece. `onEnd` runs once, before the reader sees the end, however it ends. */
function alongside(
	source: ReadableStream<Uint8Array>,
	onBytes: (bytes: Uint8Array) => void,
	onEnd: () => Promise<void>,
	letGo: AbortController,
): ReadableStream<Uint8Array> {
	const reader = source.getReader();
	let ended: Promise<void> | null = null;
	// Letting go makes the read under way fail too: both ends meet here.
	const endOnce = () => (ended ??= onEnd());
	return new ReadableStream<Uint8Array>({
		async pull(controller) {
			try {
				const { done, value } = await reader.read();
				if (value !== undefined) {
					onBytes(value);
					controller.enqueue(value);
				}
				if (!done) return;
				await endOnce();
				controller.close();
			} catch (error) {
				await endOnce();
				controller.error(error);
			}
		},
		async cancel() {
			letGo.abort();
			await endOnce();
		},
	});
}

function keep(headers: Headers, names: RegExp): Headers {
	return new Headers([...headers].filter(([name]) => names.test(name)));
}

/** A refusal in the shape of Anthropic's own errors. */
export function toModelError(status: number, type: string, message: string): Response {
	return Response.json({ type: "error", error: { type, message } }, { status });
}

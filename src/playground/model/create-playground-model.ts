import { randomBytes, randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { z } from "zod";
import type { Log } from "../../log.ts";
import { decideReply, type RequestKind, toRequestKind } from "./decide-reply.ts";
import { createFaults, type Fault, faultsSchema } from "./faults.ts";
import { ModelApiError, toErrorType } from "./protocol/api-error.ts";
import { checkRequest, NEW_VERSION, OLD_VERSION } from "./protocol/check-request.ts";
import { describeIssue } from "./protocol/describe-issue.ts";
import { findModel, MODELS, type ModelFacts } from "./protocol/models.ts";
import { countInputTokens, limitReply, type Reply, toMessage } from "./protocol/reply.ts";
import {
	countTokensRequestSchema,
	type MessagesRequest,
	messagesRequestSchema,
} from "./protocol/request-schema.ts";
import { event, streamMessage } from "./protocol/stream-message.ts";

const MAX_BODY_BYTES = 32 * 1024 * 1024;

interface PlaygroundModelDeps {
	/** Where the app that mounts this under `/playground/model` answers, for example `http://127.0.0.1:3000`. */
	origin: string;
	/** Before the first token of every answer. */
	delayMs: number;
	/** 0: as fast as it can be written. */
	tokensPerSecond: number;
	log: Log;
	newId?: () => string;
	/** Told of every request that is let in, before it is answered. */
	onRequest?: (request: { kind: RequestKind; model: string }) => void;
}

export interface PlaygroundModel {
	app: Hono;
	connection: { baseUrl: string; apiKey: string };
	describe(): { url: string };
}

/**
 * A scripted model behind the Anthropic Messages API: streaming, tool use, and the vendor's refusals. It answers
 * Bobbin's classifier and plays an agent in the demo repositories. It keeps nothing: what to say next is decided from
 * the request alone. `POST /faults {next: [...]}` makes the following requests go wrong on purpose.
 */
export function createPlaygroundModel(deps: PlaygroundModelDeps): PlaygroundModel {
	const { delayMs, tokensPerSecond, log, newId = randomUUID } = deps;
	const url = `${deps.origin}/playground/model`;
	const apiKey = `sk-ant-playground-${randomBytes(12).toString("hex")}`;
	const faults = createFaults();
	const app = new Hono();

	app.use(
		"/v1/*",
		bodyLimit({
			maxSize: MAX_BODY_BYTES,
			onError: () => {
				throw new ModelApiError("request_too_large", "Request exceeds the maximum size");
			},
		}),
	);
	app.use("/v1/*", async (c, next) => {
		checkKey(c.req.raw.headers, apiKey);
		await next();
	});

	app.post("/v1/messages", async (c) => {
		const version = readVersion(c.req.raw.headers);
		const request = await readBody(c.req.raw, messagesRequestSchema);
		checkRequest(request, version);
		const kind = toRequestKind(request);
		deps.onRequest?.({ kind, model: request.model });
		const fault = faults.take(kind);
		log.debug({ kind, model: request.model, fault }, "playground model asked");
		return await answer(request, fault, c.req.raw.signal);
	});

	app.post("/v1/messages/count_tokens", async (c) => {
		const version = readVersion(c.req.raw.headers);
		const request = await readBody(c.req.raw, countTokensRequestSchema);
		checkRequest(request, version);
		return c.json({ input_tokens: countInputTokens(request) });
	});

	app.get("/v1/models", (c) => {
		readVersion(c.req.raw.headers);
		const data = MODELS.map(toModelInfo);
		return c.json({ data, has_more: false, first_id: data[0]?.id, last_id: data.at(-1)?.id });
	});

	app.get("/v1/models/:id", (c) => {
		readVersion(c.req.raw.headers);
		const model = findModel(c.req.param("id"));
		if (!model) throw new ModelApiError("not_found_error", `model: ${c.req.param("id")}`);
		return c.json(toModelInfo(model));
	});

	app.get("/faults", (c) => c.json({ next: faults.left() }));
	app.post("/faults", async (c) => {
		const { next } = await readBody(c.req.raw, faultsSchema);
		faults.set(next);
		return c.json({ next: faults.left() });
	});

	// Not `notFound`, which an app that is mounted inside another never gets to use.
	app.all("*", () => new ModelApiError("not_found_error", "Not Found").toResponse(toRequestId()));
	app.onError((error, c) => {
		if (error instanceof ModelApiError) return error.toResponse(toRequestId());
		if (c.req.raw.signal.aborted) return new Response(null, { status: 499 });
		log.error({ err: error }, "playground model failed");
		return new ModelApiError("api_error", "Internal server error").toResponse(toRequestId());
	});

	function toRequestId(): string {
		return `req_${newId().replaceAll("-", "")}`;
	}

	async function answer(
		request: MessagesRequest,
		fault: Fault | null,
		signal: AbortSignal,
	): Promise<Response> {
		if (fault && "status" in fault) {
			const text = `This request was told to fail with ${fault.status}.`;
			throw new ModelApiError(toErrorType(fault.status), text, fault.retryAfterSeconds ?? null);
		}
		if (fault && "hang" in fault) await untilAborted(signal);
		const waitMs = fault && "delayMs" in fault ? fault.delayMs : delayMs;
		if (waitMs > 0) await wait(waitMs, undefined, { signal });
		const requestId = toRequestId();
		const headers = { "request-id": requestId, "cache-control": "no-cache" };
		if (fault && "nonsense" in fault) {
			return new Response("<html><body>Bad gateway</body></html>", {
				headers: { ...headers, "content-type": request.stream ? "text/event-stream" : "application/json" },
			});
		}
		const message = toMessage(limitReply(changeReply(decideReply(request), fault), request.max_tokens), {
			id: `msg_${newId().replaceAll("-", "")}`,
			model: request.model,
			inputTokens: countInputTokens(request),
			newId,
		});
		if (!request.stream) {
			const body = cutText(one(JSON.stringify(message)), fault);
			return new Response(toBody(body), { headers: { ...headers, "content-type": "application/json" } });
		}
		const sleep = (ms: number) => pause(ms, signal);
		const events = spoilEvents(streamMessage(message, { tokensPerSecond, sleep }), fault, requestId);
		return new Response(toBody(cutText(events, fault)), {
			headers: { ...headers, "content-type": "text/event-stream; charset=utf-8" },
		});
	}

	return { app, connection: { baseUrl: url, apiKey }, describe: () => ({ url }) };
}

function checkKey(headers: Headers, apiKey: string): void {
	const given = headers.get("x-api-key") ?? headers.get("authorization")?.replace(/^Bearer /i, "");
	if (!given) throw new ModelApiError("authentication_error", "x-api-key header is required");
	if (given !== apiKey) throw new ModelApiError("authentication_error", "invalid x-api-key");
}

function readVersion(headers: Headers): string {
	const version = headers.get("anthropic-version");
	if (!version) throw new ModelApiError("invalid_request_error", "anthropic-version: header is required");
	if (version !== OLD_VERSION && version !== NEW_VERSION) {
		throw new ModelApiError(
			"invalid_request_error",
			`anthropic-version: "${version}" is not a valid version`,
		);
	}
	return version;
}

async function readBody<T>(request: Request, schema: z.ZodType<T>): Promise<T> {
	let body: unknown;
	try {
		body = await request.json();
	} catch (error) {
		if (error instanceof ModelApiError) throw error;
		throw new ModelApiError("invalid_request_error", "The request body is not valid JSON");
	}
	const parsed = schema.safeParse(body, { reportInput: true });
	if (!parsed.success) throw new ModelApiError("invalid_request_error", describeIssue(parsed.error));
	return parsed.data;
}

function toModelInfo(model: ModelFacts) {
	return { type: "model", id: model.id, display_name: model.displayName, created_at: "2026-01-01T00:00:00Z" };
}

function changeReply(reply: Reply, fault: Fault | null): Reply {
	if (fault && "refusal" in fault) return { blocks: [], stopReason: "refusal" };
	if (!fault || !("madeUpRepository" in fault)) return reply;
	const blocks = reply.blocks.map((block) =>
		block.type === "tool_use" && block.name === "choose_repository"
			? {
					...block,
					input: { ...block.input, decision: "repository", repository: "nobody/nowhere", confidence: 0.99 },
				}
			: block,
	);
	return { ...reply, blocks };
}

async function* spoilEvents(
	events: AsyncIterable<string>,
	fault: Fault | null,
	requestId: string,
): AsyncGenerator<string> {
	let count = 0;
	for await (const line of events) {
		count += 1;
		if (fault && "errorEvent" in fault && count > 3) {
			yield event("error", new ModelApiError(fault.errorEvent, "Overloaded").toBody(requestId));
			return;
		}
		if (fault && "malformedTool" in fault && line.includes('"input_json_delta"')) {
			yield line.replace(/"partial_json":".*"\}\}/, '"partial_json":"{\\"broken\\": [}"}}');
			continue;
		}
		yield line;
	}
}

async function* cutText(parts: AsyncIterable<string>, fault: Fault | null): AsyncGenerator<Uint8Array> {
	const encoder = new TextEncoder();
	let left = fault && "cutAfterBytes" in fault ? fault.cutAfterBytes : Number.POSITIVE_INFINITY;
	for await (const part of parts) {
		const bytes = encoder.encode(part);
		if (bytes.length > left) {
			yield bytes.subarray(0, left);
			// The code keeps the server from printing a stack for it.
			throw Object.assign(new Error("cut on purpose"), { code: "ERR_STREAM_PREMATURE_CLOSE" });
		}
		left -= bytes.length;
		yield bytes;
	}
}

async function* one(text: string): AsyncGenerator<string> {
	yield text;
}

/** A body that stops its generator when the reader goes away. */
function toBody(parts: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
	return new ReadableStream({
		async pull(controller) {
			const next = await parts.next();
			if (next.done) controller.close();
			else controller.enqueue(next.value);
		},
		async cancel() {
			await parts.return(undefined);
		},
	});
}

/** Waits; cut short without an error when the caller is gone, since nobody reads what follows. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
	await wait(ms, undefined, { signal }).catch((error: unknown) => {
		if (!signal.aborted) throw error;
	});
}

function untilAborted(signal: AbortSignal): Promise<never> {
	return new Promise((_, reject) => {
		if (signal.aborted) reject(signal.reason);
		signal.addEventListener("abort", () => reject(signal.reason), { once: true });
	});
}

import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import { listenHere, shut } from "./listen.ts";

/** One piece of an answer: words, or the use of a tool. */
type Block =
	| { thinking: string }
	| { text: string; pieceDelayMs?: number }
	| { tool: string; input: Record<string, unknown> };

/** What the model does at one call: answers, or fails in one of the ways that providers fail. */
export type Step =
	| Block[]
	| { status: number; type: string; headers?: Record<string, string> }
	| "cut"
	| "nonsense"
	| "refusal"
	| "hang";

interface RequestBody {
	system?: unknown;
	tools?: { name: string }[];
	messages: { role: string; content: string | { type: string; text?: string }[] }[];
	[field: string]: unknown;
}

/**
 * An Anthropic Messages endpoint that plays scripts: the newest `SCRIPT:<name>` in a user's text chooses the script,
 * the number of tool answers after it the step.
 */
export async function startScriptedModel(scripts: Record<string, Step[]>) {
	const requests: { headers: IncomingHttpHeaders; body: RequestBody }[] = [];
	const waiting: { matches: (count: number) => boolean; resolve: () => void }[] = [];
	const server = createServer(async (request, response) => {
		const chunks: Buffer[] = [];
		for await (const chunk of request) chunks.push(chunk);
		const body = JSON.parse(Buffer.concat(chunks).toString() || "{}") as RequestBody;
		requests.push({ headers: request.headers, body });
		for (const waiter of waiting.splice(0)) {
			if (waiter.matches(requests.length)) waiter.resolve();
			else waiting.push(waiter);
		}
		await play(response, chooseStep(scripts, body), requests.length);
	});
	const url = await listenHere(server);
	return {
		url,
		requests,
		/** Resolves when this many requests have come in all. */
		async received(count: number): Promise<void> {
			if (requests.length >= count) return;
			await new Promise<void>((resolve) => waiting.push({ matches: (seen) => seen >= count, resolve }));
		},
		stop: () => shut(server),
	};
}

function chooseStep(scripts: Record<string, Step[]>, body: RequestBody): Step {
	if (!body.tools?.length) return [{ text: "A title" }];
	const texts = body.messages.map(({ role, content }) =>
		role !== "user"
			? ""
			: typeof content === "string"
				? content
				: content.map((part) => part.text ?? "").join("\n"),
	);
	const at = texts.findLastIndex((text) => text.includes("SCRIPT:"));
	const name = [...(texts[at] ?? "").matchAll(/SCRIPT:([\w-]+)/g)].at(-1)?.[1] ?? "";
	const script = scripts[name] ?? [[{ text: `There is no script ${name}.` }]];
	const step = body.messages
		.slice(at + 1)
		.filter(
			({ role, content }) =>
				role === "assistant" &&
				typeof content !== "string" &&
				content.some(({ type }) => type === "tool_use"),
		).length;
	return script[Math.min(step, script.length - 1)] ?? [];
}

async function play(response: ServerResponse, step: Step, id: number): Promise<void> {
	if (step === "hang") return;
	if (typeof step === "object" && !Array.isArray(step)) {
		response.writeHead(step.status, { "content-type": "application/json", ...step.headers });
		const error = { type: step.type, message: "scripted" };
		// The id holds digits that an agent could take for a status.
		response.end(JSON.stringify({ type: "error", error, request_id: "req_01429500" }));
		return;
	}
	response.writeHead(200, { "content-type": "text/event-stream" });
	if (step === "nonsense") {
		response.end('event: message_start\ndata: {"type":"message_start","message":42}\n\ndata: nonsense\n\n');
		return;
	}
	const say = (type: string, data: object) =>
		response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
	const usage = {
		input_tokens: 100,
		cache_creation_input_tokens: 20,
		cache_read_input_tokens: 30,
		output_tokens: 1,
	};
	say("message_start", {
		message: {
			id: `msg_${id}`,
			type: "message",
			role: "assistant",
			model: "claude-sonnet-5-5",
			content: [],
			stop_reason: null,
			stop_sequence: null,
			usage,
		},
	});
	const blocks: Block[] = step === "cut" || step === "refusal" ? [{ text: "Half a sen" }] : step;
	for (const [index, block] of blocks.entries()) {
		if ("thinking" in block) {
			say("content_block_start", { index, content_block: { type: "thinking", thinking: "", signature: "" } });
			say("content_block_delta", { index, delta: { type: "thinking_delta", thinking: block.thinking } });
			say("content_block_delta", { index, delta: { type: "signature_delta", signature: "c2lnbmVk" } });
		} else if ("text" in block) {
			say("content_block_start", { index, content_block: { type: "text", text: "" } });
			for (const text of block.text.match(/.{1,8}/gs) ?? []) {
				if (response.destroyed) return;
				say("content_block_delta", { index, delta: { type: "text_delta", text } });
				if (block.pieceDelayMs) await new Promise((resolve) => setTimeout(resolve, block.pieceDelayMs));
			}
			if (step === "cut") {
				response.destroy();
				return;
			}
		} else {
			const toolUse = { type: "tool_use", id: `toolu_${id}_${index}`, name: block.tool, input: {} };
			say("content_block_start", { index, content_block: toolUse });
			const delta = { type: "input_json_delta", partial_json: JSON.stringify(block.input) };
			say("content_block_delta", { index, delta });
		}
		say("content_block_stop", { index });
	}
	const usesTool = blocks.some((block) => "tool" in block);
	const stopReason = step === "refusal" ? "refusal" : usesTool ? "tool_use" : "end_turn";
	say("message_delta", {
		delta: { stop_reason: stopReason, stop_sequence: null },
		usage: { output_tokens: 42 },
	});
	say("message_stop", {});
	response.end();
}

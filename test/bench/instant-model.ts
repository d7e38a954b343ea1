import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { listenHere, shut } from "../harness/listen.ts";

/** The agent's request for a turn, told when its first byte was here. Times are of `performance.now()`. */
interface TurnRequest {
	atMs: number;
	/** Settles when the agent let go of the answer, or had all of it. */
	endedAtMs: Promise<number>;
}

/** An Anthropic Messages endpoint that answers at once, so that what is measured is Bobbin's own time. */
export interface InstantModel {
	url: string;
	/** The first request of the turn whose prompt holds `marker`. Ask for it before the prompt is posted. */
	turn(marker: string): Promise<TurnRequest>;
	stop(): Promise<void>;
}

/** In a prompt: the answer is one that goes on until somebody stops it. */
export const ENDLESS = "endless";

/** In a prompt: a file is written first. */
export const WRITING = "writing";

const PIECE_EVERY_MS = 20;

/**
 * Every request with tools is a turn of the agent and is answered in words, so that a turn is one request; a question
 * of the classifier is answered with `repository`.
 */
export async function startInstantModel(repository: string): Promise<InstantModel> {
	const waiting = new Map<string, (request: TurnRequest) => void>();
	const server = createServer(async (request, response) => {
		const atMs = performance.now();
		const chunks: Buffer[] = [];
		for await (const chunk of request) chunks.push(chunk);
		const text = Buffer.concat(chunks).toString();
		const body = JSON.parse(text) as { model: string; tools?: unknown[]; tool_choice?: { type: string } };
		if (body.tool_choice?.type === "tool") {
			response.setHeader("content-type", "application/json");
			response.end(JSON.stringify(classified(body.model, repository)));
			return;
		}
		const marker = [...waiting.keys()].find((key) => text.includes(key)) ?? "";
		const found = waiting.get(marker);
		waiting.delete(marker);
		const ended = Promise.withResolvers<number>();
		response.once("close", () => ended.resolve(performance.now()));
		found?.({ atMs, endedAtMs: ended.promise });
		await answer(response, body.model, marker);
	});
	const url = await listenHere(server);
	return {
		url,
		turn: (marker) => new Promise((resolve) => waiting.set(marker, resolve)),
		stop: () => shut(server),
	};
}

function message(model: string, content: object[], stopReason: string | null) {
	const usage = { input_tokens: 10, output_tokens: 1 };
	const rest = { type: "message", role: "assistant", stop_sequence: null, usage };
	return { id: "msg_bench", model, content, stop_reason: stopReason, ...rest };
}

function classified(model: string, repository: string) {
	const input = { decision: "repository", repository, confidence: 0.95, reason: "Measured.", candidates: [] };
	return message(
		model,
		[{ type: "tool_use", id: "toolu_bench", name: "choose_repository", input }],
		"tool_use",
	);
}

async function answer(response: ServerResponse, model: string, marker: string): Promise<void> {
	const say = (type: string, data: object) =>
		response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
	response.writeHead(200, { "content-type": "text/event-stream" });
	say("message_start", { message: message(model, [], null) });
	const end = (stopReason: string) => {
		say("content_block_stop", { index: 0 });
		const delta = { stop_reason: stopReason, stop_sequence: null };
		say("message_delta", { delta, usage: { output_tokens: 2 } });
		say("message_stop", {});
		response.end();
	};
	if (marker.includes(WRITING)) {
		const tool = { type: "tool_use", id: "toolu_write", name: "write", input: {} };
		const input = { filePath: "/home/agent/repo/bench.txt", content: marker };
		say("content_block_start", { index: 0, content_block: tool });
		const delta = { type: "input_json_delta", partial_json: JSON.stringify(input) };
		say("content_block_delta", { index: 0, delta });
		end("tool_use");
		return;
	}
	say("content_block_start", { index: 0, content_block: { type: "text", text: "" } });
	const piece = () => say("content_block_delta", { index: 0, delta: { type: "text_delta", text: "Done. " } });
	piece();
	if (marker.includes(ENDLESS)) {
		const timer = setInterval(piece, PIECE_EVERY_MS);
		await once(response, "close");
		clearInterval(timer);
		return;
	}
	end("end_turn");
}

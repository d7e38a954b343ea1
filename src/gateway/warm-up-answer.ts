/**
 * An empty streamed answer of the Messages API. With it an agent goes through a whole turn before its first one, and
 * has loaded all that a turn needs; no provider is asked.
 */
export function toWarmUpAnswer(): Response {
	const usage = { input_tokens: 0, output_tokens: 0 };
	const message = { id: "msg_warm_up", type: "message", role: "assistant", model: "warm-up", content: [] };
	const text = { type: "text", text: "" };
	const events: { type: string; [field: string]: unknown }[] = [
		{ type: "message_start", message: { ...message, stop_reason: null, stop_sequence: null, usage } },
		{ type: "content_block_start", index: 0, content_block: text },
		{ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "." } },
		{ type: "content_block_stop", index: 0 },
		{ type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage },
		{ type: "message_stop" },
	];
	const body = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");
	return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

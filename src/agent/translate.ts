import type { AssistantMessage, Message, Part, ToolPart } from "@opencode-ai/sdk/v2";
import { z } from "zod";
import { type AgentEvent, type Todo, todo } from "../contract/event.ts";
import { priceModelCall } from "../model-prices.ts";
import { keepEnd, toCleanText, toShortInput } from "./event-text.ts";
import { toFileChanges } from "./file-changes.ts";
import { toToolTitle } from "./titles.ts";

const OUTPUT_MAX_BYTES = 16 * 1024;
const TAIL_MAX_BYTES = 4 * 1024;
const PROGRESS_EVERY_MS = 250;

const todoInput = z.object({ todos: z.array(todo) });

export interface TurnTranslator {
	/** Must be told of a message before its parts. Messages up to the turn's own prompt are ignored. */
	message(info: Message): void;
	/** `replayed`: read back rather than heard, so that pieces already inside `part` may still arrive as deltas. */
	part(part: Part, options?: { replayed: boolean }): void;
	delta(input: { partId: string; text: string }): void;
	/** Gives progress that was held back. */
	tick(): void;
}

/** Turns what OpenCode says about one turn into our events, each once, however often and in whatever form it is told. */
export function createTurnTranslator(deps: {
	promptId: string;
	/** The id of the turn's prompt at OpenCode. */
	messageId: string;
	directory: string;
	now: () => number;
	onEvent: (event: AgentEvent) => void;
}): TurnTranslator {
	const { promptId, directory, now, onEvent } = deps;
	const assistants = new Map<string, AssistantMessage>();
	const writing = new Map<string, { kind: "text" | "reasoning"; live: boolean }>();
	const finished = new Set<string>();
	const started = new Set<string>();
	const progress = new Map<string, { atMs: number; shown: string; held: (() => void) | null }>();
	let shownTodos = "[]";

	function writtenPart(part: Extract<Part, { type: "text" | "reasoning" }>, replayed: boolean): void {
		if (finished.has(part.id) || (part.type === "text" && (part.synthetic || part.ignored))) return;
		const data = { promptId, partId: part.id, text: toCleanText(part.text) };
		if (part.time?.end !== undefined) {
			finished.add(part.id);
			if (part.text.trim() !== "") onEvent({ type: part.type, data });
			return;
		}
		if (writing.has(part.id)) return;
		writing.set(part.id, { kind: part.type, live: !replayed });
		if (part.text !== "") onEvent({ type: `${part.type}.delta`, data });
	}

	function toolPart(part: ToolPart): void {
		if (finished.has(part.id) || part.state.status === "pending") return;
		const { tool, callID: callId, state } = part;
		const title = toToolTitle(tool, state.input, directory);
		if (!started.has(part.id)) {
			started.add(part.id);
			onEvent({
				type: "tool.started",
				data: { promptId, callId, tool, title, input: toShortInput(state.input) },
			});
		}
		if (state.status === "running") {
			const tail =
				typeof state.metadata?.output === "string" ? keepEnd(state.metadata.output, TAIL_MAX_BYTES) : "";
			if (tail !== "") showProgress(callId, title, tail);
			return;
		}
		finished.add(part.id);
		progress.delete(callId);
		onEvent({
			type: "tool.finished",
			data: {
				promptId,
				callId,
				tool,
				title,
				outcome: state.status === "completed" ? "done" : "failed",
				output: keepEnd(state.status === "completed" ? state.output : state.error, OUTPUT_MAX_BYTES),
				...toExitCode(tool, state.metadata),
				durationMs: Math.max(0, state.time.end - state.time.start),
			},
		});
		if (state.status !== "completed") return;
		for (const file of toFileChanges(tool, state.input, state.metadata, directory)) {
			onEvent({ type: "file.changed", data: { promptId, file } });
		}
		if (tool === "todowrite") showTodos(todoInput.safeParse(state.input).data?.todos ?? []);
	}

	function showProgress(callId: string, title: string, tail: string): void {
		const last = progress.get(callId) ?? { atMs: Number.NEGATIVE_INFINITY, shown: "", held: null };
		progress.set(callId, last);
		const show = () => {
			last.held = null;
			if (tail === last.shown) return;
			last.atMs = now();
			last.shown = tail;
			onEvent({ type: "tool.progress", data: { promptId, callId, title, tail } });
		};
		if (now() - last.atMs >= PROGRESS_EVERY_MS) show();
		else last.held = show;
	}

	function showTodos(todos: Todo[]): void {
		const clean = todos.map((item) => ({ ...item, content: toCleanText(item.content) }));
		const text = JSON.stringify(clean);
		if (text === shownTodos) return;
		shownTodos = text;
		onEvent({ type: "todos.changed", data: { promptId, todos: clean } });
	}

	function stepFinished(part: Extract<Part, { type: "step-finish" }>, message: AssistantMessage): void {
		if (finished.has(part.id)) return;
		finished.add(part.id);
		const tokens = {
			inputTokens: part.tokens.input,
			outputTokens: part.tokens.output + part.tokens.reasoning,
			cacheReadTokens: part.tokens.cache.read,
			cacheWriteTokens: part.tokens.cache.write,
		};
		const costUsd = priceModelCall(message.modelID, tokens) ?? part.cost;
		onEvent({ type: "usage", data: { promptId, model: message.modelID, ...tokens, costUsd } });
	}

	return {
		message(info) {
			if (info.role === "assistant" && info.id > deps.messageId) assistants.set(info.id, info);
		},
		part(part, options) {
			const message = assistants.get(part.messageID);
			if (message === undefined) return;
			// A summary replaces old messages when a conversation gets long: it is not said to anybody.
			if (part.type === "step-finish") stepFinished(part, message);
			else if (message.summary) return;
			else if (part.type === "text" || part.type === "reasoning")
				writtenPart(part, options?.replayed ?? false);
			else if (part.type === "tool") toolPart(part);
		},
		delta({ partId, text }) {
			const part = writing.get(partId);
			if (part === undefined || !part.live || finished.has(partId) || text === "") return;
			onEvent({ type: `${part.kind}.delta`, data: { promptId, partId, text: toCleanText(text) } });
		},
		tick() {
			for (const { held } of progress.values()) held?.();
		},
	};
}

/** What OpenCode 1.18.33 leaves in the metadata of `bash`: a command that fails completes its call all the same. */
const shellMetadata = z.looseObject({ exit: z.int() });

function toExitCode(tool: string, metadata: unknown): { exitCode?: number } {
	const left = tool === "bash" ? shellMetadata.safeParse(metadata) : null;
	return left?.success ? { exitCode: left.data.exit } : {};
}

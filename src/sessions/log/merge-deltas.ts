import type { SessionEvent } from "../../contract/event.ts";

/**
 * One event for two neighbours where the second only goes on with the first: pieces of one part become one piece,
 * of a tool's interim output the newest is enough. Null: both must be kept.
 */
export function mergeDeltas(first: SessionEvent, second: SessionEvent): SessionEvent | null {
	if (first.type === "text.delta" && second.type === "text.delta") {
		if (first.data.partId !== second.data.partId) return null;
		return { type: "text.delta", data: { ...first.data, text: first.data.text + second.data.text } };
	}
	if (first.type === "reasoning.delta" && second.type === "reasoning.delta") {
		if (first.data.partId !== second.data.partId) return null;
		return { type: "reasoning.delta", data: { ...first.data, text: first.data.text + second.data.text } };
	}
	if (first.type === "tool.progress" && second.type === "tool.progress") {
		return first.data.callId === second.data.callId ? second : null;
	}
	return null;
}

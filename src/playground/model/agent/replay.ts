import type { ToolRecord } from "./conversation.ts";

export interface ToolCall {
	name: string;
	input: Record<string, unknown>;
}

export interface ToolOutcome {
	text: string;
	isError: boolean;
}

/** One message of the agent: a sentence for people, and tools to call together. */
export interface Step {
	say: string;
	calls: ToolCall[];
}

/**
 * A script: it yields steps, is given what their tools answered, and returns its last words in Markdown. It must be
 * deterministic, since it is run from its start for every request; that is what makes the agent need no memory.
 */
export type Script<T = string> = Generator<Step, T, ToolOutcome[]>;

export type NextMove = { do: "step"; step: Step } | { do: "answer"; text: string };

/**
 * Runs a script against what is already on record and gives the first thing that is not. A call is found again by its
 * name and input, so a turn that was interrupted, repeated or compacted goes on where its records end.
 */
export function replay(script: Script, records: readonly ToolRecord[], tools: ReadonlySet<string>): NextMove {
	const unused = [...records];
	let move = script.next();
	while (!move.done) {
		const step = move.value;
		const outcomes: (ToolOutcome | null)[] = step.calls.map((call) => take(unused, call, tools));
		const missing = step.calls.filter((_, index) => outcomes[index] === null);
		if (missing.length > 0) return { do: "step", step: { ...step, calls: missing } };
		move = script.next(outcomes.filter((outcome) => outcome !== null));
	}
	return { do: "answer", text: move.value };
}

function take(unused: ToolRecord[], call: ToolCall, tools: ReadonlySet<string>): ToolOutcome | null {
	if (!tools.has(call.name)) {
		if (call.name === "todowrite") return { text: "", isError: false };
		return { text: `There is no tool named ${call.name} here.`, isError: true };
	}
	const key = toKey(call);
	const index = unused.findIndex((record) => toKey(record) === key);
	const [record] = index < 0 ? [] : unused.splice(index, 1);
	return record ? { text: record.output, isError: record.isError } : null;
}

function toKey({ name, input }: ToolCall): string {
	return JSON.stringify([name, Object.entries(input).sort(([a], [b]) => (a < b ? -1 : 1))]);
}

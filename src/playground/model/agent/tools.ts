import type { Script, Step, ToolCall, ToolOutcome } from "./replay.ts";

/** OpenCode 1.18.33's tools, with the inputs that its schemas name. */
export const bash = (command: string): ToolCall => ({ name: "bash", input: { command } });
export const read = (path: string): ToolCall => ({ name: "read", input: { filePath: path } });
export const write = (path: string, content: string): ToolCall => ({
	name: "write",
	input: { filePath: path, content },
});

export interface Edit {
	path: string;
	find: string;
	replace: string;
}

const edit = (change: Edit): ToolCall => ({
	name: "edit",
	input: { filePath: change.path, oldString: change.find, newString: change.replace },
});

/** The plan as a checklist: what stands before `at` is done, `at` is being worked on. */
export function plan(items: readonly string[], at: number): ToolCall {
	const todos = items.map((content, index) => ({
		content,
		status: index < at ? "completed" : index === at ? "in_progress" : "pending",
		priority: "medium",
	}));
	return { name: "todowrite", input: { todos } };
}

/** One step; the outcomes come back in the order of the calls. */
export function* step(say: string, ...calls: ToolCall[]): Script<ToolOutcome[]> {
	return yield { say, calls } satisfies Step;
}

/** The text of a file as the read tool shows it (`12: text` per line), without its numbers and wrapping. */
export function toFileText(outcome: ToolOutcome | undefined): string | null {
	if (!outcome || outcome.isError) return null;
	const body = /<content>\n([\s\S]*?)\n*(?:\(End of file[^\n]*\)\n)?<\/content>/.exec(outcome.text)?.[1];
	return (body ?? outcome.text)
		.split("\n")
		.map((line) => line.replace(/^\s*\d+(?:: ?|\t|\| ?)/, ""))
		.join("\n");
}

export type EditResult = { outcome: "done" } | { outcome: "failed"; error: string };

/** Makes a change; where it cannot be made it may be that it already was, before an interruption. */
export function* applyEdit(say: string, change: Edit, ...others: ToolCall[]): Script<EditResult> {
	const [made] = yield* step(say, edit(change), ...others);
	if (made && !made.isError) return { outcome: "done" };
	const [after] = yield* step("", read(change.path));
	const text = toFileText(after);
	if (text?.includes(change.replace) && !text.replaceAll(change.replace, "").includes(change.find)) {
		return { outcome: "done" };
	}
	return { outcome: "failed", error: made?.text ?? "" };
}

/** Text as one word for a POSIX shell. */
export function quote(text: string): string {
	return /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** The last lines of a tool's output, fenced, for an answer. */
export function showOutput(text: string, lines = 12): string {
	const tail = text.trim().split("\n").slice(-lines).join("\n").replaceAll("```", "'''");
	return tail === "" ? "(it said nothing)" : `\`\`\`\n${tail.slice(-2000)}\n\`\`\``;
}

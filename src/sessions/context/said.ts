import type { PromptContext, SaidMessage } from "../../db/schema/prompts.ts";

/** Pure. All that was said around a prompt, in the order in which the session's page numbers it. */
export function listSaid({ thread = [], quoted = [] }: PromptContext): SaidMessage[] {
	return [...thread, ...quoted];
}

/** Pure. The context without the words of the messages at `indexes`; their places stay, so that numbers do not move. */
export function dropSaid(context: PromptContext, indexes: readonly number[]): PromptContext {
	const { thread = [], quoted = [] } = context;
	const drop = (said: SaidMessage[], from: number): SaidMessage[] =>
		said.map((one, index) => (indexes.includes(from + index) ? { ...one, text: "", dropped: true } : one));
	return {
		...context,
		...(context.thread === undefined ? {} : { thread: drop(thread, 0) }),
		...(context.quoted === undefined ? {} : { quoted: drop(quoted, thread.length) }),
	};
}

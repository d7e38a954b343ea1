import type { LoggedEvent, StartupStep, Todo } from "../contract/event.ts";

/** What the thread shows of a prompt at work. */
export interface ProgressState {
	promptId: string;
	startedAtMs: number | null;
	/** The steps of starting up that run now, the latest last. */
	steps: readonly StartupStep[];
	todos: Todo[];
	/** Plain words for the tool at work; null between tools. */
	tool: { callId: string; title: string } | null;
	/** Lines by path. */
	files: ReadonlyMap<string, { additions: number; deletions: number }>;
	/** Why the model is waited for. */
	waiting: string | null;
}

export function emptyProgress(promptId: string): ProgressState {
	return { promptId, startedAtMs: null, steps: [], todos: [], tool: null, files: new Map(), waiting: null };
}

/** Pure. Gives back the same object if the event changes nothing that is shown. */
export function foldProgress(state: ProgressState, event: LoggedEvent): ProgressState {
	if (!("promptId" in event.data) || event.data.promptId !== state.promptId) return state;
	switch (event.type) {
		case "prompt.started":
			return { ...emptyProgress(state.promptId), startedAtMs: Date.parse(event.at) };
		case "startup.step": {
			const { step } = event.data;
			const others = state.steps.filter((running) => running !== step);
			return { ...state, steps: event.data.state === "started" ? [...others, step] : others };
		}
		case "todos.changed":
			return { ...state, todos: event.data.todos };
		case "tool.started":
		case "tool.progress":
			if (state.tool?.callId === event.data.callId && state.tool.title === event.data.title) return state;
			return {
				...state,
				steps: [],
				waiting: null,
				tool: { callId: event.data.callId, title: event.data.title },
			};
		case "tool.finished":
			return state.tool?.callId === event.data.callId ? { ...state, tool: null } : state;
		case "file.changed":
			return { ...state, files: withFile(state.files, event.data.file) };
		case "agent.retrying":
			return { ...state, waiting: event.data.message };
		case "text.delta":
		case "text":
		case "reasoning.delta":
		case "reasoning":
			return state.waiting === null && state.steps.length === 0
				? state
				: { ...state, waiting: null, steps: [] };
		default:
			return state;
	}
}

function withFile(
	files: ProgressState["files"],
	{ path, additions, deletions }: { path: string; additions: number; deletions: number },
): ProgressState["files"] {
	const before = files.get(path) ?? { additions: 0, deletions: 0 };
	return new Map(files).set(path, {
		additions: before.additions + additions,
		deletions: before.deletions + deletions,
	});
}

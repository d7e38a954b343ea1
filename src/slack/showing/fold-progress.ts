import type { LoggedEvent, StartupStep, Todo } from "../../contract/event.ts";

/** What the thread shows of a prompt at work. */
export interface ProgressState {
	promptId: string;
	startedAtMs: number | null;
	/** The steps of starting up that run now, the latest last. */
	steps: readonly StartupStep[];
	todos: Todo[];
	/** Plain words for the tool at work; null between tools. */
	tool: { callId: string; title: string } | null;
	/** When what goes on now began, or was last heard of; ms since 1970. Null before the first. */
	sinceMs: number | null;
	/** The steps that ended last, oldest first. */
	recent: readonly { title: string; outcome: "done" | "failed"; durationMs: number }[];
	/** Lines by path. */
	files: ReadonlyMap<string, { additions: number; deletions: number }>;
	/** Why the model is waited for. */
	waiting: string | null;
	/** Its budget was used up. */
	isPaused?: boolean;
}

/** So many steps are remembered. */
const RECENT_STEPS = 8;
/** An agent that writes is heard of all the time; it is noted so often. */
const HEARD_EVERY_MS = 10_000;

export function emptyProgress(promptId: string): ProgressState {
	return {
		promptId,
		startedAtMs: null,
		steps: [],
		todos: [],
		tool: null,
		sinceMs: null,
		recent: [],
		files: new Map(),
		waiting: null,
	};
}

/** Pure. Gives back the same object if the event changes nothing that is shown. */
export function foldProgress(state: ProgressState, event: LoggedEvent): ProgressState {
	if (!("promptId" in event.data) || event.data.promptId !== state.promptId) return state;
	const atMs = Date.parse(event.at);
	switch (event.type) {
		case "budget.reached":
			return { ...state, isPaused: true };
		case "prompt.started":
			// It goes on where it was.
			if (state.isPaused)
				return { ...state, isPaused: false, steps: [], tool: null, startedAtMs: atMs, sinceMs: atMs };
			return { ...emptyProgress(state.promptId), startedAtMs: atMs, sinceMs: atMs };
		case "startup.step": {
			const { step } = event.data;
			const others = state.steps.filter((running) => running !== step);
			const steps = event.data.state === "started" ? [...others, step] : others;
			return { ...state, steps, sinceMs: atMs };
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
				sinceMs: state.tool?.callId === event.data.callId ? state.sinceMs : atMs,
			};
		case "tool.finished": {
			const { callId, title, outcome, durationMs } = event.data;
			const recent = [...state.recent, { title, outcome, durationMs }].slice(-RECENT_STEPS);
			return state.tool?.callId === callId
				? { ...state, tool: null, sinceMs: atMs, recent }
				: { ...state, recent };
		}
		case "file.changed":
			return { ...state, files: withFile(state.files, event.data.file) };
		case "agent.retrying":
			return {
				...state,
				waiting: event.data.message,
				sinceMs: state.waiting === null ? atMs : state.sinceMs,
			};
		case "text.delta":
		case "text":
		case "reasoning.delta":
		case "reasoning":
			return state.waiting === null &&
				state.steps.length === 0 &&
				(state.tool !== null || atMs - (state.sinceMs ?? 0) < HEARD_EVERY_MS)
				? state
				: { ...state, waiting: null, steps: [], sinceMs: state.tool === null ? atMs : state.sinceMs };
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

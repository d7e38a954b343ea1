import { setTimeout as delay } from "node:timers/promises";
import type { Thread } from "../../contract/session.ts";
import { coerceError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import type { SessionView } from "../../sessions/session-view.ts";
import { cut } from "../text/escape.ts";
import { inThread, isWholeChannel } from "../thread-place.ts";
import type { Workspaces } from "../web-api/workspaces.ts";
import type { Attempt, Capabilities } from "./capabilities.ts";
import { type AgentStatus, decideAgentStatus, decideChange } from "./decide-status.ts";
import type { NativeStore } from "./native-store.ts";

/** Slack's limit for titles. */
const MAX_TITLE_CHARACTERS = 200;
/** A session that works is shown every few seconds; the row is read only so often meanwhile. */
const BELIEVE_MS = 60_000;
const MOST_TRIES = 5;
const MAX_WAIT_MS = 60_000;

/** Of an assistant that has no sessions: its one line says what it does. */
const LINES: Record<AgentStatus, string> = {
	processing: "is working on it…",
	suspended: "",
	active: "",
	closed: "",
};

type Sign = { status: AgentStatus; title: string };

/**
 * Slack's own signs of an agent, where the workspace has them: what it does, with Slack's Stop, and what the session is
 * called. Never needed: what Slack does not offer is found out once a day and left alone.
 */
export function createNativeStatus(deps: {
	/** The place of a session at which it is shown; null: at none now. */
	placeOf: (session: SessionView) => Promise<Thread | null>;
	view: (sessionId: string) => Promise<SessionView>;
	workspaces: Workspaces;
	capabilities: Capabilities;
	store: NativeStore;
	log: Log;
	now: () => number;
}): {
	/** Makes Slack's signs say what the session does. Not awaited by anybody. */
	reflect(session: SessionView): void;
	stop(): Promise<void>;
} {
	const { workspaces, capabilities, placeOf, store, log, now } = deps;
	const waiting = new Map<string, SessionView>();
	const underWay = new Map<string, Promise<void>>();
	const atWork = new Map<string, { title: string; atMs: number }>();
	/** Sessions that Slack may show although no row says so: its answer was lost. */
	const maybeTold = new Set<string>();
	const stopping = new AbortController();

	/** Where a session is made it takes its title with its status. */
	async function tellStatus(thread: Thread, { status, title }: Sign): Promise<Attempt> {
		const client = (await workspaces.of(thread.teamId)).clients.progress;
		const at = { channel_id: thread.channelId, ...inThread(thread) };
		const told = await capabilities.attempt(thread.teamId, "agent_sessions", () =>
			client.agents.sessions.setStatus({ ...at, status, title }),
		);
		if (told.outcome !== "absent" || isWholeChannel(thread)) return told;
		return capabilities.attempt(thread.teamId, "assistant_threads", () =>
			client.assistant.threads.setStatus({
				channel_id: thread.channelId,
				thread_ts: thread.threadTs,
				status: LINES[status],
			}),
		);
	}

	async function tellTitle(thread: Thread, { title }: Sign): Promise<Attempt> {
		const client = (await workspaces.of(thread.teamId)).clients.progress;
		if (capabilities.mayHave(thread.teamId, "agent_sessions"))
			return capabilities.attempt(thread.teamId, "agent_sessions", () =>
				client.agents.sessions.rename({ channel_id: thread.channelId, ...inThread(thread), title }),
			);
		// Only conversations with the app alone have titles there.
		if (!thread.channelId.startsWith("D")) return { outcome: "absent" };
		return capabilities.attempt(thread.teamId, "assistant_threads", () =>
			client.assistant.threads.setTitle({
				channel_id: thread.channelId,
				thread_ts: thread.threadTs,
				title,
			}),
		);
	}

	/** For how long to wait before another try; null: it is done, or will not be. */
	async function show(session: SessionView): Promise<number | null> {
		const thread = await placeOf(session);
		if (thread === null) return null;
		const { teamId } = thread;
		if (!capabilities.mayHave(teamId, "agent_sessions") && !capabilities.mayHave(teamId, "assistant_threads"))
			return null;
		const sign = { status: decideAgentStatus(session), title: cut(session.title, MAX_TITLE_CHARACTERS) };
		const believed = atWork.get(session.id);
		const isFresh = believed?.title === sign.title && now() - believed.atMs < BELIEVE_MS;
		if (sign.status === "processing" && isFresh) return null;
		const shown = await store.find(session.id);
		const isAssistant = () => !capabilities.mayHave(teamId, "agent_sessions");
		const change = decideChange(shown, sign, now());
		const isDue = change.status || (shown === null && maybeTold.has(session.id));
		if (isDue) {
			maybeTold.add(session.id);
			const told = await tellStatus(thread, sign);
			if (told.outcome === "later") return told.retryAfterMs;
			maybeTold.delete(session.id);
			// An assistant's title is told by itself, and may have to wait.
			const title = shown?.title ?? (isAssistant() ? "" : sign.title);
			if (told.outcome === "done") await store.save(session.id, { ...sign, title, setAt: new Date(now()) });
		}
		if (change.title || (isAssistant() && shown === null && isDue)) {
			const told = await tellTitle(thread, sign);
			if (told.outcome === "later") return told.retryAfterMs;
			// A title that Slack does not take is not asked for again.
			await store.noteTitle(session.id, sign.title);
		}
		believe(session.id, sign);
		return null;
	}

	function believe(sessionId: string, { status, title }: Sign): void {
		atWork.delete(sessionId);
		if (status === "processing") atWork.set(sessionId, { title, atMs: now() });
		for (const [id, { atMs }] of atWork) if (now() - atMs >= BELIEVE_MS) atWork.delete(id);
	}

	/** Shows the newest that is known of a session, until nothing newer is. */
	async function showAll(sessionId: string): Promise<void> {
		let tries = 0;
		for (let session = take(sessionId); session !== undefined; session = take(sessionId)) {
			const waitMs = await show(session);
			if (waitMs === null) continue;
			tries += 1;
			if (tries >= MOST_TRIES) return;
			await delay(Math.min(waitMs, MAX_WAIT_MS), undefined, { signal: stopping.signal });
			// Another instance may have shown what came meanwhile.
			const current = await deps.view(sessionId);
			if (!waiting.has(sessionId)) waiting.set(sessionId, current);
		}
	}

	function take(sessionId: string): SessionView | undefined {
		const session = waiting.get(sessionId);
		waiting.delete(sessionId);
		return session;
	}

	function reflect(session: SessionView): void {
		if (stopping.signal.aborted) return;
		waiting.set(session.id, session);
		if (underWay.has(session.id)) return;
		const work = showAll(session.id)
			.catch((thrown: unknown) => log.debug({ err: coerceError(thrown) }, "Slack's own status was left out"))
			.finally(() => {
				underWay.delete(session.id);
				// It came after the last look.
				const next = take(session.id);
				if (next !== undefined) reflect(next);
			});
		underWay.set(session.id, work);
	}

	return {
		reflect,
		async stop() {
			stopping.abort();
			await Promise.all(underWay.values());
		},
	};
}

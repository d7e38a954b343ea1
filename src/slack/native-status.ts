import type { Thread } from "../contract/session.ts";
import type { Log } from "../log.ts";
import type { SessionView } from "../sessions/sessions.ts";
import { toCallFailure } from "./call-failure.ts";
import type { Workspaces } from "./workspaces.ts";

type Way = "agent_session" | "assistant_thread" | "none";

/** Slack lets "processing" lapse after about an hour. */
const REPEAT_MS = 30 * 60_000;
const UNSUPPORTED = new Set([
	"feature_disabled",
	"not_authorized",
	"unknown_method",
	"not_allowed_token_type",
]);
const MAX_TITLE_CHARACTERS = 200;

/**
 * Slack's own sign that an agent is at work, with its own Stop, where the workspace has it. Never needed: what Slack
 * does not offer is found out once and left alone.
 */
export function createNativeStatus(deps: { workspaces: Workspaces; log: Log; now: () => number }): {
	/** Sets the thread's sign to what the session does. Not awaited by anybody. */
	reflect(session: SessionView): void;
	drain(): Promise<void>;
} {
	const { workspaces, log, now } = deps;
	const last = new Map<string, { working: boolean; atMs: number }>();
	const underWay = new Set<Promise<void>>();
	const ways = new Map<string, Way>();
	const wayOf = (teamId: string) => ways.get(teamId) ?? "agent_session";

	async function set(thread: Thread, title: string, working: boolean): Promise<void> {
		const client = (await workspaces.of(thread.teamId)).clients.progress;
		const way = wayOf(thread.teamId);
		const at = { channel_id: thread.channelId, thread_ts: thread.threadTs };
		if (way === "agent_session") {
			await client.agents.sessions.setStatus({
				...at,
				status: working ? "processing" : "active",
				title: title.slice(0, MAX_TITLE_CHARACTERS),
			});
		} else if (way === "assistant_thread") {
			await client.assistant.threads.setStatus({ ...at, status: working ? "is working on it…" : "" });
		}
	}

	async function trySet(thread: Thread, title: string, working: boolean): Promise<void> {
		try {
			await set(thread, title, working);
		} catch (error) {
			const failure = toCallFailure(error);
			if (failure.kind !== "refused" || !UNSUPPORTED.has(failure.error)) return;
			const way = wayOf(thread.teamId) === "agent_session" ? "assistant_thread" : "none";
			ways.set(thread.teamId, way);
			log.info({ error: failure.error, instead: way }, "Slack has no agent status here");
			await trySet(thread, title, working);
		}
	}

	return {
		reflect(session) {
			const thread = session.threads[0];
			if (thread === undefined || wayOf(thread.teamId) === "none") return;
			const working = session.prompts.some(({ status }) => status === "running");
			const before = last.get(session.id);
			const isStale = before?.working === true && now() - before.atMs > REPEAT_MS;
			if ((before?.working ?? false) === working && !isStale) return;
			if (working) last.set(session.id, { working, atMs: now() });
			else last.delete(session.id);
			const work = trySet(thread, session.title, working)
				.catch((error: unknown) => log.debug({ err: error }, "the agent status was left out"))
				.finally(() => underWay.delete(work));
			underWay.add(work);
		},
		async drain() {
			await Promise.allSettled(underWay);
		},
	};
}

import type { AgentSession } from "../../model.ts";
import type { Workspace } from "../state/types.ts";

/** Statuses of `agents.sessions.setStatus` during which nothing is being done. */
const QUIET = new Set(["", "active", "suspended", "closed"]);

export function sessionOf(workspace: Workspace, channel: string, thread: string): AgentSession | null {
	return (
		workspace.sessions.find((session) => session.channel_id === channel && session.thread_ts === thread) ??
		null
	);
}

/** "Bobbin is working…", or null while the app does nothing. */
export function statusWords(session: AgentSession, appName: string, nowMs: number): string | null {
	const { status, expires_at: expiresAt } = session;
	if (QUIET.has(status) || (expiresAt !== null && expiresAt * 1000 < nowMs)) return null;
	if (status === "processing") return `${appName} is working…`;
	return `${appName} ${session.loading_messages[0] ?? status}`;
}

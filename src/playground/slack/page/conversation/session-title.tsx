import { useDesk } from "../state/desk.ts";
import { useAttempt } from "../state/use-attempt.ts";
import { sessionOf } from "./agent-session.ts";

/** What a thread's agent session is called; a click gives it another title. */
export function SessionTitle({ channel, thread }: { channel: string; thread: string }) {
	const { client, workspace } = useDesk();
	const attempt = useAttempt();
	const title = sessionOf(workspace, channel, thread)?.title ?? null;
	if (title === null) return null;

	function rename(): void {
		const wanted = window.prompt("Title of this session", title ?? "")?.trim() ?? "";
		if (wanted === "" || wanted === title) return;
		void attempt(() => client.post("rename-session", { channel, thread_ts: thread, title: wanted }));
	}

	return (
		<button type="button" className="session-title" title="Rename this session" onClick={rename}>
			{title}
		</button>
	);
}

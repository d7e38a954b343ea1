import { useDesk } from "../state/desk.ts";
import { useAttempt } from "../state/use-attempt.ts";
import { sessionOf, statusWords } from "./agent-session.ts";

/** The native line over the composer while the agent works in a thread, with its Stop. */
export function AgentStatus({ channel, thread }: { channel: string; thread: string }) {
	const { client, workspace } = useDesk();
	const attempt = useAttempt();
	const session = sessionOf(workspace, channel, thread);
	const words = session === null ? null : statusWords(session, workspace.app.name, Date.now());
	return (
		<div className="agent-status" role="status">
			{words !== null && (
				<>
					<span className="is-working">{words}</span>
					<button
						type="button"
						className="button button-tiny"
						onClick={() => void attempt(() => client.post("stop-session", { channel, thread_ts: thread }))}
					>
						<span aria-hidden="true">■</span> Stop
					</button>
				</>
			)}
		</div>
	);
}

import type { Message } from "../../model.ts";
import { useDesk } from "../state/desk.ts";
import { formatAgo, tsToMs } from "../text/time.ts";
import { Avatar } from "../ui/avatar.tsx";
import { sessionOf, statusWords } from "./agent-session.ts";
import { useOpenThread } from "./use-open-thread.ts";

const FACES = 4;

/** "3 replies" under the head of a thread, with what the agent is doing there. */
export function ThreadLine({ message, channel }: { message: Message; channel: string }) {
	const { people, workspace } = useDesk();
	const openThread = useOpenThread();
	const count = message.reply_count ?? 0;
	const session = sessionOf(workspace, channel, message.ts);
	const status = session === null ? null : statusWords(session, workspace.app.name, Date.now());
	if (count === 0 && status === null) return null;
	return (
		<button type="button" className="thread-line" onClick={() => openThread(channel, message.ts)}>
			{(message.reply_users ?? []).slice(0, FACES).map((id) => (
				<Avatar
					key={id}
					size={22}
					name={people.get(id)?.real_name ?? id}
					isApp={id === workspace.app.bot_user_id}
				/>
			))}
			<span className="link">
				{count} {count === 1 ? "reply" : "replies"}
			</span>
			{message.latest_reply && (
				<span className="quiet">Last reply {formatAgo(tsToMs(message.latest_reply), Date.now())}</span>
			)}
			{status !== null && <em className="quiet is-working">{status}</em>}
		</button>
	);
}

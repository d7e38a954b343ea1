import type { CodeChannel } from "../../model.ts";
import { useDesk } from "../state/desk.ts";
import { ExternalLink } from "../text/external-link.tsx";
import { sessionOf } from "./agent-session.ts";

/** What stands under the name of a code channel: the session's status, what its agent says of the work, and its tabs. */
export function CodeChannelBar(props: {
	code: CodeChannel;
	/** The view that is looked at; null: the messages. */
	viewId: string | null;
	onChoose: (viewId: string | null) => void;
}) {
	const { code, viewId, onChoose } = props;
	const { workspace } = useDesk();
	const status = sessionOf(workspace, code.channel_id, "")?.status ?? "active";
	const tabs = [
		{ id: null, label: "Messages" },
		...code.views.map(({ view_id, label }) => ({ id: view_id, label })),
	];
	return (
		<div className="code-channel-bar">
			<ul className="context-bar" aria-label="Context">
				<li className={`context-item session-status is-${status}`}>{status}</li>
				{code.context_bar_items.map(({ key, label, url }) => (
					<li key={key} className="context-item">
						{url === undefined ? label : <ExternalLink url={url}>{label}</ExternalLink>}
					</li>
				))}
			</ul>
			<div className="tabs" role="tablist">
				{tabs.map(({ id, label }) => (
					<button
						key={id ?? "messages"}
						type="button"
						role="tab"
						aria-selected={id === viewId}
						className={`tab ${id === viewId ? "is-on" : ""}`}
						onClick={() => onChoose(id)}
					>
						{label}
					</button>
				))}
			</div>
		</div>
	);
}

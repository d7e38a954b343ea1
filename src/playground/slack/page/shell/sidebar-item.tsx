import type { ReactNode } from "react";

/** One line of the sidebar; bold where there is something new. */
export function SidebarItem(props: {
	sign: ReactNode;
	words: string;
	unread: number;
	/** Direct messages say how many. */
	countsUnread: boolean;
	isQuiet: boolean;
	isOn: boolean;
	onOpen: () => void;
}) {
	const isNew = props.unread > 0 && !props.isQuiet;
	return (
		<li>
			<button
				type="button"
				className={`sidebar-item ${props.isOn ? "is-on" : ""} ${isNew ? "is-new" : ""} ${props.isQuiet ? "is-quiet" : ""}`}
				aria-current={props.isOn ? "page" : undefined}
				onClick={props.onOpen}
			>
				<span className="sidebar-sign">{props.sign}</span>
				<span className="sidebar-words">{props.words}</span>
				{isNew && props.countsUnread && <span className="unread-count">{props.unread}</span>}
				{isNew && <span className="only-heard">unread</span>}
			</button>
		</li>
	);
}

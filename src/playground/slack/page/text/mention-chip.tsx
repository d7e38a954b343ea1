import { useDesk } from "../state/desk.ts";

/** `@name`; yellow when it is the person who looks. */
export function UserChip({ id }: { id: string }) {
	const { people, workspace } = useDesk();
	const person = people.get(id);
	return (
		<span className={`chip ${id === workspace.me.id ? "chip-me" : ""}`} title={person?.real_name}>
			@{person?.name ?? id}
		</span>
	);
}

export function ChannelChip({ id, label }: { id: string; label: string | null }) {
	const { channels, go } = useDesk();
	const name = channels.get(id)?.name;
	if (name === undefined) return <span className="chip">#{label ?? "private channel"}</span>;
	return (
		<button
			type="button"
			className="chip chip-link"
			onClick={() => go({ kind: "conversation", channel: id, thread: null })}
		>
			#{name}
		</button>
	);
}

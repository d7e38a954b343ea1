import { useDesk } from "../state/desk.ts";
import { useAttempt } from "../state/use-attempt.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Icon } from "../ui/icon.tsx";
import { Menu } from "../ui/menu.tsx";
import { Popup } from "../ui/popup.tsx";
import { useToggle } from "../ui/use-toggle.ts";

/** Opens a direct conversation with somebody. */
export function StartChat() {
	const { client, store, people, workspace, go } = useDesk();
	const attempt = useAttempt();
	const { isOpen, anchor, close, toggle } = useToggle();
	const others = [...people.values()].filter(
		(person) =>
			!person.deleted &&
			!person.is_bot &&
			person.id !== workspace.me.id &&
			person.team_id === workspace.team.id,
	);

	const start = (user: string) =>
		void attempt(async () => {
			const { channel } = await client.call<{ channel: { id: string } }>("conversations.open", {
				users: user,
			});
			await store.loadWorkspace();
			go({ kind: "conversation", channel: channel.id, thread: null });
		});

	return (
		<>
			<button
				ref={anchor}
				type="button"
				className="icon-button"
				aria-label="Start a direct conversation"
				aria-haspopup="menu"
				aria-expanded={isOpen}
				onClick={toggle}
			>
				<Icon name="plus" size={15} />
			</button>
			{isOpen && (
				<Popup anchor={anchor} onClose={close}>
					<Menu
						label="People"
						items={others.map((person) => ({
							key: person.id,
							label: (
								<span className="row">
									<Avatar name={person.real_name} size={22} /> {person.real_name}
								</span>
							),
							onChoose() {
								close();
								start(person.id);
							},
						}))}
					/>
				</Popup>
			)}
		</>
	);
}

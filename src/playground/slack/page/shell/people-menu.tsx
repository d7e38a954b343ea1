import { useDesk } from "../state/desk.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Popup } from "../ui/popup.tsx";
import { useToggle } from "../ui/use-toggle.ts";

const KINDS = { member: "", admin: "admin", guest: "guest", bot: "app" };

/** "You are …", and everybody else that one can be. */
export function PeopleMenu({ onUser }: { onUser: (name: string) => void }) {
	const { workspace } = useDesk();
	const { isOpen, anchor, close, toggle } = useToggle();
	const { me } = workspace;
	return (
		<>
			<button
				ref={anchor}
				type="button"
				className="rail-button rail-me"
				aria-label={`You are ${me.real_name}. Be somebody else`}
				aria-haspopup="menu"
				aria-expanded={isOpen}
				title={`You are ${me.real_name}`}
				onClick={toggle}
			>
				<Avatar name={me.real_name} size={36} />
				<small>You: {me.name}</small>
			</button>
			{isOpen && (
				<Popup anchor={anchor} onClose={close} side="above">
					<div className="menu people-menu" role="menu" aria-label="Be somebody else">
						<p className="menu-title">You are {me.real_name}. Look at it as…</p>
						{workspace.teams.map((team) => (
							<div key={team.id}>
								<p className="menu-group">{team.name}</p>
								{team.users.map((human) => (
									<button
										key={human.id}
										type="button"
										role="menuitemradio"
										aria-checked={human.id === me.id}
										className={`menu-item ${human.id === me.id ? "is-on" : ""}`}
										onClick={() => {
											close();
											onUser(human.name);
										}}
									>
										<span className="row">
											<Avatar name={human.real_name} size={22} />
											{human.real_name}
										</span>
										<small>{KINDS[human.kind]}</small>
									</button>
								))}
							</div>
						))}
					</div>
				</Popup>
			)}
		</>
	);
}

import { useDesk } from "../state/desk.ts";
import { Icon } from "../ui/icon.tsx";
import { PeopleMenu } from "./people-menu.tsx";

/** The narrow strip at the left: workspaces, the app's mistakes, and who one is. */
export function Rail({ onUser }: { onUser: (name: string) => void }) {
	const { workspace, route, go } = useDesk();
	const { refused } = workspace;
	const isInbox = route.place.kind === "refused";
	return (
		<nav className="rail" aria-label="Workspaces">
			{workspace.teams.map((team) => {
				const isHere = team.id === workspace.team.id;
				const first = team.users[0];
				return (
					<button
						key={team.id}
						type="button"
						className={`rail-team ${isHere ? "is-on" : ""}`}
						title={team.name}
						aria-label={team.name}
						aria-current={isHere}
						onClick={() => !isHere && first && onUser(first.name)}
					>
						{team.name.slice(0, 1)}
					</button>
				);
			})}
			<span className="rail-space" />
			{workspace.app.installed && (
				<button
					type="button"
					className={`rail-button ${isInbox ? "is-on" : ""}`}
					aria-label={`What the app did wrong: ${refused}`}
					title="What the app did wrong"
					onClick={() => go({ kind: "refused" })}
				>
					<Icon name="alert" size={20} />
					{refused > 0 && <span className="rail-count">{refused > 99 ? "99+" : refused}</span>}
					<small>Refused</small>
				</button>
			)}
			<PeopleMenu onUser={onUser} />
		</nav>
	);
}

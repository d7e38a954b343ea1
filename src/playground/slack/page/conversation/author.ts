import type { Message } from "../../model.ts";
import type { Desk } from "../state/desk.ts";

export interface Author {
	name: string;
	isApp: boolean;
	/** Somebody of another organisation, whose name is `team`. */
	isAway: boolean;
	team: string;
}

/** Whose name stands over a message. */
export function authorOf(
	message: Message,
	{ people, workspace }: Pick<Desk, "people" | "workspace">,
): Author {
	const person = people.get(message.user);
	const team = workspace.teams.find(({ id }) => id === person?.team_id)?.name ?? "";
	if (message.user === "USLACKBOT") return { name: "Slackbot", isApp: false, isAway: false, team };
	return {
		name: message.username ?? person?.real_name ?? message.user,
		isApp: message.bot_id !== undefined,
		isAway: person !== undefined && person.team_id !== workspace.team.id,
		team,
	};
}

import type { AppInstallation, Bot, Channel, User } from "./model.ts";
import type { Store } from "./store.ts";

/** Null: the app is not installed there. */
export function botIn(store: Store, teamId: string): Bot | null {
	const team = store.team(teamId);
	const own = store.installation(teamId);
	const ofOrganisation = team?.enterprise_id ? store.installation(team.enterprise_id) : undefined;
	const found = [own, ofOrganisation].find((one) => one !== undefined && one.ended === null);
	if (found === undefined) return null;
	return {
		teamId,
		enterpriseId: found.kind === "organisation" ? found.id : null,
		userId: found.bot_user_id,
		botId: found.bot_id,
	};
}

/** Through which of its installations the app is in a channel: of several, that of the asking side. */
export function botInChannel(store: Store, channel: Channel, askingTeam: string | undefined): Bot | null {
	const bots = channel.team_ids
		.map((teamId) => botIn(store, teamId))
		.filter((bot) => bot !== null)
		.filter((bot) => store.isMember(channel.id, bot.userId));
	return bots.find(({ teamId }) => teamId === askingTeam) ?? bots[0] ?? null;
}

/** People of a workspace, and the app where it is installed in their organisation. */
export function belongsTo(store: Store, user: User, teamId: string): boolean {
	return user.team_id === teamId || botIn(store, teamId)?.userId === user.id;
}

/** By which installation a bot's user is there. */
export function installationOf(store: Store, botUserId: string): AppInstallation | undefined {
	return store.installations().find((one) => one.bot_user_id === botUserId);
}

export function isAppBotId(store: Store, botId: string | undefined): boolean {
	return botId !== undefined && store.installations().some((one) => one.bot_id === botId);
}

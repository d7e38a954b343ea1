import { openDirect } from "./channels.ts";
import type { AppInstallation, Channel, User } from "./model.ts";
import type { Store } from "./store.ts";
import { APP, newSlackId, type World } from "./world.ts";

/** Who the app is in one workspace in which it is installed. */
export interface Bot {
	teamId: string;
	/** Of an installation in a whole organisation. */
	enterpriseId: string | null;
	userId: string;
	botId: string;
}

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
export function belongsTo(world: World, user: User, teamId: string): boolean {
	return user.team_id === teamId || botIn(world.store, teamId)?.userId === user.id;
}

/** By which installation a bot's user is there. */
export function installationOf(store: Store, botUserId: string): AppInstallation | undefined {
	return store.installations().find((one) => one.bot_user_id === botUserId);
}

export function isAppBotId(store: Store, botId: string | undefined): boolean {
	return botId !== undefined && store.installations().some((one) => one.bot_id === botId);
}

/** Installs the app in a workspace or an organisation, as its person agreed; again after an end with the same bot. */
export function installApp(
	world: World,
	by: User,
	place: { kind: "workspace" | "organisation"; id: string; scopes: string[] },
): AppInstallation {
	const { store } = world;
	const before = store.installation(place.id);
	const installation: AppInstallation = {
		id: place.id,
		kind: place.kind,
		// A bot's token stays as long as it is installed.
		token: before?.ended === null ? before.token : `xoxb-${newSlackId("")}${newSlackId("")}`.toLowerCase(),
		bot_user_id: before?.bot_user_id ?? newSlackId("U"),
		bot_id: before?.bot_id ?? newSlackId("B"),
		scopes: place.scopes,
		installed_by: by.id,
		ended: null,
	};
	const teams = store
		.teams()
		.filter(({ id, enterprise_id }) => id === place.id || enterprise_id === place.id);
	store.inTransaction(() => {
		store.saveInstallation(installation);
		const known = store.user(APP.botUserId);
		const first = teams[0]?.id ?? place.id;
		store.saveUser({
			id: installation.bot_user_id,
			team_id: first,
			name: known?.name ?? "app",
			real_name: known?.real_name ?? "App",
			email: "",
			kind: "bot",
			deleted: false,
			token: null,
		});
	});
	for (const team of teams) {
		const people = store
			.users()
			.filter((one) => one.team_id === team.id && one.kind !== "bot" && !one.deleted);
		for (const person of people) openDirect(world, team.id, [person.id, installation.bot_user_id]);
	}
	return installation;
}

/** Ends an installation: its token is good for nothing from now on, and the app is told. */
export function endInstallation(
	world: World,
	installation: AppInstallation,
	how: "uninstalled" | "revoked",
): void {
	const { store } = world;
	const team = store
		.teams()
		.find(({ id, enterprise_id }) => id === installation.id || enterprise_id === installation.id);
	const bot = team === undefined ? null : botIn(store, team.id);
	store.inTransaction(() => {
		store.saveInstallation({ ...installation, ended: how });
		if (bot === null) return;
		const { bot_events: heard } = world.manifest.settings.event_subscriptions;
		const tell = (type: string, event: Record<string, unknown> = {}) => {
			if (heard.includes(type)) world.enqueue(bot, bot.teamId, { type, ...event }, { external: false });
		};
		tell("tokens_revoked", { tokens: { oauth: [], bot: [installation.bot_user_id] } });
		if (how === "uninstalled") tell("app_uninstalled");
	});
}

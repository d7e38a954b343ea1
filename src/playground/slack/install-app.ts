import { botIn } from "./bots.ts";
import { openDirect } from "./channels.ts";
import type { AppInstallation, User } from "./model.ts";
import { APP, newSlackId, type World } from "./world.ts";

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

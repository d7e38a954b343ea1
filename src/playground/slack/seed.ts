import type { Manifest } from "./manifest.ts";
import type { Channel, ChannelKind, User } from "./model.ts";
import { seedAlert } from "./seed-alerts.ts";
import type { Store } from "./store.ts";
import { APP } from "./world.ts";

const OTHER_TEAM = "T0GLOBEX01";
const SEEDED_AT = 1_760_000_000;

const PEOPLE: [name: string, realName: string, kind: User["kind"], team: string, deleted?: boolean][] = [
	["mia", "Mia Berg", "admin", APP.teamId],
	["noah", "Noah Silva", "member", APP.teamId],
	["zoe", "Zoe Laurent", "member", APP.teamId],
	["omar", "Omar Haddad", "member", APP.teamId],
	["priya", "Priya Nair", "member", APP.teamId],
	["finn", "Finn Olsen", "guest", APP.teamId],
	["lena", "Lena Fischer", "member", APP.teamId, true],
	["ivan", "Ivan Petrov", "member", OTHER_TEAM],
	["yuki", "Yuki Mori", "admin", OTHER_TEAM],
];

const CHANNELS: [
	name: string,
	topic: string,
	options?: { withoutBot?: true; archived?: true; private?: true },
][] = [
	["general", "Everything that concerns everybody"],
	["shop", "The web shop: orders, cart, checkout"],
	["docs", "Handbook and documentation site"],
	["engineering", "Code, builds and releases"],
	["random", "Everything else"],
	["platform-private", "Platform people only", { private: true }],
	["old-project", "Finished last year", { archived: true }],
	["watercooler", "No robots in here", { withoutBot: true }],
	["alerts", "What breaks in production"],
];

/** An Enterprise Grid organisation of two workspaces, in which the app may be installed at once. */
const ORGANISATION = "E0INITECH1";
const ITS_TEAMS: [
	id: string,
	name: string,
	people: [name: string, realName: string, kind: User["kind"]][],
][] = [
	[
		"T0INITECH1",
		"Initech Web",
		[
			["lars", "Lars Holm", "admin"],
			["ana", "Ana Souza", "member"],
		],
	],
	["T0INITECH2", "Initech Labs", [["ravi", "Ravi Iyer", "member"]]],
];

/**
 * Fills an empty playground: workspaces, their people and channels. Later starts only refresh the bot's name.
 *
 * @param crowd how many more members the first workspace has, in each of its public channels
 */
export function seed(store: Store, manifest: Manifest, crowd = 0): void {
	store.inTransaction(() => {
		saveBot(store, manifest);
		saveHomeInstallation(store);
		seedOrganisation(store);
		if (store.team(APP.teamId) !== undefined) return;
		store.saveTeam({ id: APP.teamId, name: "Acme", domain: "acme" });
		store.saveTeam({ id: OTHER_TEAM, name: "Globex", domain: "globex", lacks_agents: true });
		for (const [name, realName, kind, team, deleted = false] of PEOPLE) {
			store.saveUser({
				id: userId(name),
				team_id: team,
				name,
				real_name: realName,
				email: `${name}@${team === APP.teamId ? "acme" : "globex"}.example`,
				kind,
				deleted,
				token: `xoxp-${name}`,
			});
		}
		seedChannels(store);
		for (let n = 101; n <= 100 + crowd; n++) seedMember(store, `p${n}`, `Person ${n}`);
	});
}

function seedMember(store: Store, name: string, realName: string): void {
	const id = userId(name);
	const token = `xoxp-${name}`;
	const email = `${name}@acme.example`;
	store.saveUser({
		id,
		team_id: APP.teamId,
		name,
		real_name: realName,
		email,
		kind: "member",
		deleted: false,
		token,
	});
	for (const {
		id: channel,
		kind,
		team_ids: [team],
	} of store.channels())
		if (kind === "channel" && team === APP.teamId) store.addMember(channel, id);
}

/** In the app's own workspace it was installed before the playground began. */
function saveHomeInstallation(store: Store): void {
	if (store.installation(APP.teamId) !== undefined) return;
	store.saveInstallation({
		id: APP.teamId,
		kind: "workspace",
		token: store.secret("bot_token", "xoxb-"),
		bot_user_id: APP.botUserId,
		bot_id: APP.botId,
		scopes: null,
		installed_by: userId("mia"),
		ended: null,
	});
}

function seedOrganisation(store: Store): void {
	if (store.team(ITS_TEAMS[0]?.[0] ?? "") !== undefined) return;
	ITS_TEAMS.forEach(([id, name, people], index) => {
		const domain = name.toLowerCase().replaceAll(" ", "-");
		store.saveTeam({ id, name, domain, enterprise_id: ORGANISATION });
		const channel = saveChannel(store, 30 + index, `${domain}-general`, "channel", [id], {
			is_general: true,
		});
		for (const [person, realName, kind] of people) {
			store.saveUser({
				id: userId(person),
				team_id: id,
				name: person,
				real_name: realName,
				email: `${person}@initech.example`,
				kind,
				deleted: false,
				token: `xoxp-${person}`,
			});
			store.addMember(channel, userId(person));
		}
	});
}

function saveBot(store: Store, manifest: Manifest): void {
	const name = (manifest.features.bot_user?.display_name ?? manifest.display_information.name).toLowerCase();
	store.saveUser({
		id: APP.botUserId,
		team_id: APP.teamId,
		name: name.replaceAll(/[^a-z0-9._-]+/g, "-"),
		real_name: manifest.display_information.name,
		email: "",
		kind: "bot",
		deleted: false,
		token: null,
	});
}

function seedChannels(store: Store): void {
	const people = PEOPLE.filter(([, , , , deleted]) => !deleted);
	const ours = people
		.filter(([, , kind, team]) => team === APP.teamId && kind !== "guest")
		.map(([name]) => name);
	const theirs = people.filter(([, , , team]) => team === OTHER_TEAM).map(([name]) => name);

	CHANNELS.forEach(([name, topic, options = {}], index) => {
		const kind = options.private ? "group" : "channel";
		const id = saveChannel(store, index, name, kind, [APP.teamId], {
			topic,
			is_archived: options.archived ?? false,
		});
		const names = options.private ? ["mia", "omar"] : name === "shop" ? [...ours, "finn"] : ours;
		for (const member of names) store.addMember(id, userId(member));
		if (!options.withoutBot) store.addMember(id, APP.botUserId);
		if (name === "alerts") seedAlert(store, id);
	});

	const shared = saveChannel(store, 20, "partners", "channel", [APP.teamId, OTHER_TEAM], {
		topic: "Acme and Globex together",
	});
	for (const member of ["mia", "noah", ...theirs]) store.addMember(shared, userId(member));
	store.addMember(shared, APP.botUserId);

	const foreign = saveChannel(store, 21, "globex-general", "channel", [OTHER_TEAM], { is_general: true });
	for (const member of theirs) store.addMember(foreign, userId(member));

	[...ours, "finn"].forEach((name, index) => {
		const id = saveChannel(store, index, "", "im", [APP.teamId], { creator: userId(name) });
		store.addMember(id, userId(name));
		store.addMember(id, APP.botUserId);
	});
}

function saveChannel(
	store: Store,
	index: number,
	name: string,
	kind: ChannelKind,
	teamIds: string[],
	rest: Partial<Channel> = {},
): string {
	const id = `${kind === "im" ? "D" : kind === "group" ? "G" : "C"}0${String(index + 1).padStart(8, "0")}`;
	store.saveChannel({
		id,
		name,
		kind,
		team_ids: teamIds,
		creator: userId("mia"),
		created: SEEDED_AT,
		is_archived: false,
		is_general: name === "general",
		topic: "",
		purpose: "",
		...rest,
	});
	return id;
}

function userId(name: string): string {
	return `U0${name.toUpperCase().padEnd(8, "0")}`;
}

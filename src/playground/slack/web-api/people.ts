import { installationOf } from "../bots.ts";
import type { Caller } from "../caller.ts";
import type { User } from "../model.ts";
import { Refused } from "../refused.ts";
import { APP, type World } from "../world.ts";
import { flag, needed, page, paginate, word } from "./arguments.ts";
import { defineMethod, type Method } from "./method.ts";

export const peopleMethods: Record<string, Method> = {
	"auth.test": defineMethod({
		tier: "special",
		args: {},
		run(world, caller) {
			const user = world.store.user(caller.userId);
			const team = world.store.team(caller.teamId);
			const bot = caller.kind === "bot" ? installationOf(world.store, caller.userId) : undefined;
			return {
				url: `${world.url}/`,
				team: team?.name,
				user: user?.name,
				team_id: bot?.kind === "organisation" ? bot.id : caller.teamId,
				user_id: caller.userId,
				...(bot === undefined ? {} : { bot_id: bot.bot_id }),
				...(team?.enterprise_id ? { enterprise_id: team.enterprise_id } : {}),
				is_enterprise_install: bot?.kind === "organisation",
			};
		},
	}),

	"users.info": defineMethod({
		tier: "tier4",
		scopes: ["users:read"],
		args: { user: needed, include_locale: flag.optional() },
		run(world, caller, args) {
			const user = world.store.user(args.user);
			if (user === undefined || !canMeet(world, caller, user)) throw new Refused("user_not_found");
			return { user: showUser(caller, user) };
		},
	}),

	"users.list": defineMethod({
		tier: "tier2",
		scopes: ["users:read"],
		args: { ...page, include_locale: flag.optional() },
		run(world, caller, args) {
			const users = world.store.users().filter((user) => user.team_id === caller.teamId);
			const { items, response_metadata } = paginate(users, args, 1000);
			return {
				members: items.map((user) => showUser(caller, user)),
				cache_ts: Math.floor(world.now() / 1000),
				response_metadata,
			};
		},
	}),

	"users.lookupByEmail": defineMethod({
		tier: "tier3",
		scopes: ["users:read.email"],
		args: { email: needed },
		run(world, caller, args) {
			const user = world.store
				.users()
				.find((known) => known.email === args.email && known.team_id === caller.teamId && !known.deleted);
			if (user === undefined) throw new Refused("users_not_found");
			return { user: showUser(caller, user) };
		},
	}),

	"bots.info": defineMethod({
		tier: "tier3",
		scopes: ["users:read"],
		args: { bot: word.optional() },
		run(world, _caller, args) {
			const found = world.store.installations().find((one) => one.bot_id === args.bot);
			if (found === undefined) throw new Refused("bot_not_found");
			const user = world.store.user(found.bot_user_id);
			return {
				bot: {
					id: found.bot_id,
					deleted: false,
					name: user?.name,
					updated: 0,
					app_id: APP.id,
					user_id: found.bot_user_id,
					icons: {},
				},
			};
		},
	}),

	"team.info": defineMethod({
		tier: "tier3",
		scopes: ["team:read"],
		args: { team: word.optional(), domain: word.optional() },
		run(world, caller, args) {
			const team = world.store.team(args.team ?? caller.teamId);
			if (team === undefined || team.id !== caller.teamId) throw new Refused("team_not_found");
			return {
				team: {
					id: team.id,
					name: team.name,
					domain: team.domain,
					email_domain: `${team.domain}.example`,
					icon: { image_default: true },
				},
			};
		},
	}),
};

/** People of the same workspace, and people from elsewhere who share a channel. */
function canMeet(world: World, caller: Caller, user: User): boolean {
	if (user.team_id === caller.teamId) return true;
	return world.store
		.channels()
		.some(
			(channel) =>
				world.store.isMember(channel.id, user.id) && world.store.isMember(channel.id, caller.userId),
		);
}

/** A user as the Web API shows them; the address only to tokens with `users:read.email`. */
export function showUser(caller: Pick<Caller, "teamId" | "scopes">, user: User): Record<string, unknown> {
	const stranger = user.team_id !== caller.teamId;
	return {
		id: user.id,
		team_id: user.team_id,
		name: user.name,
		deleted: user.deleted,
		real_name: user.real_name,
		tz: "Europe/Berlin",
		tz_label: "Central European Time",
		tz_offset: 3600,
		profile: {
			real_name: user.real_name,
			real_name_normalized: user.real_name,
			display_name: user.name,
			display_name_normalized: user.name,
			...(caller.scopes.includes("users:read.email") && user.kind !== "bot" && !stranger
				? { email: user.email }
				: {}),
			...(user.kind === "bot" ? { api_app_id: APP.id, always_active: true } : {}),
			team: user.team_id,
		},
		is_admin: user.kind === "admin",
		is_owner: false,
		is_primary_owner: false,
		is_restricted: user.kind === "guest",
		is_ultra_restricted: false,
		is_bot: user.kind === "bot",
		is_app_user: false,
		...(stranger ? { is_stranger: true } : {}),
		updated: 1_760_000_000,
	};
}

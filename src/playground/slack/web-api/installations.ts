import { installationOf } from "../bots.ts";
import { endInstallation } from "../install-app.ts";
import type { AppInstallation } from "../model.ts";
import { Refused } from "../refused.ts";
import { APP, type World } from "../world.ts";
import { flag, needed, page, paginate } from "./arguments.ts";
import { defineMethod, type Method } from "./method.ts";

/** @throws Refused `not_allowed_token_type`: no installation of the app */
function own(world: World, userId: string): AppInstallation {
	const found = installationOf(world.store, userId);
	if (found === undefined) throw new Refused("not_allowed_token_type");
	return found;
}

/** What an app asks and does about its being installed. */
export function installationMethods(
	app: { clientId: string; clientSecret: string },
	registered: unknown,
): Record<string, Method> {
	return {
		"apps.manifest.export": defineMethod({
			tier: "tier3",
			tokens: ["config"],
			args: { app_id: needed },
			run(_world, _caller, args) {
				if (args.app_id !== APP.id) throw new Refused("app_not_found");
				return { manifest: registered };
			},
		}),

		"auth.teams.list": defineMethod({
			tier: "tier2",
			tokens: ["bot"],
			args: { ...page, include_icon: flag.optional() },
			run(world, caller, args) {
				const { id } = own(world, caller.userId);
				const teams = world.store.teams().filter((team) => team.id === id || team.enterprise_id === id);
				const { items, response_metadata } = paginate(teams, args, 100);
				return { teams: items.map((team) => ({ id: team.id, name: team.name })), response_metadata };
			},
		}),

		"auth.revoke": defineMethod({
			tier: "tier3",
			tokens: ["bot"],
			args: { test: flag.optional() },
			run(world, caller, args) {
				if (!args.test) endInstallation(world, own(world, caller.userId), "revoked");
				return { revoked: !args.test };
			},
		}),

		"apps.uninstall": defineMethod({
			tier: "tier1",
			tokens: ["bot"],
			args: { client_id: needed, client_secret: needed },
			run(world, caller, args) {
				if (args.client_id !== app.clientId) throw new Refused("invalid_client_id");
				if (args.client_secret !== app.clientSecret) throw new Refused("bad_client_secret");
				endInstallation(world, own(world, caller.userId), "uninstalled");
				return {};
			},
		}),
	};
}

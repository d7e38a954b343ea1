import type { AppInstallation, User } from "./model.ts";
import { Refused } from "./refused.ts";
import { APP, type World } from "./world.ts";

/** Who makes a call, and what their token allows. */
export interface Caller {
	kind: "bot" | "user" | "app" | "config";
	userId: string;
	teamId: string;
	scopes: readonly string[];
}

/** What a human's token may do: everything that a person does in Slack. */
const USER_SCOPES = [
	"channels:history",
	"channels:read",
	"channels:write",
	"channels:write.topic",
	"chat:write",
	"files:read",
	"files:write",
	"groups:history",
	"groups:read",
	"groups:write",
	"im:history",
	"im:read",
	"im:write",
	"links:write",
	"mpim:history",
	"mpim:read",
	"mpim:write",
	"reactions:read",
	"reactions:write",
	"team:read",
	"users:read",
	"users:read.email",
] as const;

export interface AppTokens {
	app: string;
	/** For the app's settings. */
	config: string;
}

/**
 * @param asTeam of a token that is good in a whole organisation: which workspace is meant
 * @throws Refused `not_authed`, `invalid_auth`, `account_inactive`, `token_revoked` or `team_access_not_granted`
 */
export function identifyCaller(
	world: World,
	tokens: AppTokens,
	token: string | null,
	asTeam?: string,
): Caller {
	if (token === null || token === "") throw new Refused("not_authed");
	const installation = world.store.installationByToken(token);
	if (installation !== undefined) return toBot(world, installation, asTeam);
	if (token === tokens.app) {
		return { kind: "app", userId: APP.botUserId, teamId: APP.teamId, scopes: ["connections:write"] };
	}
	if (token === tokens.config) return { kind: "config", userId: "", teamId: APP.teamId, scopes: [] };
	const user = world.store.userByToken(token);
	if (user === undefined) throw new Refused("invalid_auth");
	if (user.deleted) throw new Refused("account_inactive");
	return toCaller(user);
}

function toBot(world: World, installation: AppInstallation, asTeam: string | undefined): Caller {
	if (installation.ended === "uninstalled") throw new Refused("account_inactive");
	if (installation.ended === "revoked") throw new Refused("token_revoked");
	const scopes = installation.scopes ?? world.manifest.oauth_config.scopes.bot;
	const bot = { kind: "bot" as const, userId: installation.bot_user_id, scopes };
	if (installation.kind === "workspace") return { ...bot, teamId: installation.id };
	const teams = world.store.teams().filter((team) => team.enterprise_id === installation.id);
	const team = asTeam === undefined ? teams[0] : teams.find(({ id }) => id === asTeam);
	if (team === undefined) throw new Refused("team_access_not_granted");
	return { ...bot, teamId: team.id };
}

export function toCaller(user: User): Caller {
	return { kind: "user", userId: user.id, teamId: user.team_id, scopes: USER_SCOPES };
}

/** @throws Refused `missing_scope` unless the token has at least one of the scopes */
export function requireScope(caller: Caller, anyOf: readonly string[]): void {
	if (anyOf.length === 0 || anyOf.some((scope) => caller.scopes.includes(scope))) return;
	throw new Refused("missing_scope", [], { needed: anyOf.join(","), provided: caller.scopes.join(",") });
}

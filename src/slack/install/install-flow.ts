import { WebClient } from "@slack/web-api";
import { z } from "zod";
import { AppError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import type { Seal } from "../../secrets/seal.ts";
import { toCallFailure } from "../web-api/call-failure.ts";
import { clientOptions, type SlackConnection, type SlackOauth } from "../web-api/clients.ts";
import { askWhoWeAre } from "../web-api/identity.ts";
import type { Workspaces } from "../web-api/workspaces.ts";
import { makeState, openState } from "./install-state.ts";
import type { InstallationStore } from "./installation-store.ts";

type InstallEnd =
	| {
			outcome: "installed";
			name: string;
			appId: string;
			teamId: string | null;
			botName: string;
			/** At Slack. */
			installedBy: string;
	  }
	| {
			outcome:
				| "unknown"
				| "expired"
				| "used"
				| "other_browser"
				/** They said no at Slack. */
				| "denied"
				/** Slack does not take the code. */
				| "bad_code"
				/** The app asks for tokens that run out. */
				| "token_rotation";
	  };

/** How people install the app in their workspace or organisation. */
export interface InstallFlow {
	/** Where to send a browser, and what it must bring back as a cookie. */
	begin(): { url: string; state: string; browserKey: string };
	/** @throws AppError `slack_unavailable`, `slack_oauth_refused` (client id, secret or address are not those of the app) */
	finish(input: { state: string; browserKey: string | undefined; code: string | null }): Promise<InstallEnd>;
}

/** Answer of `oauth.v2.access`. */
const access = z.looseObject({
	access_token: z.string(),
	token_type: z.literal("bot"),
	scope: z.string(),
	bot_user_id: z.string(),
	app_id: z.string(),
	expires_in: z.number().optional(),
	team: z.looseObject({ id: z.string(), name: z.string().nullish() }).nullish(),
	enterprise: z.looseObject({ id: z.string(), name: z.string().nullish() }).nullish(),
	is_enterprise_install: z.boolean().default(false),
	authed_user: z.looseObject({ id: z.string() }),
});

const BAD_CODE = new Set(["invalid_code", "code_already_used", "code_expired"]);

/**
 * Our own few lines instead of `@slack/oauth`: its provider writes to Node's responses, keeps no state that is good once
 * only over several processes, and holds tokens in plain text.
 */
export function createInstallFlow(deps: {
	connection: SlackConnection & { oauth: SlackOauth };
	/** Of the bot. */
	scopes: string[];
	botName: string;
	workspaces: Pick<Workspaces, "install">;
	installations: Pick<InstallationStore, "takeState">;
	seal: Seal;
	log: Log;
	now: () => number;
}): InstallFlow {
	const { connection, scopes, botName, workspaces, installations, seal, log, now } = deps;
	const { clientId, clientSecret, authorizeUrl, redirectUrl } = connection.oauth;
	const clientOf = (token?: string) => new WebClient(token, clientOptions(connection, log));

	async function exchange(code: string): Promise<z.infer<typeof access> | null> {
		try {
			const answer = await clientOf().oauth.v2.access({
				client_id: clientId,
				client_secret: clientSecret,
				code,
				redirect_uri: redirectUrl,
			});
			return access.parse(answer);
		} catch (cause) {
			if (cause instanceof z.ZodError) throw cause;
			const failure = toCallFailure(cause);
			if (failure.kind === "refused" && BAD_CODE.has(failure.error)) return null;
			if (failure.kind === "refused")
				throw new AppError("slack_oauth_refused", `Slack refuses the install (${failure.error}).`, { cause });
			throw new AppError("slack_unavailable", `Slack cannot be reached (${failure.error}).`, {
				retryable: true,
				cause,
			});
		}
	}

	return {
		begin() {
			const { state, browserKey } = makeState(seal, now());
			const query = { client_id: clientId, scope: scopes.join(","), redirect_uri: redirectUrl, state };
			return { url: `${authorizeUrl}?${new URLSearchParams(query)}`, state, browserKey };
		},

		async finish({ state, browserKey, code }) {
			const opened = openState(seal, { state, browserKey, nowMs: now() });
			if (opened.outcome !== "good") return opened;
			// Before Slack is asked: a second one that comes meanwhile is late.
			if (!(await installations.takeState(opened.nonce, opened.expiresAt, new Date(now()))))
				return { outcome: "used" };
			if (code === null) return { outcome: "denied" };
			const given = await exchange(code);
			if (given === null) return { outcome: "bad_code" };
			if (given.expires_in !== undefined) return { outcome: "token_rotation" };
			const who = await askWhoWeAre(clientOf(given.access_token));
			if (who.outcome === "refused") return { outcome: "bad_code" };
			const { identity } = who;
			const isOrganisation = given.is_enterprise_install;
			const teamId = isOrganisation ? null : (given.team?.id ?? identity.teamId);
			const name = (isOrganisation ? given.enterprise?.name : given.team?.name) ?? identity.teamName;
			await workspaces.install({
				teamId,
				enterpriseId: given.enterprise?.id ?? who.enterpriseId,
				name,
				url: identity.url,
				source: "oauth",
				botToken: given.access_token,
				botUserId: given.bot_user_id,
				botId: identity.botId,
				scopes: given.scope.split(","),
				installedBy: given.authed_user.id,
			});
			return {
				outcome: "installed",
				name,
				appId: given.app_id,
				teamId,
				botName,
				installedBy: given.authed_user.id,
			};
		},
	};
}

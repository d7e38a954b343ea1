import { WebAPIPlatformError, type WebClient } from "@slack/web-api";
import { AppError } from "../../errors.ts";
import { toCallFailure } from "./call-failure.ts";

/** Who we are in the workspace. */
export interface BotIdentity {
	teamId: string;
	teamName: string;
	/** The workspace's own address, with a slash at the end. */
	url: string;
	botUserId: string;
	botId: string;
	/** Scopes that the token has, as Slack's answer says; empty if it does not say. */
	scopes: string[];
}

export type WhoWeAre =
	| {
			outcome: "known";
			/** Of an installation in a whole organisation the team is the organisation. */
			identity: BotIdentity;
			enterpriseId: string | null;
			isOrganisation: boolean;
	  }
	/** The token is over: revoked, uninstalled, or never was one. */
	| { outcome: "refused"; error: string };

/** Slack takes such a token for nothing any more. */
const OVER = new Set(["invalid_auth", "account_inactive", "token_revoked"]);

/** Whether a call failed because its token is over. */
export function isTokenOver(error: unknown): boolean {
	return error instanceof WebAPIPlatformError && OVER.has(error.data.error);
}

/**
 * Asks Slack who a client's token belongs to.
 *
 * @throws AppError `slack_unavailable`: nobody knows
 */
export async function askWhoWeAre(client: WebClient): Promise<WhoWeAre> {
	try {
		const answer = await client.auth.test();
		return {
			outcome: "known",
			identity: {
				teamId: answer.team_id ?? "",
				teamName: answer.team ?? "",
				url: answer.url ?? "",
				botUserId: answer.user_id ?? "",
				botId: answer.bot_id ?? "",
				scopes: answer.response_metadata?.scopes ?? [],
			},
			enterpriseId: answer.enterprise_id ?? null,
			isOrganisation: answer.is_enterprise_install ?? false,
		};
	} catch (cause) {
		const failure = toCallFailure(cause);
		if (isTokenOver(cause)) return { outcome: "refused", error: failure.error };
		throw new AppError("slack_unavailable", `Slack cannot be reached (${failure.error}).`, {
			retryable: failure.kind !== "refused",
			cause,
		});
	}
}

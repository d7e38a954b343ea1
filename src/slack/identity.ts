import type { WebClient } from "@slack/web-api";
import { AppError } from "../errors.ts";
import { toCallFailure } from "./call-failure.ts";

/** Who we are in the workspace. */
export interface BotIdentity {
	teamId: string;
	teamName: string;
	/** The workspace's address, ending in a slash. */
	url: string;
	botUserId: string;
	botId: string;
	/** Scopes that the token has, as Slack's answer says; empty if it does not say. */
	scopes: string[];
}

/**
 * Asks Slack once who the token belongs to; a failure is asked again at the next call.
 *
 * @throws AppError `slack_unavailable`
 */
export function createIdentity(client: WebClient): () => Promise<BotIdentity> {
	let known: Promise<BotIdentity> | null = null;
	return () => {
		known ??= ask(client).catch((error: unknown) => {
			known = null;
			throw error;
		});
		return known;
	};
}

async function ask(client: WebClient): Promise<BotIdentity> {
	try {
		const answer = await client.auth.test();
		return {
			teamId: answer.team_id ?? "",
			teamName: answer.team ?? "",
			url: answer.url ?? "https://slack.com/",
			botUserId: answer.user_id ?? "",
			botId: answer.bot_id ?? "",
			scopes: answer.response_metadata?.scopes ?? [],
		};
	} catch (cause) {
		const failure = toCallFailure(cause);
		throw new AppError(
			"slack_unavailable",
			`Slack does not accept the bot token or cannot be reached (${failure.error}): check SLACK_BOT_TOKEN and SLACK_API_URL.`,
			{ retryable: failure.kind !== "refused", cause },
		);
	}
}

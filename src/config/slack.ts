import { AppError } from "../errors.ts";
import type { Environment } from "./environment.ts";

export interface RealSlack {
	/** Of one workspace; null: every workspace comes by an install. */
	botToken: string | null;
	signingSecret: string | null;
	appToken: string | null;
	apiUrl: string | null;
	/** By which people install the app in their workspaces; null: they cannot. */
	oauth: { clientId: string; clientSecret: string; authorizeUrl: string; redirectUrl: string } | null;
	/** By which the doctor reads how the app is registered; good for twelve hours. */
	configToken: string | null;
	/** The app asks for code channels, too: Slack gives them to some workspaces only. */
	codeChannels: boolean;
}

/** Null: the playground stands in. @throws AppError `bad_config` where it is half set */
export function toSlack(e: Environment): RealSlack | null {
	const all = [
		e.SLACK_BOT_TOKEN,
		e.SLACK_SIGNING_SECRET,
		e.SLACK_APP_TOKEN,
		e.SLACK_CLIENT_ID,
		e.SLACK_CLIENT_SECRET,
	];
	if (all.every((one) => !one)) return null;
	const oauth = toSlackOauth(e);
	if (!e.SLACK_BOT_TOKEN && oauth === null)
		throw new AppError(
			"bad_config",
			"SLACK_BOT_TOKEN is missing: Slack is only half set. For many workspaces set SLACK_CLIENT_ID and SLACK_CLIENT_SECRET instead.",
		);
	if (!e.SLACK_SIGNING_SECRET && !e.SLACK_APP_TOKEN) {
		throw new AppError(
			"bad_config",
			"Slack needs SLACK_SIGNING_SECRET (events over HTTP) or SLACK_APP_TOKEN (Socket Mode) beside SLACK_BOT_TOKEN or SLACK_CLIENT_ID.",
		);
	}
	return {
		botToken: e.SLACK_BOT_TOKEN ?? null,
		signingSecret: e.SLACK_SIGNING_SECRET ?? null,
		appToken: e.SLACK_APP_TOKEN ?? null,
		apiUrl: e.SLACK_API_URL ?? null,
		oauth,
		configToken: e.SLACK_CONFIG_TOKEN ?? null,
		codeChannels: e.SLACK_CODE_CHANNELS === "on",
	};
}

function toSlackOauth(e: Environment): RealSlack["oauth"] {
	if (!e.SLACK_CLIENT_ID && !e.SLACK_CLIENT_SECRET) return null;
	if (!e.SLACK_CLIENT_ID || !e.SLACK_CLIENT_SECRET) {
		const missing = e.SLACK_CLIENT_ID ? "SLACK_CLIENT_SECRET" : "SLACK_CLIENT_ID";
		throw new AppError("bad_config", `${missing} is missing: both stand on the Slack app's page.`);
	}
	if (!e.PUBLIC_URL) {
		throw new AppError(
			"bad_config",
			"PUBLIC_URL is missing: after an install Slack sends people back there. Set it to this server's public address.",
		);
	}
	return {
		clientId: e.SLACK_CLIENT_ID,
		clientSecret: e.SLACK_CLIENT_SECRET,
		authorizeUrl: `${e.SLACK_URL.replace(/\/+$/, "")}/oauth/v2/authorize`,
		redirectUrl: `${e.PUBLIC_URL.replace(/\/+$/, "")}/slack/oauth_redirect`,
	};
}

import type { Hono } from "hono";
import type { Config } from "./config.ts";
import { createSlackInstallRoutes } from "./http/routes/slack-install.ts";
import type { Log } from "./log.ts";
import { createAppUrl, manifestFor } from "./slack/install/create-app-url.ts";
import type { Slack } from "./slack/slack.ts";

/** Joins the pages by which the app comes into a workspace. */
export function createSlackInstall(deps: {
	config: Pick<Config, "slack" | "slackUrl" | "publicUrl">;
	install: Slack["install"];
	/** What a person of the playground's Slack is called there. */
	playgroundName?: (userId: string) => string | undefined;
	/** This process's own address. */
	origin: string;
	log: Log;
}): Hono {
	const { config, install, origin } = deps;
	const { slackUrl } = config;
	const publicUrl = config.publicUrl ?? origin;
	const isReal = config.slack !== null;
	const asking = { codeChannels: config.slack?.codeChannels ?? false };
	return createSlackInstallRoutes({
		install,
		setUp: {
			slack: isReal ? "real" : "playground",
			canInstall: install !== null,
			publicUrl,
			isPublic: publicUrl.startsWith("https:"),
			createAppUrl: createAppUrl(slackUrl, publicUrl, asking),
			createSocketAppUrl: createAppUrl(slackUrl, null, asking),
			redirectUrl: `${publicUrl}/slack/oauth_redirect`,
		},
		manifest: manifestFor(isReal && config.slack?.signingSecret === null ? null : publicUrl, asking),
		openUrl({ appId, teamId, installedBy }) {
			if (!isReal) return `/playground/slack/#/${deps.playgroundName?.(installedBy) ?? ""}`;
			const query = new URLSearchParams({ app: appId, ...(teamId === null ? {} : { team: teamId }) });
			return `${slackUrl}/app_redirect?${query}`;
		},
		log: deps.log,
	});
}

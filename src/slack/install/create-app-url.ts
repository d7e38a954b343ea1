import manifest from "../../../manifests/slack-app.json" with { type: "json" };
import more from "../../../manifests/slack-app-code-channels.json" with { type: "json" };

/** Where the manifest in the repository names no real address. */
const PLACEHOLDER = "https://example.com";

/**
 * Pure. The app's manifest for a server that Slack reaches at `publicUrl`, or for Socket Mode (null), which needs no
 * address. Without an https address nobody can be sent back after an install, so that is left out too. With code channels
 * it is none by Slack's published schema (2.0.0), which does not know `features.code_channels`; its documentation does.
 */
export function manifestFor(publicUrl: string | null, { codeChannels = false } = {}): object {
	const asked = codeChannels ? withCodeChannels() : manifest;
	if (publicUrl !== null) {
		const text = JSON.stringify(asked).replaceAll(PLACEHOLDER, publicUrl);
		return JSON.parse(text) as object;
	}
	const { _metadata, display_information, features, oauth_config, settings } = asked;
	return {
		_metadata,
		display_information,
		features: {
			...features,
			slash_commands: features.slash_commands.map(({ url: _, ...command }) => command),
		},
		oauth_config: { scopes: oauth_config.scopes },
		settings: {
			...settings,
			event_subscriptions: { bot_events: settings.event_subscriptions.bot_events },
			interactivity: { is_enabled: true },
			socket_mode_enabled: true,
		},
	};
}

function withCodeChannels(): typeof manifest {
	const { features, oauth_config } = manifest;
	const bot = [...oauth_config.scopes.bot, ...more.oauth_config.scopes.bot].sort();
	return {
		...manifest,
		features: { ...features, ...more.features },
		oauth_config: { ...oauth_config, scopes: { bot } },
	};
}

/**
 * Slack's page "create an app", filled in.
 *
 * @param slackUrl for example `https://slack.com`; its developers' pages lie at `api.`
 */
export function createAppUrl(
	slackUrl: string,
	publicUrl: string | null,
	asking: { codeChannels?: boolean } = {},
): string {
	const { protocol, host } = new URL(slackUrl);
	const url = new URL(`${protocol}//api.${host.replace(/^(www|api)\./, "")}/apps`);
	url.search = new URLSearchParams({
		new_app: "1",
		manifest_json: JSON.stringify(manifestFor(publicUrl, asking)),
	}).toString();
	return url.href;
}

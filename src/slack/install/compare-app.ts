import { z } from "zod";
import { EVENTS, usedScopes } from "./uses.ts";

/** A trouble with how the app is registered or installed, and what mends it. */
export interface Finding {
	message: string;
	fix: string;
}

/** Pure. The scopes that an installation lacks. */
export function missingScopes(granted: readonly string[], asking: { codeChannels?: boolean } = {}): string[] {
	return usedScopes(asking).filter((scope) => !granted.includes(scope));
}

/** What counts of a manifest as Slack exports it. */
export const exportedManifest = z.looseObject({
	features: z
		.looseObject({ code_channels: z.looseObject({ enabled: z.boolean().default(false) }).optional() })
		.prefault({}),
	oauth_config: z
		.looseObject({
			redirect_urls: z.array(z.string()).default([]),
			scopes: z.looseObject({ bot: z.array(z.string()).default([]) }).prefault({}),
		})
		.prefault({}),
	settings: z
		.looseObject({
			event_subscriptions: z
				.looseObject({ request_url: z.string().optional(), bot_events: z.array(z.string()).default([]) })
				.prefault({}),
			interactivity: z
				.looseObject({ is_enabled: z.boolean().default(false), request_url: z.string().optional() })
				.prefault({}),
			org_deploy_enabled: z.boolean().default(false),
			socket_mode_enabled: z.boolean().default(false),
			token_rotation_enabled: z.boolean().default(false),
		})
		.prefault({}),
});

/** Pure. What the app as it is registered lacks of what the running one uses. */
export function compareApp(
	manifest: z.infer<typeof exportedManifest>,
	server: {
		publicUrl: string | null;
		socketMode: boolean;
		redirectUrl: string | null;
		codeChannels?: boolean;
	},
): Finding[] {
	const { settings, oauth_config } = manifest;
	const { event_subscriptions, interactivity } = settings;
	const events = Object.keys(EVENTS).filter((event) => !event_subscriptions.bot_events.includes(event));
	const scopes = missingScopes(oauth_config.scopes.bot, server);
	const lacksCodeChannels = server.codeChannels === true && !manifest.features.code_channels?.enabled;
	const eventsUrl = `${server.publicUrl}/slack/events`;
	const paste = "paste the manifest of /slack/install/manifest.json at Slack under App Manifest, and save";
	const found = (isTrouble: boolean, message: string, fix: string): Finding[] =>
		isTrouble ? [{ message, fix }] : [];
	const isHttp = !server.socketMode;
	return [
		...found(events.length > 0, `the app does not hear ${events.join(", ")}`, paste),
		...found(
			scopes.length > 0,
			`the app does not ask for ${scopes.join(", ")}`,
			`${paste}, then install it again`,
		),
		...found(
			lacksCodeChannels,
			"the app has no code channels, though SLACK_CODE_CHANNELS is on",
			`${paste}; where Slack does not take it, your workspace has none: set SLACK_CODE_CHANNELS=off`,
		),
		...found(
			settings.socket_mode_enabled !== server.socketMode,
			server.socketMode
				? "Socket Mode is off at Slack"
				: "Socket Mode is on at Slack, so nothing comes by HTTP",
			server.socketMode
				? "turn it on under Socket Mode"
				: "turn it off under Socket Mode, or set SLACK_APP_TOKEN only",
		),
		...found(
			isHttp && event_subscriptions.request_url !== eventsUrl,
			`events go to ${event_subscriptions.request_url ?? "nowhere"}`,
			`set Event Subscriptions, Request URL to ${eventsUrl}`,
		),
		...found(
			!interactivity.is_enabled || (isHttp && interactivity.request_url !== eventsUrl),
			`buttons go to ${interactivity.is_enabled ? (interactivity.request_url ?? "nowhere") : "nowhere"}`,
			`set Interactivity & Shortcuts, Request URL to ${eventsUrl}`,
		),
		...found(
			server.redirectUrl !== null && !oauth_config.redirect_urls.includes(server.redirectUrl),
			"people cannot come back from an install",
			`add ${server.redirectUrl} under OAuth & Permissions, Redirect URLs`,
		),
		...found(
			settings.token_rotation_enabled,
			"tokens run out (token rotation is on), which cannot be turned off again",
			"make a new app from the manifest of /slack/install/manifest.json",
		),
	];
}

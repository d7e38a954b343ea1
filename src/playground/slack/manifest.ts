import { readFileSync } from "node:fs";
import { z } from "zod";

const manifestSchema = z.object({
	display_information: z.object({ name: z.string() }),
	features: z
		.object({
			bot_user: z.object({ display_name: z.string() }).optional(),
			agent_view: z.unknown().optional(),
			assistant_view: z.unknown().optional(),
			code_channels: z.object({ enabled: z.boolean() }).optional(),
			app_home: z
				.object({
					home_tab_enabled: z.boolean().default(false),
					messages_tab_enabled: z.boolean().default(true),
				})
				.optional(),
			slash_commands: z
				.array(
					z.object({
						command: z.string(),
						description: z.string().default(""),
						usage_hint: z.string().default(""),
						should_escape: z.boolean().default(false),
					}),
				)
				.default([]),
			shortcuts: z
				.array(
					z.object({
						type: z.enum(["message", "global"]),
						name: z.string(),
						callback_id: z.string(),
						description: z.string().default(""),
					}),
				)
				.default([]),
			unfurl_domains: z.array(z.string()).default([]),
		})
		.prefault({}),
	oauth_config: z.object({
		redirect_urls: z.array(z.string()).default([]),
		scopes: z.object({ bot: z.array(z.string()).default([]) }),
	}),
	settings: z
		.object({
			event_subscriptions: z.object({ bot_events: z.array(z.string()).default([]) }).prefault({}),
			org_deploy_enabled: z.boolean().default(false),
			interactivity: z.object({ is_enabled: z.boolean() }).optional(),
		})
		.prefault({}),
});

/** The app as it is registered: what it may do, what it hears, what it offers. */
export type Manifest = z.infer<typeof manifestSchema>;

export function parseManifest(manifest: unknown): Manifest {
	return manifestSchema.parse(manifest);
}

/**
 * Reads the project's own manifest, so that the playground grants exactly the scopes and events that Slack would.
 * @throws ZodError or SyntaxError when the file is not a manifest; a missing file is an error too
 */
export function readManifest(): Manifest {
	return parseManifest(readRaw());
}

export function readRaw(): unknown {
	return readProject("slack-app.json");
}

/** The app registered with code channels too: what its second manifest adds. @throws as `readManifest` does */
export function addCodeChannels(manifest: Manifest): Manifest {
	const more = manifestSchema
		.pick({ features: true, oauth_config: true })
		.parse(readProject("slack-app-code-channels.json"));
	const bot = [...manifest.oauth_config.scopes.bot, ...more.oauth_config.scopes.bot];
	return {
		...manifest,
		features: { ...manifest.features, code_channels: more.features.code_channels },
		oauth_config: { ...manifest.oauth_config, scopes: { bot } },
	};
}

function readProject(name: string): unknown {
	return JSON.parse(readFileSync(new URL(`../../../manifests/${name}`, import.meta.url), "utf8"));
}

/** The project's manifest names no real address; whoever registers the app puts theirs in. */
export function registerAt<M>(manifest: M, appOrigin: string): M {
	return JSON.parse(JSON.stringify(manifest).replaceAll("https://example.com", appOrigin)) as M;
}

import { readdirSync, readFileSync } from "node:fs";
import { WebClient } from "@slack/web-api";
import { describe, expect, test } from "vitest";
import manifest from "../../manifests/slack-app.json" with { type: "json" };
import more from "../../manifests/slack-app-code-channels.json" with { type: "json" };
import { loadConfig } from "../../src/config.ts";
import { createSeal } from "../../src/secrets/seal.ts";
import * as actions from "../../src/slack/blocks/actions.ts";
import { compareApp, exportedManifest } from "../../src/slack/install/compare-app.ts";
import { createAppUrl, manifestFor } from "../../src/slack/install/create-app-url.ts";
import { makeState, openState } from "../../src/slack/install/install-state.ts";
import { readPlace } from "../../src/slack/install/payload-place.ts";
import {
	EVENTS,
	FEATURES,
	METHODS,
	OPTIONAL_METHODS,
	optionalScopes,
	usedScopes,
} from "../../src/slack/install/uses.ts";

/** All of the Slack app's code, without the spaces around its points and between its parts. */
const source = readdirSync("src/slack", { recursive: true, encoding: "utf8" })
	.filter((path) => path.endsWith(".ts"))
	.map((path) => readFileSync(`src/slack/${path}`, "utf8"))
	.join("\n")
	.replaceAll(/\s*\.\s*/g, ".");
const code = source.replaceAll(/\s+/g, "");

/** Of the doctor, with other tokens than a bot's or with what every bot may. */
const BESIDES = ["apps.manifest.export", "bots.info"];

/** Whether Slack's client has a method of that name: `views.open` is one, `users.map` is none. */
function isMethod(name: string): boolean {
	const path = name.split(".");
	const found = path.reduce<unknown>(
		(at, part) => (at as Record<string, unknown> | undefined)?.[part],
		client,
	);
	return typeof found === "function";
}
const client = new WebClient();

describe("what the app uses", () => {
	test("is every method that its code calls, and no other", () => {
		const called = [...source.matchAll(/([a-zA-Z]+(?:\.[a-zA-Z0-9]+){1,4})\(/g)].flatMap(([, name = ""]) =>
			// What stands before it is a variable's name.
			[name, name.split(".").slice(1).join("."), name.split(".").slice(2).join(".")]
				.filter((one) => one.includes(".") && isMethod(one))
				// `agents.conversations.create` is no `conversations.create`.
				.slice(0, 1),
		);
		expect([...new Set(called)].filter((name) => !BESIDES.includes(name)).sort()).toEqual(
			[...Object.keys(METHODS), ...Object.keys(OPTIONAL_METHODS)].sort(),
		);
	});

	test("is every event that it listens to, and the manifest asks for just these", () => {
		const heard = [...code.matchAll(/\.event\("([a-z_]+)"/g)].map(([, name = ""]) => name);
		const wanted = new Set(Object.keys(EVENTS).map((name) => name.replace(/^message\..*/, "message")));
		expect([...new Set(heard)].sort()).toEqual([...wanted].sort());
		expect(manifest.settings.event_subscriptions.bot_events).toEqual(Object.keys(EVENTS));
	});

	test("needs just the scopes that the manifest asks for", () => {
		expect(manifest.oauth_config.scopes.bot).toEqual(usedScopes());
		for (const feature of Object.keys(FEATURES)) expect(Object.keys(manifest.features)).toContain(feature);
	});

	test("with code channels needs just the scopes that their manifest adds", () => {
		expect(more.oauth_config.scopes.bot).toEqual(optionalScopes());
	});

	test("is every command and shortcut that the manifest offers", () => {
		const commands = [...code.matchAll(/\.command\("([^"]+)"/g)].map(([, name]) => name);
		expect(manifest.features.slash_commands.map(({ command }) => command)).toEqual(commands);
		const names = [...code.matchAll(/\.shortcut\(\{type:"[a-z_]+",callback_id:([A-Z_]+)/g)];
		const heard = names.map(([, name = ""]) => (actions as unknown as Record<string, unknown>)[name]);
		expect(manifest.features.shortcuts.map((one) => one.callback_id).sort()).toEqual(heard.sort());
	});
});

describe("the manifest", () => {
	test("names this server wherever it names one", () => {
		const text = JSON.stringify(manifestFor("https://bobbin.acme.example"));
		expect(text).not.toContain("https://example.com");
		expect(text).toContain("https://bobbin.acme.example/slack/oauth_redirect");
		expect(text.match(/bobbin\.acme\.example\/slack\/events/g)).toHaveLength(4);
	});

	test("asks for code channels where they are wanted, and is the published one otherwise", () => {
		const asked = manifestFor("https://b.example", { codeChannels: true }) as typeof manifest & typeof more;
		expect(asked.features.code_channels).toEqual({ enabled: true });
		expect(asked.oauth_config.scopes.bot).toEqual(usedScopes({ codeChannels: true }));
		expect(JSON.stringify(manifestFor("https://b.example"))).not.toContain("code_channels");
	});

	test("for Socket Mode names none", () => {
		expect(manifestFor(null)).toMatchObject({ settings: { socket_mode_enabled: true } });
		expect(JSON.stringify(manifestFor(null))).not.toContain("example.com");
	});

	test("keeps Slack's limits: 35 characters in the name, 24 in a shortcut's, 300 for the agent", () => {
		expect(manifest.display_information.name.length).toBeLessThanOrEqual(35);
		for (const { name, description } of manifest.features.shortcuts) {
			expect(name.length).toBeLessThanOrEqual(24);
			expect(description.length).toBeLessThanOrEqual(150);
		}
		expect(manifest.features.agent_view.agent_description.length).toBeLessThanOrEqual(300);
	});

	test.each([
		["https://slack.com", "api.slack.com"],
		["https://slack-gov.com", "api.slack-gov.com"],
	])("is brought to the developers' pages of %s", (slackUrl, host) => {
		const url = new URL(createAppUrl(slackUrl, "https://bobbin.acme.example"));
		expect([url.host, url.pathname, url.searchParams.get("new_app")]).toEqual([host, "/apps", "1"]);
		const carried = JSON.parse(url.searchParams.get("manifest_json") ?? "");
		expect(carried).toEqual(manifestFor("https://bobbin.acme.example"));
		// Browsers and Slack's servers take no longer address.
		expect(url.href.length).toBeLessThan(8_000);
	});
});

describe("an install's state", () => {
	const seal = createSeal(() => [{ id: "k", bytes: new Uint8Array(32).fill(1) }]);
	const other = createSeal(() => [{ id: "k", bytes: new Uint8Array(32).fill(2) }]);
	const NOW = 1_800_000_000_000;
	const made = makeState(seal, NOW);
	const opened = (change: Partial<Parameters<typeof openState>[1]>, by = seal) =>
		openState(by, { state: made.state, browserKey: made.browserKey, nowMs: NOW + 1_000, ...change }).outcome;

	test.each([
		["is good in its browser", {}, "good"],
		["is not in another", { browserKey: "something-else" }, "other_browser"],
		["is not without a cookie", { browserKey: undefined }, "other_browser"],
		["ends after ten minutes", { nowMs: NOW + 10 * 60_000 }, "expired"],
		["is nothing if it was altered", { state: `${made.state.slice(0, -2)}AA` }, "unknown"],
		["is nothing if it was made up", { state: "abc" }, "unknown"],
	] as const)("%s", (_, change, outcome) => expect(opened(change)).toBe(outcome));

	test("is nothing to a server with other keys", () => expect(opened({}, other)).toBe("unknown"));
});

describe("where something from Slack belongs", () => {
	const event = { type: "message", channel: "C1", user: "U1" };
	test.each([
		["the workspace of an event", { team_id: "T1", event }, { teamId: "T1", channelId: "C1", userId: "U1" }],
		[
			"ours, not the author's, in a shared channel",
			{ team_id: "T2", authorizations: [{ team_id: "T1" }], is_ext_shared_channel: true, event },
			{ teamId: "T1", isShared: true },
		],
		[
			"the workspace of an organisation's installation",
			{
				team_id: "T2",
				context_team_id: "T1",
				authorizations: [{ team_id: null, enterprise_id: "E1" }],
				event,
			},
			{ teamId: "T1", enterpriseId: "E1" },
		],
		[
			"an event without a channel",
			{ team_id: "T1", event: { type: "app_uninstalled" } },
			{ teamId: "T1", channelId: null },
		],
		[
			"a reaction's channel",
			{ team_id: "T1", event: { type: "reaction_added", user: "U1", item: { channel: "C9" } } },
			{ channelId: "C9" },
		],
		[
			"a command",
			{ command: "/bobbin", team_id: "T1", channel_id: "C1", user_id: "U1", enterprise_id: "E1" },
			{ kind: "command", teamId: "T1", enterpriseId: "E1", channelId: "C1", userId: "U1" },
		],
		[
			"a click in a shared channel, by whose message it is",
			{
				type: "block_actions",
				team: { id: "T2" },
				user: { id: "U2" },
				message: { team: "T1" },
				channel: { id: "C1" },
			},
			{ kind: "interaction", teamId: "T1", channelId: "C1" },
		],
		[
			"a click in a shared channel of somebody whose organisation has the app too",
			{
				type: "block_actions",
				team: { id: "T2", enterprise_id: "E2" },
				enterprise: { id: "E2" },
				user: { id: "U2", team_id: "T2" },
				message: { team: "T1" },
				channel: { id: "C1" },
			},
			{ teamId: "T1", enterpriseId: null },
		],
		[
			"a click within an organisation that has the app",
			{
				type: "block_actions",
				team: { id: "T1", enterprise_id: "E1" },
				enterprise: { id: "E1" },
				user: { id: "U1", team_id: "T1" },
				message: { team: "T1" },
			},
			{ teamId: "T1", enterpriseId: "E1" },
		],
		[
			"a modal, by where the app is installed",
			{
				type: "view_submission",
				team: { id: "T2" },
				user: { id: "U2" },
				view: { app_installed_team_id: "T1" },
			},
			{ teamId: "T1", channelId: null },
		],
		[
			"a click where the whole organisation has the app",
			{ type: "block_actions", team: null, enterprise: { id: "E1" }, user: { id: "U1", team_id: "T1" } },
			{ teamId: "T1", enterpriseId: "E1" },
		],
	])("is %s", (_, body, place) => expect(readPlace(body)).toMatchObject(place));
});

describe("the app as Slack has it", () => {
	const server = {
		publicUrl: "https://b.example",
		socketMode: false,
		redirectUrl: "https://b.example/slack/oauth_redirect",
	};
	const asMade = () => exportedManifest.parse(manifestFor("https://b.example"));
	const found = (change: (app: ReturnType<typeof asMade>) => void, on: Partial<typeof server> = {}) => {
		const app = asMade();
		change(app);
		return compareApp(app, { ...server, ...on }).map(({ message }) => message);
	};

	test("lacks nothing when it was made from the manifest", () => {
		expect(found(() => {})).toEqual([]);
		const socket = exportedManifest.parse(manifestFor(null));
		expect(compareApp(socket, { publicUrl: null, socketMode: true, redirectUrl: null })).toEqual([]);
	});

	test("is told of code channels only where they are wanted", () => {
		const wanting = { ...server, codeChannels: true };
		const asked = exportedManifest.parse(manifestFor("https://b.example", { codeChannels: true }));
		expect(compareApp(asked, wanting)).toEqual([]);
		expect(compareApp(asked, server)).toEqual([]);
		expect(compareApp(asMade(), wanting).map(({ message }) => message)).toEqual([
			expect.stringContaining("code_channels:manage"),
			expect.stringContaining("has no code channels"),
		]);
	});

	test.each([
		[
			"an event",
			(app: ReturnType<typeof asMade>) => {
				app.settings.event_subscriptions.bot_events.shift();
			},
			"the app does not hear agent_session_stopped",
		],
		[
			"a scope",
			(app: ReturnType<typeof asMade>) => {
				app.oauth_config.scopes.bot.shift();
			},
			"the app does not ask for app_mentions:read",
		],
		[
			"the address of events",
			(app: ReturnType<typeof asMade>) => {
				app.settings.event_subscriptions.request_url = "https://old.example/slack/events";
			},
			"events go to https://old.example/slack/events",
		],
		[
			"buttons",
			(app: ReturnType<typeof asMade>) => {
				app.settings.interactivity.is_enabled = false;
			},
			"buttons go to nowhere",
		],
		[
			"the way back",
			(app: ReturnType<typeof asMade>) => {
				app.oauth_config.redirect_urls = [];
			},
			"people cannot come back from an install",
		],
	])("is told when it lacks %s", (_, change, message) => expect(found(change)).toEqual([message]));
});

describe("the settings", () => {
	const many = {
		SLACK_CLIENT_ID: "1.2",
		SLACK_CLIENT_SECRET: "s",
		SLACK_SIGNING_SECRET: "t",
		PUBLIC_URL: "https://b.example/",
	};
	const github = { GITHUB_APP_ID: "1", GITHUB_PRIVATE_KEY: "k", GITHUB_WEBHOOK_SECRET: "w" };

	test("for many workspaces need no bot token", () => {
		const { slack } = loadConfig(many);
		expect(slack?.botToken).toBeNull();
		expect(slack?.oauth).toEqual({
			clientId: "1.2",
			clientSecret: "s",
			authorizeUrl: "https://slack.com/oauth/v2/authorize",
			redirectUrl: "https://b.example/slack/oauth_redirect",
		});
	});

	test.each([
		["without the secret", { SLACK_CLIENT_SECRET: "" }, "SLACK_CLIENT_SECRET"],
		["without an address to come back to", { PUBLIC_URL: "" }, "PUBLIC_URL"],
		["without a way for events", { SLACK_SIGNING_SECRET: "" }, "SLACK_SIGNING_SECRET"],
		["without people's GitHub accounts", github, "GITHUB_CLIENT_ID"],
	])("for many workspaces are refused %s", (_, change, named) => {
		expect(() => loadConfig({ ...many, ...change })).toThrow(named);
	});
});

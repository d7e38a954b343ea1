import { type Context, Hono } from "hono";
import { AppError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import {
	type SlackInstallEnd,
	type SlackSetUp,
	slackInstallEndPage,
	slackInstalledPage,
	slackInstallPage,
} from "../pages/slack-install-page.ts";
import { createStateCookie } from "./state-cookie.ts";

const LONGEST = 2_000;

interface Installed {
	appId: string;
	teamId: string | null;
	/** At Slack. */
	installedBy: string;
}

export interface SlackInstallDeps {
	/** null: the Slack app has no client id and secret. */
	install: {
		begin(): { url: string; state: string; browserKey: string };
		finish(input: {
			state: string;
			browserKey: string | undefined;
			code: string | null;
		}): Promise<
			| ({ outcome: "installed"; name: string; botName: string } & Installed)
			| { outcome: Exclude<SlackInstallEnd, "unavailable" | "misconfigured" | "broken" | "not_set_up"> }
		>;
	} | null;
	setUp: SlackSetUp;
	/** The app's manifest for this server. */
	manifest: object;
	/** Where the app is found in the workspace in which it was just installed. */
	openUrl: (of: Installed) => string;
	log: Log;
}

/** How the app comes into a workspace: a page that says how, the way to Slack and back, a page that says how to begin. */
export function createSlackInstallRoutes({ install, setUp, manifest, openUrl, log }: SlackInstallDeps): Hono {
	const isSecure = setUp.redirectUrl.startsWith("https:");
	const cookie = createStateCookie({ prefix: "bobbin_install", path: "/slack", isSecure });
	const app = new Hono();

	for (const path of ["/slack/install", "/slack/install/*", "/slack/oauth_redirect"]) {
		app.use(path, async (c, next) => {
			// Addresses hold a state or a code; pages of others must neither learn them nor frame these.
			c.header("cache-control", "no-store");
			c.header("referrer-policy", "no-referrer");
			c.header("x-frame-options", "DENY");
			await next();
		});
	}

	app.get("/slack/install", (c) => c.html(slackInstallPage(setUp)));

	app.get("/slack/install/manifest.json", (c) => c.json(manifest));

	app.get("/slack/install/go", (c) => {
		if (install === null) return end(c, "not_set_up");
		const { url, state, browserKey } = install.begin();
		cookie.set(c, state, browserKey);
		return c.redirect(url, 302);
	});

	app.get("/slack/oauth_redirect", async (c) => {
		if (install === null) return end(c, "not_set_up");
		const state = c.req.query("state") ?? "";
		if (state === "" || state.length > LONGEST) return end(c, "unknown");
		const code = c.req.query("error") === undefined ? (c.req.query("code") ?? null) : null;
		try {
			const ended = await install.finish({ state, browserKey: cookie.get(c, state), code });
			if (ended.outcome !== "installed") return end(c, ended.outcome);
			return c.html(slackInstalledPage({ ...ended, openUrl: openUrl(ended) }));
		} catch (error) {
			if (!(error instanceof AppError)) throw error;
			log.warn({ code: error.code, err: error }, "the Slack app could not be installed");
			return end(c, error.retryable ? "unavailable" : "misconfigured");
		}
	});

	app.onError((error, c) => {
		log.error({ err: error, path: c.req.path }, "an install in Slack failed");
		return end(c, "broken");
	});
	return app;
}

function end(c: Context, name: SlackInstallEnd) {
	const { status, body } = slackInstallEndPage(name);
	return c.html(body, status);
}

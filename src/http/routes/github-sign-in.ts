import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { AppError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import type { Linking } from "../../people/linking.ts";
import {
	confirmPage,
	linkedPage,
	type SignInEnd,
	signInEndPage,
	takenPage,
} from "../pages/github-sign-in-page.ts";
import { createStateCookie } from "./state-cookie.ts";

const MAX_ERROR_LENGTH = 60;
const FORM_MAX_BYTES = 16 * 1024;
const STATE = /^[\w-]{20,200}$/;

export interface GithubSignInDeps {
	/** null: the GitHub App has no client id and secret. */
	linking: Pick<Linking, "begin" | "arrive" | "confirm" | "decline"> | null;
	/** The name of a Slack workspace; null where it is not known. */
	workspaceName: (teamId: string) => Promise<string | null>;
	publicUrl: string;
	log: Log;
}

/** Signing in with GitHub: from a person's private link there and back, then a page that asks whether it is them. */
export function createGithubSignInRoutes(deps: GithubSignInDeps): Hono {
	const { linking, log } = deps;
	const isSecure = deps.publicUrl.startsWith("https:");
	const cookie = createStateCookie({ prefix: "bobbin_link", path: "/github", isSecure });
	const ownOrigin = new URL(deps.publicUrl).origin;
	const app = new Hono();

	for (const path of ["/github/connect", "/github/connect/*", "/github/callback"]) {
		app.use(path, async (c, next) => {
			// Addresses hold a state or a code; pages of others must neither learn them nor frame these.
			c.header("cache-control", "no-store");
			// With "no-referrer" browsers would not say either where our own form comes from.
			c.header("referrer-policy", "same-origin");
			c.header("x-frame-options", "DENY");
			await next();
		});
	}
	if (linking === null) {
		return app
			.get("/github/connect", (c) => end(c, "not_set_up"))
			.get("/github/callback", (c) => end(c, "not_set_up"));
	}

	app.get("/github/connect", async (c) => {
		const state = readState(c.req.query("state"));
		if (state === null) return end(c, "unknown");
		const begun = await linking.begin(state);
		if (begun.outcome !== "go") return end(c, begun.outcome);
		cookie.set(c, state, begun.browserKey);
		return c.redirect(begun.url, 302);
	});

	app.get("/github/callback", async (c) => {
		const state = readState(c.req.query("state"));
		if (state === null) return end(c, "unknown");
		const error = c.req.query("error");
		if (error !== undefined && error !== "access_denied") {
			log.warn({ error: error.slice(0, MAX_ERROR_LENGTH) }, "GitHub refuses to sign people in");
			return end(c, "misconfigured");
		}
		const code = error === undefined ? (c.req.query("code") ?? null) : null;
		return orTrouble(c, async () => {
			const arrived = await linking.arrive({ state, browserKey: cookie.get(c, state), code });
			if (arrived.outcome !== "ask") return end(c, arrived.outcome);
			const { question } = arrived;
			const workspace = question.teamId === null ? null : await deps.workspaceName(question.teamId);
			return c.html(confirmPage({ question, workspace, state }));
		});
	});

	const limit = bodyLimit({ maxSize: FORM_MAX_BYTES, onError: (c) => end(c, "unknown") });
	app.post("/github/connect/confirm", limit, async (c) => {
		const origin = c.req.header("origin");
		if (origin !== undefined && origin !== ownOrigin) return end(c, "foreign_form");
		const form = await c.req.parseBody();
		const state = readState(form.state);
		if (state === null) return end(c, "unknown");
		const browserKey = cookie.get(c, state);
		return orTrouble(c, async () => {
			if (form.answer !== "yes") return end(c, (await linking.decline({ state, browserKey })).outcome);
			const email = typeof form.email === "string" && form.email !== "" ? form.email : null;
			const confirmed = await linking.confirm({ state, browserKey, email });
			switch (confirmed.outcome) {
				case "linked":
					return c.html(linkedPage(confirmed.login, confirmed.releasedSessions));
				case "taken":
					return c.html(takenPage(confirmed.login, confirmed.owner), 409);
				default:
					return end(c, confirmed.outcome);
			}
		});
	});

	app.onError((error, c) => {
		log.error({ err: error, path: c.req.path }, "a sign-in with GitHub failed");
		return end(c, "broken");
	});

	async function orTrouble(c: Context, act: () => Promise<Response>): Promise<Response> {
		try {
			return await act();
		} catch (error) {
			if (!(error instanceof AppError)) throw error;
			// Anything else, such as a key that was lost, is no trouble with GitHub.
			if (!error.retryable && error.code !== "github_unauthorized") throw error;
			log.warn({ code: error.code }, "somebody could not sign in with GitHub");
			return end(c, error.retryable ? "unavailable" : "misconfigured");
		}
	}

	return app;
}

function end(c: Context, name: SignInEnd) {
	const { status, body } = signInEndPage(name);
	return c.html(body, status);
}

function readState(value: unknown): string | null {
	return typeof value === "string" && STATE.test(value) ? value : null;
}

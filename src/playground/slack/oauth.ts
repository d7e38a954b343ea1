import { randomBytes } from "node:crypto";
import { type Context, Hono } from "hono";
import { html } from "hono/html";
import { botIn } from "./bots.ts";
import { installApp } from "./install-app.ts";
import type { OauthCode, User } from "./model.ts";
import { Refused } from "./refused.ts";
import { APP, type World } from "./world.ts";

const CODE_LIFETIME_MS = 10 * 60_000;

export interface OauthApp {
	clientId: string;
	clientSecret: string;
}

interface Asked {
	scopes: string[];
	redirectUri: string;
	state: string;
}

/** `/oauth/v2/authorize`: somebody agrees, in their workspace or for their whole organisation, and is sent back with a code. */
export function createOauthPages({ world, app }: { world: World; app: OauthApp }): Hono {
	const { store } = world;
	const pages = new Hono();

	/** @throws Refused as Slack's page does, with the code that it shows */
	function readRequest(query: (name: string) => string | undefined): Asked {
		const { scopes, redirect_urls: registered } = world.manifest.oauth_config;
		if (query("client_id") !== app.clientId) throw new Refused("invalid_client_id");
		const redirectUri = query("redirect_uri") ?? registered[0];
		if (redirectUri === undefined || !registered.some((known) => redirectUri.startsWith(known)))
			throw new Refused("bad_redirect_uri");
		const asked = (query("scope") ?? "").split(/[ ,]+/).filter((scope) => scope !== "");
		if (asked.length === 0) throw new Refused("no_scopes");
		const foreign = asked.filter((scope) => !scopes.bot.includes(scope));
		if (foreign.length > 0) throw new Refused("invalid_scope", foreign);
		return { scopes: asked, redirectUri, state: query("state") ?? "" };
	}

	const mayInstall = (user: User) => !user.deleted && (user.kind === "admin" || user.kind === "member");

	const rank = (user: User) =>
		(botIn(store, user.team_id) === null ? 0 : 2) + (user.kind === "admin" ? 0 : 1);

	/** Where somebody could install it: their workspace, and their organisation if the app may be. */
	function placesOf(user: User): { kind: "workspace" | "organisation"; id: string; name: string }[] {
		const team = store.team(user.team_id);
		if (team === undefined) return [];
		const own = { kind: "workspace" as const, id: team.id, name: team.name };
		return team.enterprise_id !== undefined && world.manifest.settings.org_deploy_enabled
			? [own, { kind: "organisation" as const, id: team.enterprise_id, name: "the whole organisation" }]
			: [own];
	}

	pages.onError((error, context) => {
		if (!(error instanceof Refused)) throw error;
		world.refuse({
			method: "oauth/v2/authorize",
			team_id: null,
			user: null,
			error: error.error,
			messages: error.messages,
			args: context.req.query(),
		});
		const words = `Something went wrong when authorizing this app: ${error.error} ${error.messages.join(", ")}`;
		return context.html(page("Error", html`<p>${words}</p>`), 400);
	});

	pages.get("/oauth/v2/authorize", (context) => {
		const asked = readRequest((name) => context.req.query(name));
		const choices = store
			.users()
			.filter((user) => user.token !== null && mayInstall(user))
			// Where it is not yet first, and whoever may do everything there.
			.toSorted((a, b) => rank(a) - rank(b))
			.flatMap((user) => placesOf(user).map((place) => ({ user, place })));
		return context.html(
			page(
				`${world.manifest.display_information.name} asks for access`,
				html`<p>It will be able to: ${asked.scopes.join(", ")}</p>
					<form method="post">
						<label>Install it in
							<select name="choice" aria-label="Workspace and person">
								${choices.map(
									({ user, place }) =>
										html`<option value="${user.id} ${place.kind}">${place.name} (as ${user.real_name})</option>`,
								)}
							</select>
						</label>
						<p><button name="answer" value="allow">Allow</button> <button name="answer" value="cancel">Cancel</button></p>
					</form>`,
			),
		);
	});

	pages.post("/oauth/v2/authorize", async (context) => {
		const asked = readRequest((name) => context.req.query(name));
		const form = await context.req.parseBody();
		const back = new URL(asked.redirectUri);
		back.searchParams.set("state", asked.state);
		if (form.answer !== "allow") {
			back.searchParams.set("error", "access_denied");
			return context.redirect(back.href);
		}
		const [userId = "", kind] = String(form.choice).split(" ");
		const user = store.user(userId);
		const place = user && mayInstall(user) ? placesOf(user).find((one) => one.kind === kind) : undefined;
		if (place === undefined) throw new Refused("invalid_team_for_non_distributed_app");
		const code = randomBytes(16).toString("hex");
		store.saveOauthCode(code, {
			user_id: userId,
			place: { kind: place.kind, id: place.id },
			scopes: asked.scopes,
			redirect_uri: asked.redirectUri,
			expires_at: world.now() + CODE_LIFETIME_MS,
			used: false,
		});
		back.searchParams.set("code", code);
		return context.redirect(back.href);
	});
	return pages;
}

/**
 * `oauth.v2.access`, which needs no token: a code becomes a bot's.
 * @throws Refused `invalid_client_id`, `bad_client_secret`, `invalid_code`, `code_already_used`, `bad_redirect_uri`
 */
export function exchangeCode(
	world: World,
	app: OauthApp,
	context: Context,
	args: Record<string, unknown>,
): Record<string, unknown> {
	const basic = /^Basic (.+)$/i.exec(context.req.header("authorization") ?? "")?.[1];
	const [basicId, basicSecret] = basic ? Buffer.from(basic, "base64").toString().split(":") : [];
	if ((args.client_id ?? basicId) !== app.clientId) throw new Refused("invalid_client_id");
	if ((args.client_secret ?? basicSecret) !== app.clientSecret) throw new Refused("bad_client_secret");
	const code = String(args.code ?? "");
	const grant: OauthCode | undefined = world.store.oauthCode(code);
	if (grant === undefined || grant.expires_at < world.now()) throw new Refused("invalid_code");
	if (grant.used) throw new Refused("code_already_used");
	if (args.redirect_uri !== grant.redirect_uri) throw new Refused("bad_redirect_uri");
	const by = world.store.user(grant.user_id);
	if (by === undefined || by.deleted) throw new Refused("invalid_code");
	world.store.saveOauthCode(code, { ...grant, used: true });
	const installation = installApp(world, by, { ...grant.place, scopes: grant.scopes });
	const team = grant.place.kind === "workspace" ? world.store.team(grant.place.id) : undefined;
	const enterpriseId = grant.place.kind === "organisation" ? grant.place.id : team?.enterprise_id;
	return {
		app_id: APP.id,
		authed_user: { id: by.id },
		scope: grant.scopes.join(","),
		token_type: "bot",
		access_token: installation.token,
		bot_user_id: installation.bot_user_id,
		team: team === undefined ? null : { id: team.id, name: team.name },
		enterprise: enterpriseId === undefined ? null : { id: enterpriseId, name: "Initech" },
		is_enterprise_install: team === undefined,
	};
}

function page(title: string, content: ReturnType<typeof html>) {
	return html`<!doctype html>
		<html lang="en">
			<head>
				<meta charset="utf-8" />
				<meta name="viewport" content="width=device-width, initial-scale=1" />
				<title>${title} · Playground Slack</title>
				<style>
					body { max-width: 36rem; margin: 3rem auto; padding: 0 1rem; font: 16px/1.5 system-ui, sans-serif; color-scheme: light dark }
					select, button { font: inherit; padding: .35rem .75rem }
				</style>
			</head>
			<body><h1>${title}</h1>${content}</body>
		</html>`;
}

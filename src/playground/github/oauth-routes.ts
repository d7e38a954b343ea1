import { createHash, randomBytes } from "node:crypto";
import { type Context, Hono } from "hono";
import { html } from "hono/html";
import { drawPage } from "./pages/layout.ts";
import { notFound, Refusal } from "./refusal.ts";
import type { PersonRow } from "./rows.ts";
import { same } from "./same.ts";
import { issueUserToken, refreshUserToken } from "./user-grants.ts";
import type { World } from "./world.ts";

const CODE_LIFE_MS = 10 * 60 * 1000;

interface CodeRow {
	code: string;
	login: string;
	redirect_uri: string;
	code_challenge: string | null;
	expires_at_ms: number;
}

/** Sign-in of a person to the App: a page to pick who, a code, a user-to-server token and its refreshing. */
export function createOauthRoutes(world: World): Hono {
	const app = new Hono();
	const { state, identity } = world;
	const base = new URL(world.url).pathname;
	/** The App's registered callback lies on the app's own origin. */
	const callback = new URL("/github/callback", world.webhooksUrl);

	function checkRequest(query: Record<string, string>) {
		if (query.client_id !== identity.clientId) throw notFound();
		const redirectUri = query.redirect_uri ?? callback.href;
		if (!isCallback(redirectUri)) {
			throw new Refusal(400, "The redirect_uri is not associated with this application.");
		}
		if (query.code_challenge !== undefined) {
			if (query.code_challenge_method !== "S256")
				throw new Refusal(400, "Only the code challenge method S256 is supported.");
			// SHA-256, base64url, without padding.
			if (!/^[\w-]{43}$/.test(query.code_challenge)) throw new Refusal(400, "The code challenge is none.");
		}
		return { redirectUri, state: query.state, challenge: query.code_challenge ?? null };
	}

	/** GitHub takes the registered address and what lies below it. */
	function isCallback(address: string): boolean {
		if (!URL.canParse(address)) return false;
		const { origin, pathname } = new URL(address);
		const isBelow = pathname === callback.pathname || pathname.startsWith(`${callback.pathname}/`);
		return origin === callback.origin && isBelow;
	}

	app.get("/login/oauth/authorize", (c) => {
		const query = c.req.query();
		const { redirectUri, state: given } = checkRequest(query);
		const refused = new URL(redirectUri);
		refused.searchParams.set("error", "access_denied");
		refused.searchParams.set("error_description", "The user has denied your application access.");
		if (given !== undefined) refused.searchParams.set("state", given);
		const people = state.all<PersonRow>("select * from people order by id");
		const action = `${base}/login/oauth/authorize?${new URLSearchParams(query)}`;
		return c.html(
			drawPage(
				base,
				"Authorize",
				html`<h1>${identity.name} wants to know who you are</h1>
<div class="box">${people.map(({ login, name }) => html`<form method="post" action="${action}"><input type="hidden" name="login" value="${login}"><button class="primary">Go on as ${name} (${login})</button></form>`)}</div>
<p><a href="${refused.href}">Cancel</a></p>`,
			),
		);
	});

	app.post("/login/oauth/authorize", async (c) => {
		const request = checkRequest(c.req.query());
		const login = String((await c.req.formData()).get("login"));
		if (state.get("select 1 from people where login = ?", login) === undefined) throw notFound();
		const code = randomBytes(10).toString("hex");
		state.run(
			"insert into oauth_codes (code, login, redirect_uri, code_challenge, expires_at_ms) values (?, ?, ?, ?, ?)",
			code,
			login,
			request.redirectUri,
			request.challenge,
			world.now() + CODE_LIFE_MS,
		);
		const target = new URL(request.redirectUri);
		target.searchParams.set("code", code);
		if (request.state !== undefined) target.searchParams.set("state", request.state);
		return c.redirect(target.toString(), 302);
	});

	app.post("/login/oauth/access_token", async (c) => {
		const input = await readInput(c);
		const answer = exchange(input);
		// GitHub says what is wrong with 200, and in a form unless JSON was asked for.
		return c.req.header("accept")?.includes("json") ? c.json(answer) : c.text(toForm(answer));
	});

	function exchange(input: Record<string, string>) {
		if (input.client_id !== identity.clientId || !same(input.client_secret ?? "", identity.clientSecret)) {
			return failure(
				"incorrect_client_credentials",
				"The client_id and/or client_secret passed are incorrect.",
			);
		}
		if (input.grant_type === "refresh_token") {
			return (
				refreshUserToken(world, input.refresh_token ?? "") ??
				failure("bad_refresh_token", "The refresh token passed is incorrect or expired.")
			);
		}
		const row = state.get<CodeRow>("delete from oauth_codes where code = ? returning *", input.code ?? "");
		const verified =
			row?.code_challenge == null ||
			same(
				createHash("sha256")
					.update(input.code_verifier ?? "")
					.digest("base64url"),
				row.code_challenge,
			);
		if (row === undefined || row.expires_at_ms <= world.now() || !verified) {
			return failure("bad_verification_code", "The code passed is incorrect or expired.");
		}
		if (input.redirect_uri !== undefined && input.redirect_uri !== row.redirect_uri) {
			return failure("redirect_uri_mismatch", "The redirect_uri MUST match the registered callback URL.");
		}
		return issueUserToken(world, row.login);
	}

	return app;
}

function toForm(answer: object): string {
	const form = new URLSearchParams();
	for (const [name, value] of Object.entries(answer)) form.set(name, String(value));
	return form.toString();
}

const failure = (error: string, description: string) => ({
	error,
	error_description: description,
	error_uri: "https://docs.github.com/apps",
});

async function readInput(c: Context): Promise<Record<string, string>> {
	if (c.req.header("content-type")?.includes("json")) {
		const body: unknown = await c.req.json().catch(() => null);
		if (typeof body !== "object" || body === null) throw new Refusal(400, "Problems parsing JSON");
		return Object.fromEntries(Object.entries(body).map(([name, value]) => [name, String(value)]));
	}
	return Object.fromEntries(new URLSearchParams(await c.req.text()));
}

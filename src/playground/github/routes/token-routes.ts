import { type Context, Hono } from "hono";
import { z } from "zod";
import { showUser } from "../actors.ts";
import { notFound, Refusal, requiresAuthentication } from "../refusal.ts";
import { type RestEnv, readBody } from "../rest.ts";
import { same } from "../same.ts";
import { endGrant, endUserToken, findUserToken } from "../user-grants.ts";
import type { World } from "../world.ts";

const body = z.strictObject({ access_token: z.string().min(1) });

/** The App about the tokens that it got for people. It shows its client id and secret as user and password. */
export function createTokenRoutes(world: World): Hono<RestEnv> {
	const app = new Hono<RestEnv>();
	const { identity } = world;

	async function openToken(c: Context<RestEnv>): Promise<{ token: string; login: string }> {
		const [scheme = "", credential = ""] = (c.req.header("authorization") ?? "").split(" ");
		const pair = Buffer.from(credential, "base64").toString("utf8");
		const [id = "", secret = ""] = pair.split(":");
		if (!/^basic$/i.test(scheme)) throw requiresAuthentication();
		if (id !== identity.clientId || !same(secret, identity.clientSecret)) throw notFound();
		if (c.req.param("client") !== identity.clientId) throw notFound();
		const { access_token: token } = await readBody(c, body, "OauthAccess");
		if (!/^ghu_/.test(token)) throw new Refusal(422, "Validation Failed");
		const found = findUserToken(world, token);
		if (found === undefined) throw notFound();
		return { token, login: found.login };
	}

	app.post("/applications/:client/token", async (c) => {
		const { token, login } = await openToken(c);
		return c.json({
			id: 1,
			token,
			token_last_eight: token.slice(-8),
			app: { name: identity.name, client_id: identity.clientId, url: world.url },
			scopes: [],
			user: showUser(world, login),
		});
	});

	app.delete("/applications/:client/token", async (c) => {
		endUserToken(world, (await openToken(c)).token);
		return c.body(null, 204);
	});

	app.delete("/applications/:client/grant", async (c) => {
		endGrant(world, (await openToken(c)).login);
		return c.body(null, 204);
	});

	return app;
}

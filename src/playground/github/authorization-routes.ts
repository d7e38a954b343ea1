import { Hono } from "hono";
import { html } from "hono/html";
import { showUser } from "./actors.ts";
import { drawPage } from "./pages/layout.ts";
import { notFound } from "./refusal.ts";
import type { PersonRow } from "./rows.ts";
import { endGrant } from "./user-grants.ts";
import type { World } from "./world.ts";

/** Who authorized the App, and the button with which a person takes it back, as at GitHub under Settings, Applications. */
export function createAuthorizationRoutes(world: World): Hono {
	const app = new Hono();
	const { state, identity } = world;
	const base = new URL(world.url).pathname;
	const page = `${base}/settings/apps/authorizations`;

	app.get("/settings/apps/authorizations", (c) => {
		const people = state.all<PersonRow>(
			"select * from people where login in (select login from tokens where kind in ('user', 'refresh')) order by id",
		);
		const rows = people.map(
			({ login, name }) =>
				html`<form method="post" action="${page}"><p>${name} (${login}) authorized ${identity.name} <input type="hidden" name="login" value="${login}"><button>Revoke</button></p></form>`,
		);
		const none = html`<p>Nobody has authorized ${identity.name}.</p>`;
		return c.html(
			drawPage(
				base,
				"Authorized GitHub Apps",
				html`<h1>Authorized GitHub Apps</h1><div class="box">${people.length === 0 ? none : rows}</div>`,
			),
		);
	});

	app.post("/settings/apps/authorizations", async (c) => {
		const login = String((await c.req.formData()).get("login"));
		if (state.get("select 1 from people where login = ?", login) === undefined) throw notFound();
		state.transaction(() => {
			if (endGrant(world, login) === 0) return;
			world.deliveries.add("github_app_authorization", {
				action: "revoked",
				sender: showUser(world, login),
			});
		});
		return c.redirect(page, 303);
	});

	return app;
}

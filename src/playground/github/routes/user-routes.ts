import { Hono } from "hono";
import { canSee, findRole, ROLE_PERMISSIONS } from "../access.ts";
import { botLogin, showUser } from "../actors.ts";
import { notAccessible, notFound, requiresAuthentication } from "../refusal.ts";
import { showRepository } from "../repositories.ts";
import { openPathRepository, paginate, type RestContext, type RestEnv } from "../rest.ts";
import type { PersonRow, RepositoryRow } from "../rows.ts";
import type { World } from "../world.ts";

/** People, what is theirs, and what they may do. */
export function createUserRoutes(world: World): Hono<RestEnv> {
	const app = new Hono<RestEnv>();
	const { state } = world;

	function requirePerson(c: RestContext): PersonRow {
		const caller = c.get("caller");
		if (caller.kind === "anonymous") throw requiresAuthentication();
		if (caller.kind !== "user") throw notAccessible();
		const person = state.get<PersonRow>("select * from people where login = ?", caller.login);
		if (person === undefined) throw requiresAuthentication();
		return person;
	}

	app.get("/user", (c) => {
		const person = requirePerson(c);
		return c.json({ ...showUser(world, person.login), name: person.name, email: person.email });
	});

	app.get("/user/emails", (c) => {
		const person = requirePerson(c);
		const caller = c.get("caller");
		if (caller.kind === "user" && caller.throughApp && world.identity.permissions.emails === undefined)
			throw notAccessible();
		return c.json([{ email: person.email, primary: true, verified: true, visibility: "public" }]);
	});

	app.get("/user/repos", (c) => {
		requirePerson(c);
		const rows = state
			.all<RepositoryRow>("select * from repositories order by owner, name")
			.filter((repository) => canSee(world, c.get("caller"), repository));
		return c.json(paginate(c, world, rows).map((repository) => showRepository(world, repository)));
	});

	app.get("/user/installations", (c) => {
		requirePerson(c);
		const rows = state.all<{ id: number; owner: string }>("select * from installations order by id");
		return c.json({
			total_count: rows.length,
			installations: rows.map(({ id, owner }) => ({
				id,
				app_id: world.identity.appId,
				app_slug: world.identity.slug,
				account: showUser(world, owner),
				permissions: world.identity.permissions,
			})),
		});
	});

	// By its number, which stays when an account takes another name.
	app.get("/user/:id{[0-9]+}", (c) => {
		if (c.get("caller").kind === "anonymous") throw requiresAuthentication();
		const person = state.get<PersonRow>("select * from people where id = ?", Number(c.req.param("id")));
		if (person === undefined) throw notFound();
		return c.json({ ...showUser(world, person.login), name: person.name, email: person.email });
	});

	app.get("/users/:login", (c) => {
		if (c.get("caller").kind === "anonymous") throw requiresAuthentication();
		const login = c.req.param("login");
		const person = state.get<PersonRow>("select * from people where login = ?", login);
		if (person === undefined && login !== botLogin(world)) throw notFound();
		return c.json({ ...showUser(world, login), name: person?.name ?? null, email: person?.email ?? null });
	});

	app.get("/repos/:owner/:repo/collaborators/:login/permission", (c) => {
		const repository = openPathRepository(c, world, "metadata", "read");
		const login = c.req.param("login");
		const person = state.get<PersonRow>("select * from people where login = ?", login);
		if (person === undefined) throw notFound();
		const role = findRole(world, repository, login);
		return c.json({
			permission: role ?? "none",
			role_name: role ?? "none",
			user: {
				...showUser(world, login),
				permissions: role === null ? ROLE_PERMISSIONS.read : ROLE_PERMISSIONS[role],
			},
		});
	});

	return app;
}

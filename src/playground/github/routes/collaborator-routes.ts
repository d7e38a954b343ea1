import { Hono } from "hono";
import { z } from "zod";
import { findRole, type Role } from "../access.ts";
import { notAccessible, notFound, Refusal } from "../refusal.ts";
import { webhookFrame } from "../repositories.ts";
import { openPathRepository, type RestContext, type RestEnv, readBody } from "../rest.ts";
import type { PersonRow, RepositoryRow } from "../rows.ts";
import type { World } from "../world.ts";

const ROLES: Record<string, Role> = {
	pull: "read",
	triage: "read",
	push: "write",
	maintain: "write",
	admin: "admin",
};
const addBody = z.strictObject({
	permission: z.enum(["pull", "triage", "push", "maintain", "admin"]).default("push"),
});
const renameBody = z.strictObject({ login: z.string(), new_login: z.string().regex(/^[a-z\d-]{1,39}$/i) });

/** Who belongs to a repository, changed by its admins; and accounts that take another name. */
export function createCollaboratorRoutes(world: World): Hono<RestEnv> {
	const app = new Hono<RestEnv>();
	const { state } = world;

	function openAsAdmin(c: RestContext): { repository: RepositoryRow; sender: string; login: string } {
		const repository = openPathRepository(c, world, "administration", "read");
		const caller = c.get("caller");
		if (caller.kind !== "user" || caller.throughApp) throw notAccessible();
		if (findRole(world, repository, caller.login) !== "admin") {
			throw new Refusal(403, "Must have admin rights to Repository.");
		}
		const login = c.req.param("login") ?? "";
		if (state.get<PersonRow>("select * from people where login = ?", login) === undefined) throw notFound();
		return { repository, sender: caller.login, login };
	}

	function tell(action: string, { repository, sender, login }: ReturnType<typeof openAsAdmin>): void {
		const { id } = state.get<PersonRow>("select * from people where login = ?", login) ?? { id: 0 };
		world.deliveries.add("member", {
			action,
			member: { login, id, type: "User" },
			...webhookFrame(world, repository, sender),
		});
	}

	// GitHub invites strangers and answers 201; people of the organisation, as all are here, are added at once.
	app.put("/repos/:owner/:repo/collaborators/:login", async (c) => {
		const opened = openAsAdmin(c);
		const { permission } = await readBody(c, addBody, "Collaborator");
		const { repository, login } = opened;
		const before = findRole(world, repository, login);
		state.transaction(() => {
			state.run(
				`insert into collaborators (repository_id, login, role) values (?, ?, ?)
				 on conflict (repository_id, login) do update set role = excluded.role`,
				repository.id,
				login,
				ROLES[permission] ?? "write",
			);
			tell(before === null ? "added" : "edited", opened);
		});
		return c.body(null, 204);
	});

	app.delete("/repos/:owner/:repo/collaborators/:login", (c) => {
		const opened = openAsAdmin(c);
		state.transaction(() => {
			state.run(
				"delete from collaborators where repository_id = ? and login = ?",
				opened.repository.id,
				opened.login,
			);
			tell("removed", opened);
		});
		return c.body(null, 204);
	});

	// Not GitHub's: people do this in their settings. Their number stays, and anybody may take the old name.
	app.post("/playground/logins", async (c) => {
		const { login, new_login: newLogin } = await readBody(c, renameBody, "Login");
		const renamed = state.transaction(() => {
			const { changes } = state.run("update people set login = ? where login = ?", newLogin, login);
			for (const table of ["collaborators", "tokens", "oauth_codes"]) {
				state.run(`update ${table} set login = ? where login = ?`, newLogin, login);
			}
			for (const table of ["pulls", "comments", "reviews"]) {
				state.run(`update ${table} set author = ? where author = ?`, newLogin, login);
			}
			return changes > 0;
		});
		if (!renamed) throw notFound();
		return c.body(null, 204);
	});

	return app;
}

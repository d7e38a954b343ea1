import { Hono } from "hono";
import { z } from "zod";
import { canSee, findRepository, isWithheld } from "../access.ts";
import { botLogin, showUser } from "../actors.ts";
import type { Level } from "../app-identity.ts";
import { findSuspended, issueInstallationToken } from "../callers.ts";
import { installationSuspended, notFound, Refusal } from "../refusal.ts";
import { showRepository } from "../repositories.ts";
import { paginate, type RestContext, type RestEnv, readBody } from "../rest.ts";
import type { RepositoryRow } from "../rows.ts";
import { toTimestamp, type World } from "../world.ts";

interface InstallationRow {
	id: number;
	owner: string;
}

interface DeliveryRow {
	id: string;
	position: number;
	event: string;
	attempts: number;
	next_at_ms: number;
	delivered_at_ms: number | null;
	last_status: string | null;
}

const RANK: Record<Level, number> = { read: 1, write: 2, admin: 3 };

const FIRST_ATTEMPT_ID = 3_804_004_623_172_239_366n;

const accessTokenBody = z.strictObject({
	repositories: z.array(z.string()).max(500).optional(),
	repository_ids: z.array(z.number().int()).max(500).optional(),
	permissions: z.record(z.string(), z.enum(["read", "write", "admin"])).optional(),
});

/** The App about itself: its installations and their tokens. */
export function createAppRoutes(world: World): Hono<RestEnv> {
	const app = new Hono<RestEnv>();
	const { state, identity } = world;

	function requireApp(c: RestContext): void {
		if (c.get("caller").kind !== "app") throw new Refusal(401, "A JSON web token could not be decoded");
	}

	function showInstallation(installation: InstallationRow) {
		const suspendedAt = findSuspended(world, installation.id);
		return {
			id: installation.id,
			account: showUser(world, installation.owner),
			app_id: identity.appId,
			app_slug: identity.slug,
			target_id: showUser(world, installation.owner).id,
			target_type: "Organization",
			repository_selection: "all",
			permissions: identity.permissions,
			events: identity.events,
			access_tokens_url: `${world.apiUrl}/app/installations/${installation.id}/access_tokens`,
			repositories_url: `${world.apiUrl}/installation/repositories`,
			html_url: `${world.url}/${installation.owner}`,
			created_at: "2026-01-05T09:00:00Z",
			updated_at: "2026-01-05T09:00:00Z",
			single_file_name: null,
			suspended_at: suspendedAt,
			suspended_by: suspendedAt === null ? null : showUser(world, botLogin(world)),
		};
	}

	function openInstallation(id: string): InstallationRow {
		const row = state.get<InstallationRow>("select * from installations where id = ?", Number(id));
		if (row === undefined) throw notFound();
		return row;
	}

	app.get("/app", (c) => {
		requireApp(c);
		return c.json({
			id: identity.appId,
			slug: identity.slug,
			node_id: `A_${identity.appId}`,
			client_id: identity.clientId,
			owner: showUser(world, "acme"),
			name: identity.name,
			description: "",
			external_url: world.url,
			html_url: `${world.url}/apps/${identity.slug}`,
			permissions: identity.permissions,
			events: identity.events,
			created_at: "2026-01-05T09:00:00Z",
			updated_at: "2026-01-05T09:00:00Z",
		});
	});

	app.get("/app/hook/config", (c) => {
		requireApp(c);
		return c.json({ content_type: "json", insecure_ssl: "0", secret: "********", url: world.webhooksUrl });
	});

	// Newest first. GitHub keeps each attempt; here there is the last one of each delivery. Its ids are larger than a
	// number holds, so they are written into the JSON by hand.
	app.get("/app/hook/deliveries", (c) => {
		requireApp(c);
		const rows = state.all<DeliveryRow>(
			"select * from deliveries where attempts > 0 order by position desc limit ?",
			Math.min(Number(c.req.query("per_page") ?? 30), 100),
		);
		const attempts = rows.map((row) =>
			JSON.stringify({
				guid: row.id,
				delivered_at: toTimestamp(row.delivered_at_ms ?? row.next_at_ms),
				redelivery: row.attempts > 1,
				duration: 0,
				status: row.last_status ?? "",
				status_code: Number(row.last_status) || 0,
				event: row.event,
				action: null,
				installation_id: null,
				repository_id: null,
				throttled_at: null,
			}).replace("{", `{"id":${FIRST_ATTEMPT_ID + BigInt(row.position)},`),
		);
		return c.body(`[${attempts.join()}]`, 200, { "content-type": "application/json; charset=utf-8" });
	});
	app.post("/app/hook/deliveries/:id{[0-9]+}/attempts", (c) => {
		requireApp(c);
		const { changes } = state.run(
			"update deliveries set delivered_at_ms = null, next_at_ms = ? where position = ?",
			world.now(),
			BigInt(c.req.param("id")) - FIRST_ATTEMPT_ID,
		);
		if (changes === 0) throw notFound();
		world.deliveries.start();
		return c.json({}, 202);
	});

	app.get("/app/installations", (c) => {
		requireApp(c);
		const rows = state.all<InstallationRow>("select * from installations order by id");
		return c.json(paginate(c, world, rows).map(showInstallation));
	});
	app.get("/app/installations/:id", (c) => {
		requireApp(c);
		return c.json(showInstallation(openInstallation(c.req.param("id"))));
	});

	function suspend(installation: InstallationRow, at: string | null): void {
		state.transaction(() => {
			state.run("delete from suspended_installations where installation_id = ?", installation.id);
			if (at !== null) state.run("insert into suspended_installations values (?, ?)", installation.id, at);
			world.deliveries.add("installation", {
				action: at === null ? "unsuspend" : "suspend",
				installation: showInstallation(installation),
				sender: showUser(world, botLogin(world)),
			});
		});
	}
	app.put("/app/installations/:id/suspended", (c) => {
		requireApp(c);
		suspend(openInstallation(c.req.param("id")), toTimestamp(world.now()));
		return c.body(null, 204);
	});
	app.delete("/app/installations/:id/suspended", (c) => {
		requireApp(c);
		suspend(openInstallation(c.req.param("id")), null);
		return c.body(null, 204);
	});

	app.get("/repos/:owner/:repo/installation", (c) => {
		requireApp(c);
		const { owner, repo } = c.req.param();
		const repository = findRepository(world, owner, repo);
		if (repository === undefined || isWithheld(world, repository)) throw notFound();
		return c.json(showInstallation(openInstallation(String(repository.installation_id))));
	});

	app.post("/app/installations/:id/access_tokens", async (c) => {
		requireApp(c);
		const installation = openInstallation(c.req.param("id"));
		if (findSuspended(world, installation.id) !== null) throw installationSuspended();
		const body = await readBody(c, accessTokenBody, "InstallationToken");
		const chosen = chooseRepositories(installation, body);
		const permissions: Record<string, Level> = { ...(body.permissions ?? identity.permissions) };
		for (const [name, level] of Object.entries(permissions)) {
			const granted = identity.permissions[name];
			if (granted === undefined || RANK[granted] < RANK[level]) {
				throw new Refusal(422, "The permissions requested are not granted to this installation.");
			}
		}
		permissions.metadata ??= "read";
		const { token, expiresAtMs } = issueInstallationToken(world, {
			installationId: installation.id,
			repositoryIds: chosen?.map(({ id }) => id) ?? null,
			permissions,
		});
		return c.json(
			{
				token,
				expires_at: toTimestamp(expiresAtMs),
				permissions,
				repository_selection: chosen === null ? "all" : "selected",
				...(chosen === null
					? {}
					: { repositories: chosen.map((repository) => showRepository(world, repository)) }),
			},
			201,
		);
	});

	function chooseRepositories(
		installation: InstallationRow,
		body: z.infer<typeof accessTokenBody>,
	): RepositoryRow[] | null {
		if (body.repositories === undefined && body.repository_ids === undefined) return null;
		const all = state
			.all<RepositoryRow>("select * from repositories where installation_id = ?", installation.id)
			.filter((repository) => !isWithheld(world, repository));
		const chosen = [
			...(body.repositories ?? []).map((name) =>
				all.find((repository) => repository.name.toLowerCase() === name.toLowerCase()),
			),
			...(body.repository_ids ?? []).map((id) => all.find((repository) => repository.id === id)),
		];
		return chosen.map((repository) => {
			if (repository !== undefined) return repository;
			throw new Refusal(
				422,
				"There is at least one repository that does not exist or is not accessible to the parent installation.",
			);
		});
	}

	app.delete("/installation/token", (c) => {
		if (c.get("caller").kind !== "installation") throw notFound();
		const token = (c.req.header("authorization") ?? "").split(" ")[1] ?? "";
		state.run("delete from tokens where token = ?", token);
		return c.body(null, 204);
	});

	app.get("/installation/repositories", (c) => {
		const caller = c.get("caller");
		if (caller.kind !== "installation") {
			throw new Refusal(
				403,
				"You must authenticate with an installation access token in order to list repositories for an installation.",
			);
		}
		const rows = state
			.all<RepositoryRow>(
				"select * from repositories where installation_id = ? order by id",
				caller.installationId,
			)
			.filter((repository) => canSee(world, caller, repository));
		return c.json({
			total_count: rows.length,
			repository_selection: caller.repositoryIds === null ? "all" : "selected",
			repositories: paginate(c, world, rows).map((repository) => showRepository(world, repository)),
		});
	});

	return app;
}

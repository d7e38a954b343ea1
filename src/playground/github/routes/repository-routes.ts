import { rm } from "node:fs/promises";
import { Hono } from "hono";
import { z } from "zod";
import { findRole, ROLE_PERMISSIONS } from "../access.ts";
import { findActor } from "../actors.ts";
import { type RequiredCheck, readRequiredChecks } from "../merge-barrier.ts";
import { notAccessible, notFound, Refusal } from "../refusal.ts";
import { readLanguages, showRepository } from "../repositories.ts";
import { openPathRepository, paginate, type RestEnv, readBody } from "../rest.ts";
import type { BranchRuleRow } from "../rows.ts";
import { createBareRepository, insertRepository } from "../seed.ts";
import { tellInstallation, tellRepository } from "../tell-repository.ts";
import { timestamp, type World } from "../world.ts";

const newRepositoryBody = z.strictObject({
	name: z.string().regex(/^[\w.-]{1,100}$/),
	description: z.string().default(""),
	private: z.boolean().default(true),
	auto_init: z.boolean().default(true),
});

const protectionBody = z.strictObject({
	required_status_checks: z
		.strictObject({
			strict: z.boolean().optional(),
			contexts: z.array(z.string()),
			/** `app_id` -1 or left out: whoever says it. */
			checks: z
				.array(z.strictObject({ context: z.string(), app_id: z.number().int().optional() }))
				.optional(),
		})
		.nullable(),
	required_pull_request_reviews: z
		.strictObject({
			required_approving_review_count: z.number().int().min(0).max(6).optional(),
			dismiss_stale_reviews: z.boolean().optional(),
		})
		.nullable(),
	enforce_admins: z.boolean().nullable(),
	restrictions: z.null(),
});

/** What belongs to a repository and goes with it. */
const TABLES = [
	...["pulls", "branch_rules", "collaborators", "told_refs", "check_runs", "statuses"],
	...["workflow_runs", "former_names", "withheld_repositories", "repository_sizes", "stale_approval_rules"],
];

/** Repositories themselves: their facts, their branch rules, made and deleted by their people. */
export function createRepositoryRoutes(world: World): Hono<RestEnv> {
	const app = new Hono<RestEnv>();
	const { state } = world;

	app.get("/repos/:owner/:repo", (c) => {
		const repository = openPathRepository(c, world, "metadata", "read");
		const caller = c.get("caller");
		const role = caller.kind === "user" ? findRole(world, repository, caller.login) : null;
		const permissions = role === null ? {} : { permissions: ROLE_PERMISSIONS[role] };
		return c.json({ ...showRepository(world, repository), ...permissions });
	});
	app.get("/repos/:owner/:repo/languages", (c) =>
		c.json(readLanguages(openPathRepository(c, world, "metadata", "read"))),
	);
	app.get("/repos/:owner/:repo/topics", (c) =>
		c.json({ names: JSON.parse(openPathRepository(c, world, "metadata", "read").topics) as string[] }),
	);
	app.get("/repos/:owner/:repo/collaborators", (c) => {
		const repository = openPathRepository(c, world, "metadata", "read");
		const rows = state.all<{ login: string; role: string }>(
			"select login, role from collaborators where repository_id = ? order by login",
			repository.id,
		);
		return c.json(paginate(c, world, rows).map(({ login, role }) => ({ login, role_name: role })));
	});

	app.post("/orgs/:owner/repos", async (c) => {
		const caller = c.get("caller");
		if (caller.kind !== "user" || caller.throughApp) throw notAccessible();
		const owner = c.req.param("owner");
		if (state.get("select 1 from installations where owner = ?", owner) === undefined) throw notFound();
		const body = await readBody(c, newRepositoryBody, "Repository");
		if (state.get("select 1 from repositories where owner = ? and name = ?", owner, body.name)) {
			throw new Refusal(422, "Repository creation failed.", {
				errors: [
					{
						resource: "Repository",
						code: "custom",
						field: "name",
						message: "name already exists on this account",
					},
				],
			});
		}
		const repository = insertRepository(state, {
			...body,
			owner,
			topics: [],
			languages: [],
			defaultBranch: "main",
			folder: null,
			createdAt: timestamp(world),
		});
		if (!body.auto_init) state.run("delete from branch_rules where repository_id = ?", repository.id);
		await createBareRepository(world, repository, { isEmpty: !body.auto_init });
		tellRepository(world, "created", repository, caller.login);
		tellInstallation(world, "added", repository, caller.login);
		return c.json(showRepository(world, repository), 201);
	});

	app.delete("/repos/:owner/:repo", async (c) => {
		const repository = openPathRepository(c, world, "administration", "admin");
		const { login } = findActor(world, c.get("caller"));
		state.transaction(() => {
			tellRepository(world, "deleted", repository, login);
			tellInstallation(world, "removed", repository, login);
			for (const table of TABLES) {
				state.run(`delete from ${table} where repository_id = ?`, repository.id);
			}
			state.run("delete from repositories where id = ?", repository.id);
		});
		await rm(world.git.path(repository), { recursive: true, force: true });
		return c.body(null, 204);
	});

	const protection = "/repos/:owner/:repo/branches/:branch{.+}/protection";
	app.get(protection, (c) => {
		const repository = openPathRepository(c, world, "contents", "read");
		const rule = state.get<BranchRuleRow>(
			"select * from branch_rules where repository_id = ? and branch = ?",
			repository.id,
			c.req.param("branch"),
		);
		if (rule === undefined) throw new Refusal(404, "Branch not protected");
		return c.json(showRule(rule));
	});
	app.put(protection, async (c) => {
		const repository = openPathRepository(c, world, "administration", "admin");
		const body = await readBody(c, protectionBody, "ProtectedBranch");
		const rule: BranchRuleRow = {
			repository_id: repository.id,
			branch: c.req.param("branch"),
			required_checks: JSON.stringify(toRequiredChecks(body.required_status_checks)),
			required_approvals: body.required_pull_request_reviews?.required_approving_review_count ?? 0,
		};
		state.run(
			`insert into branch_rules (repository_id, branch, required_checks, required_approvals) values (?, ?, ?, ?)
			 on conflict do update set required_checks = excluded.required_checks, required_approvals = excluded.required_approvals`,
			rule.repository_id,
			rule.branch,
			rule.required_checks,
			rule.required_approvals,
		);
		state.run(
			body.required_pull_request_reviews?.dismiss_stale_reviews === true
				? "insert into stale_approval_rules (repository_id, branch) values (?, ?) on conflict do nothing"
				: "delete from stale_approval_rules where repository_id = ? and branch = ?",
			rule.repository_id,
			rule.branch,
		);
		return c.json(showRule(rule));
	});
	app.delete(protection, (c) => {
		const repository = openPathRepository(c, world, "administration", "admin");
		state.run(
			"delete from branch_rules where repository_id = ? and branch = ?",
			repository.id,
			c.req.param("branch"),
		);
		return c.body(null, 204);
	});

	function showRule(rule: BranchRuleRow) {
		const checks = readRequiredChecks(rule);
		const dismisses = state.get(
			"select 1 from stale_approval_rules where repository_id = ? and branch = ?",
			rule.repository_id,
			rule.branch,
		);
		return {
			required_status_checks: {
				strict: false,
				contexts: checks.map(({ context }) => context),
				checks: checks.map(({ context, appId }) => ({ context, app_id: appId })),
			},
			required_pull_request_reviews: {
				required_approving_review_count: rule.required_approvals,
				dismiss_stale_reviews: dismisses !== undefined,
			},
			enforce_admins: { enabled: true },
		};
	}

	return app;
}

function toRequiredChecks(body: z.infer<typeof protectionBody>["required_status_checks"]): RequiredCheck[] {
	const named = (body?.contexts ?? []).map((context) => ({ context, appId: null }));
	const ofApps = (body?.checks ?? []).map(({ context, app_id = -1 }) => ({
		context,
		appId: app_id === -1 ? null : app_id,
	}));
	return [...named, ...ofApps];
}

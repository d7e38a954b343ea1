import { existsSync } from "node:fs";
import { rename } from "node:fs/promises";
import { Hono } from "hono";
import { z } from "zod";
import { findRepository, findRole } from "../access.ts";
import { isBranchName, readBranches } from "../commits.ts";
import { rememberName } from "../moved.ts";
import type { OneAtATime } from "../one-at-a-time.ts";
import { tellPushes } from "../pushes.ts";
import { invalidField, notAccessible, notFound, Refusal } from "../refusal.ts";
import { showRepository } from "../repositories.ts";
import { openPathRepository, type RestContext, type RestEnv, readBody } from "../rest.ts";
import type { RepositoryRow } from "../rows.ts";
import { tellInstallation, tellRepository } from "../tell-repository.ts";
import type { World } from "../world.ts";

const repositoryChangeBody = z.strictObject({
	name: z
		.string()
		.regex(/^[\w.-]{1,100}$/)
		.optional(),
	description: z.string().optional(),
	archived: z.boolean().optional(),
	private: z.boolean().optional(),
	default_branch: z.string().optional(),
});

const branchRenameBody = z.strictObject({ new_name: z.string().min(1) });

/** What people do to a repository that is there: other names, other branches, archived, kept from the App. */
export function createRepositoryChangeRoutes(world: World, pushLock: OneAtATime): Hono<RestEnv> {
	const app = new Hono<RestEnv>();
	const { git, state } = world;

	/** An archived repository can be changed in one way: back. */
	function openAsAdmin(c: RestContext): { repository: RepositoryRow; login: string } {
		const repository = openPathRepository(c, world, "administration", "read");
		const caller = c.get("caller");
		if (caller.kind !== "user" || caller.throughApp) throw notAccessible();
		if (findRole(world, repository, caller.login) !== "admin") {
			throw new Refusal(403, "Must have admin rights to Repository.");
		}
		return { repository, login: caller.login };
	}

	function reread(repository: RepositoryRow): RepositoryRow {
		const row = state.get<RepositoryRow>("select * from repositories where id = ?", repository.id);
		if (row === undefined) throw notFound();
		return row;
	}

	async function hasBranch(repository: RepositoryRow, branch: string): Promise<boolean> {
		return (await readBranches(git, repository)).some(({ name }) => name === branch);
	}

	/** The folder follows the row: where a process is killed in between, the next start moves it. */
	async function giveName(repository: RepositoryRow, name: string): Promise<void> {
		const other = findRepository(world, repository.owner, name);
		if (other !== undefined && other.id !== repository.id) throw invalidField("Repository", "name");
		const before = git.path(repository);
		state.transaction(() => {
			rememberName(world, repository);
			state.run("update repositories set name = ? where id = ?", name, repository.id);
			state.run("delete from former_names where owner = ? and name = ?", repository.owner, name);
		});
		const after = git.path({ owner: repository.owner, name });
		if (before !== after && existsSync(before)) await rename(before, after);
	}

	async function setDefaultBranch(repository: RepositoryRow, branch: string): Promise<void> {
		await git.run(git.path(repository), ["symbolic-ref", "HEAD", `refs/heads/${branch}`]);
		state.run("update repositories set default_branch = ? where id = ?", branch, repository.id);
	}

	app.patch("/repos/:owner/:repo", async (c) => {
		const { repository, login } = openAsAdmin(c);
		const body = await readBody(c, repositoryChangeBody, "Repository");
		if (repository.archived === 1 && body.archived !== false) {
			throw new Refusal(403, "Repository was archived so is read-only.");
		}
		const { default_branch: branch, name } = body;
		return pushLock.run(repository.id, async () => {
			if (branch !== undefined && !(await hasBranch(repository, branch))) {
				throw invalidField("Repository", "default_branch");
			}
			if (name !== undefined && name !== repository.name) await giveName(repository, name);
			if (branch !== undefined) await setDefaultBranch(reread(repository), branch);
			state.run(
				"update repositories set description = ?, archived = ?, private = ? where id = ?",
				body.description ?? repository.description,
				Number(body.archived ?? repository.archived === 1),
				Number(body.private ?? repository.private === 1),
				repository.id,
			);
			const next = reread(repository);
			if (next.name !== repository.name) {
				tellRepository(world, "renamed", next, login, { repository: { name: { from: repository.name } } });
			}
			if (next.archived !== repository.archived) {
				tellRepository(world, next.archived === 1 ? "archived" : "unarchived", next, login);
			}
			const changes = {
				...(next.description === repository.description
					? {}
					: { description: { from: repository.description } }),
				...(next.default_branch === repository.default_branch
					? {}
					: { default_branch: { from: repository.default_branch } }),
			};
			if (Object.keys(changes).length > 0) tellRepository(world, "edited", next, login, changes);
			return c.json(showRepository(world, next));
		});
	});

	app.post("/repos/:owner/:repo/branches/:branch{.+}/rename", async (c) => {
		const { repository, login } = openAsAdmin(c);
		if (repository.archived === 1) throw new Refusal(403, "Repository was archived so is read-only.");
		const from = c.req.param("branch");
		const { new_name: to } = await readBody(c, branchRenameBody, "Branch");
		if (!isBranchName(`refs/heads/${to}`)) throw invalidField("Branch", "new_name");
		return pushLock.run(repository.id, async () => {
			if (!(await hasBranch(repository, from))) throw new Refusal(404, "Branch not found");
			if (await hasBranch(repository, to)) throw new Refusal(422, "New branch already exists");
			// Pull requests and rules follow the branch.
			for (const [table, column] of [
				["branch_rules", "branch"],
				["stale_approval_rules", "branch"],
				["pulls", "head_ref"],
				["pulls", "base_ref"],
			]) {
				state.run(
					`update ${table} set ${column} = ? where repository_id = ? and ${column} = ?`,
					to,
					repository.id,
					from,
				);
			}
			await git.run(git.path(repository), ["branch", "-m", from, to]);
			const isDefault = repository.default_branch === from;
			if (isDefault) await setDefaultBranch(repository, to);
			const next = reread(repository);
			await tellPushes(world, next, login);
			if (isDefault) tellRepository(world, "edited", next, login, { default_branch: { from } });
			const [branch] = (await readBranches(git, next)).filter(({ name }) => name === to);
			return c.json({ name: to, commit: { sha: branch?.sha }, protected: false }, 201);
		});
	});

	const installed = "/user/installations/:installation/repositories/:repository";
	function openInstalled(c: RestContext): { repository: RepositoryRow; login: string } {
		const caller = c.get("caller");
		if (caller.kind !== "user" || caller.throughApp) throw notAccessible();
		const { installation, repository: id } = c.req.param() as { installation: string; repository: string };
		const repository = state.get<RepositoryRow>(
			"select * from repositories where id = ? and installation_id = ?",
			Number(id),
			Number(installation),
		);
		if (repository === undefined || findRole(world, repository, caller.login) !== "admin") throw notFound();
		return { repository, login: caller.login };
	}
	app.put(installed, (c) => {
		const { repository, login } = openInstalled(c);
		const { changes } = state.run("delete from withheld_repositories where repository_id = ?", repository.id);
		if (changes > 0) tellInstallation(world, "added", repository, login);
		return c.body(null, 204);
	});
	app.delete(installed, (c) => {
		const { repository, login } = openInstalled(c);
		const { changes } = state.run(
			"insert into withheld_repositories (repository_id) values (?) on conflict do nothing",
			repository.id,
		);
		if (changes > 0) tellInstallation(world, "removed", repository, login);
		return c.body(null, 204);
	});

	return app;
}

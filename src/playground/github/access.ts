import type { Level } from "./app-identity.ts";
import type { Caller } from "./callers.ts";
import { notAccessible, notFound, Refusal, requiresAuthentication } from "./refusal.ts";
import type { RepositoryRow } from "./rows.ts";
import type { World } from "./world.ts";

export type Role = "read" | "write" | "admin";
export const ROLE_PERMISSIONS: Record<Role, Record<string, boolean>> = {
	read: { admin: false, push: false, pull: true },
	write: { admin: false, push: true, pull: true },
	admin: { admin: true, push: true, pull: true },
};
const RANK: Record<Level | "none", number> = { none: 0, read: 1, write: 2, admin: 3 };

/** What a person may do in a repository; null: it is not theirs to see. */
export function findRole(world: World, repository: RepositoryRow, login: string): Role | null {
	const row = world.state.get<{ role: Role }>(
		"select role from collaborators where repository_id = ? and login = ?",
		repository.id,
		login,
	);
	return row?.role ?? (repository.private === 0 ? "read" : null);
}

/** Whether a caller may see a repository. Stricter than GitHub: a token's scope counts for public repositories too. */
export function canSee(world: World, caller: Caller, repository: RepositoryRow): boolean {
	switch (caller.kind) {
		case "anonymous":
		case "app":
			return false;
		case "user":
			return (
				findRole(world, repository, caller.login) !== null &&
				!(caller.throughApp && isWithheld(world, repository))
			);
		case "installation":
			return (
				repository.installation_id === caller.installationId &&
				!isWithheld(world, repository) &&
				(caller.repositoryIds === null || caller.repositoryIds.includes(repository.id))
			);
	}
}

/** Whether the App was denied a repository of its installation. */
export function isWithheld(world: World, repository: RepositoryRow): boolean {
	return (
		world.state.get("select 1 from withheld_repositories where repository_id = ?", repository.id) !==
		undefined
	);
}

export function findRepository(world: World, owner: string, name: string): RepositoryRow | undefined {
	return world.state.get<RepositoryRow>(
		"select * from repositories where owner = ? and name = ?",
		owner,
		name,
	);
}

/**
 * The repository, if the caller may see it and may do this to it. What may not be seen is 404, what may be seen but not
 * done is 403; an archived repository refuses every write.
 */
export function openRepository(
	world: World,
	caller: Caller,
	address: { owner: string; name: string },
	permission: string,
	level: Level,
): RepositoryRow {
	if (caller.kind === "anonymous") throw requiresAuthentication();
	const repository = findRepository(world, address.owner, address.name);
	if (repository === undefined || !canSee(world, caller, repository)) throw notFound();
	if (RANK[permittedLevel(world, caller, repository, permission)] < RANK[level]) {
		throw caller.kind === "installation" || (caller.kind === "user" && caller.throughApp)
			? notAccessible()
			: new Refusal(403, "Must have write access to repository.");
	}
	if (level !== "read" && repository.archived === 1) {
		throw new Refusal(403, "Repository was archived so is read-only.");
	}
	return repository;
}

function permittedLevel(
	world: World,
	caller: Caller,
	repository: RepositoryRow,
	permission: string,
): Level | "none" {
	const app = world.identity.permissions[permission];
	if (caller.kind === "installation") return caller.permissions[permission] ?? "none";
	if (caller.kind !== "user") return "none";
	const role = findRole(world, repository, caller.login) ?? "none";
	if (!caller.throughApp || role === "none") return role;
	if (app === undefined) return "none";
	return RANK[app] < RANK[role] ? app : role;
}

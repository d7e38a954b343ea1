import { canSee, findRepository, isWithheld } from "./access.ts";
import type { Caller } from "./callers.ts";
import type { RepositoryRow } from "./rows.ts";
import type { World } from "./world.ts";

/** The repository that had this name before, if the caller may know of it and no other one has the name now. */
export function findMoved(
	world: World,
	caller: Caller,
	address: { owner: string; name: string },
): RepositoryRow | undefined {
	const { owner, name } = address;
	if (findRepository(world, owner, name) !== undefined) return undefined;
	const moved = world.state.get<RepositoryRow>(
		`select r.* from former_names f join repositories r on r.id = f.repository_id where f.owner = ? and f.name = ?`,
		owner,
		name,
	);
	if (moved === undefined) return undefined;
	const isKnown = caller.kind === "app" ? !isWithheld(world, moved) : canSee(world, caller, moved);
	return isKnown ? moved : undefined;
}

/** From now on the repository's name leads on, whatever it is called next. */
export function rememberName(world: World, repository: RepositoryRow): void {
	world.state.run(
		"insert into former_names (owner, name, repository_id) values (?, ?, ?) on conflict do update set repository_id = excluded.repository_id",
		repository.owner,
		repository.name,
		repository.id,
	);
}

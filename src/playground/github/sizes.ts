import type { RepositoryRow } from "./rows.ts";
import type { World } from "./world.ts";

/** What REST calls a repository's size: KiB on disk, as it was when it was last looked at. */
export function readSizeKib(world: World, repository: RepositoryRow): number {
	const row = world.state.get<{ kib: number }>(
		"select kib from repository_sizes where repository_id = ?",
		repository.id,
	);
	return row?.kib ?? 0;
}

/** Sizes like those of the largest repositories can only be claimed here. */
export function setSizeKib(world: World, repository: RepositoryRow, kib: number): void {
	world.state.run(
		"insert into repository_sizes (repository_id, kib, is_set) values (?, ?, 1) on conflict do update set kib = excluded.kib, is_set = 1",
		repository.id,
		kib,
	);
}

/** Looks at the disk, after a push. A size that was set stays. */
export async function measureSize(world: World, repository: RepositoryRow): Promise<void> {
	const counted = await world.git.run(world.git.path(repository), ["count-objects", "-v"]);
	const read = (field: string) => Number(new RegExp(`^${field}: (\\d+)$`, "m").exec(counted)?.[1] ?? 0);
	world.state.run(
		"insert into repository_sizes (repository_id, kib) values (?, ?) on conflict do update set kib = excluded.kib where is_set = 0",
		repository.id,
		read("size") + read("size-pack"),
	);
}

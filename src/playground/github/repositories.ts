import { showUser } from "./actors.ts";
import type { RepositoryRow } from "./rows.ts";
import { readSizeKib } from "./sizes.ts";
import { toTimestamp, type World } from "./world.ts";

/** A repository as GitHub's REST and webhooks show it. */
export function showRepository(world: World, repository: RepositoryRow) {
	const { owner, name } = repository;
	const fullName = `${owner}/${name}`;
	const languages = readLanguages(repository);
	return {
		id: repository.id,
		node_id: `R_${repository.id}`,
		name,
		full_name: fullName,
		private: repository.private === 1,
		owner: showUser(world, owner),
		html_url: `${world.url}/${fullName}`,
		description: repository.description,
		fork: false,
		url: `${world.apiUrl}/repos/${fullName}`,
		clone_url: `${world.url}/${fullName}.git`,
		git_url: `${world.url}/${fullName}.git`,
		ssh_url: null,
		homepage: null,
		language: Object.keys(languages)[0] ?? null,
		topics: JSON.parse(repository.topics) as string[],
		size: readSizeKib(world, repository),
		archived: repository.archived === 1,
		disabled: false,
		visibility: repository.private === 1 ? "private" : "public",
		default_branch: repository.default_branch,
		allow_merge_commit: true,
		allow_squash_merge: true,
		allow_rebase_merge: false,
		created_at: repository.created_at,
		updated_at: toTimestamp(world.now()),
		pushed_at: toTimestamp(world.now()),
	};
}

/** Languages with bytes, the most used first. The bytes are made up from the order: only the order is known. */
export function readLanguages(repository: RepositoryRow): Record<string, number> {
	const names = JSON.parse(repository.languages) as string[];
	return Object.fromEntries(names.map((name, index) => [name, 10_000 >> index]));
}

/** What every webhook about a repository carries beside its own part. */
export function webhookFrame(world: World, repository: RepositoryRow, sender: string) {
	return {
		repository: showRepository(world, repository),
		organization: { login: repository.owner, id: showUser(world, repository.owner).id },
		installation: { id: repository.installation_id, node_id: `I_${repository.installation_id}` },
		sender: showUser(world, sender),
	};
}

import { existsSync, readFileSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { RepositoryRow } from "./rows.ts";
import type { State } from "./state.ts";
import type { World } from "./world.ts";

const demoRepositories = z.array(
	z.object({
		owner: z.string(),
		name: z.string(),
		folder: z.string(),
		description: z.string(),
		topics: z.array(z.string()),
		languages: z.array(z.string()),
		defaultBranch: z.string(),
		private: z.boolean(),
	}),
);

const PEOPLE = [
	{ id: 51_000_001, login: "mia", name: "Mia", role: "admin" },
	{ id: 51_000_002, login: "noah", name: "Noah", role: "write" },
	{ id: 51_000_003, login: "zoe", name: "Zoe", role: "read" },
	{ id: 51_000_004, login: "omar", name: "Omar", role: "write" },
	{ id: 51_000_005, login: "priya", name: "Priya", role: "write" },
] as const;

const FIRST_COMMIT = {
	GIT_AUTHOR_NAME: "Acme",
	GIT_AUTHOR_EMAIL: "dev@acme.example",
	GIT_AUTHOR_DATE: "2026-01-05T09:00:00Z",
	GIT_COMMITTER_NAME: "Acme",
	GIT_COMMITTER_EMAIL: "dev@acme.example",
	GIT_COMMITTER_DATE: "2026-01-05T09:00:00Z",
};

/** Writes down the people and the demo repositories that are not known yet. A human's token is `ghp_<login>`. */
export function seedRows(state: State, demoDir: string): void {
	const list = join(demoDir, "repositories.json");
	const repositories = existsSync(list) ? demoRepositories.parse(JSON.parse(readFileSync(list, "utf8"))) : [];
	state.transaction(() => {
		for (const { id, login, name, role } of PEOPLE) {
			const { changes } = state.run(
				"insert into people (id, login, name, email, token) values (?, ?, ?, ?, ?) on conflict do nothing",
				id,
				login,
				name,
				`${login}@acme.example`,
				`ghp_${login}`,
			);
			// Who came with a later version has a role in what is there already.
			if (changes > 0) state.run("insert into collaborators select id, ?, ? from repositories", login, role);
		}
		for (const repository of repositories) {
			if (state.get("select 1 from settings where name = ?", seedMark(repository))) continue;
			state.run("insert into settings (name, value) values (?, 'seeded')", seedMark(repository));
			insertRepository(state, {
				...repository,
				folder: join(demoDir, repository.folder),
				createdAt: FIRST_COMMIT.GIT_AUTHOR_DATE,
			});
		}
	});
}

// A demo repository that a person deleted does not come back at the next start.
const seedMark = ({ owner, name }: { owner: string; name: string }) => `seed:${owner}/${name}`;

interface NewRepository {
	owner: string;
	name: string;
	description: string;
	topics: string[];
	languages: string[];
	defaultBranch: string;
	private: boolean;
	folder: string | null;
	createdAt: string;
}

/** Adds a repository: its default branch is protected, the App is installed on it, every person has a role in it. */
export function insertRepository(state: State, repository: NewRepository): RepositoryRow {
	state.run(
		"insert into installations (id, owner) values ((select coalesce(max(id), 61000000) + 1 from installations), ?) on conflict do nothing",
		repository.owner,
	);
	const installation = state.get<{ id: number }>(
		"select id from installations where owner = ?",
		repository.owner,
	);
	const row = state.get<RepositoryRow>(
		`insert into repositories (id, installation_id, owner, name, description, topics, languages, default_branch, private, folder, created_at)
		 values ((select coalesce(max(id), 71000000) + 1 from repositories), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) returning *`,
		installation?.id ?? 0,
		repository.owner,
		repository.name,
		repository.description,
		JSON.stringify(repository.topics),
		JSON.stringify(repository.languages),
		repository.defaultBranch,
		repository.private ? 1 : 0,
		repository.folder,
		repository.createdAt,
	);
	if (row === undefined) throw new Error("the repository was not inserted");
	state.run("insert into branch_rules (repository_id, branch) values (?, ?)", row.id, row.default_branch);
	for (const { login, role } of PEOPLE) {
		state.run("insert into collaborators (repository_id, login, role) values (?, ?, ?)", row.id, login, role);
	}
	return row;
}

/** Makes the bare repositories that are missing, each with one commit of its demo folder, always the same one. */
export async function seedGit(world: World): Promise<void> {
	for (const repository of world.state.all<RepositoryRow>("select * from repositories")) {
		if (existsSync(world.git.path(repository))) continue;
		// A process that was killed while it gave it another name left the folder under the one before.
		const formerly = world.state
			.all<{ owner: string; name: string }>(
				"select owner, name from former_names where repository_id = ?",
				repository.id,
			)
			.map((address) => world.git.path(address))
			.find((folder) => existsSync(folder));
		if (formerly === undefined) await createBareRepository(world, repository);
		else await rename(formerly, world.git.path(repository));
	}
}

/** Makes a repository's folder. It appears whole or not at all. */
export async function createBareRepository(
	{ git, state }: World,
	repository: RepositoryRow,
	{ isEmpty = false } = {},
): Promise<void> {
	const target = git.path(repository);
	const building = `${target}.new`;
	await rm(building, { recursive: true, force: true });
	await mkdir(building, { recursive: true });
	const branch = `refs/heads/${repository.default_branch}`;
	await git.run(building, ["init", "--quiet", "--bare"]);
	await git.run(building, ["symbolic-ref", "HEAD", branch]);
	if (isEmpty) return rename(building, target);
	const index = join(building, "seed-index");
	const env = { ...FIRST_COMMIT, GIT_DIR: building, GIT_INDEX_FILE: index };
	if (repository.folder !== null) {
		await git.run(repository.folder, ["add", "--all"], {
			env: { ...env, GIT_WORK_TREE: repository.folder },
		});
	}
	const tree = (await git.run(building, ["write-tree"], { env })).trim();
	const commit = (await git.run(building, ["commit-tree", tree, "-m", "Initial commit"], { env })).trim();
	await git.run(building, ["update-ref", branch, commit]);
	await rm(index, { force: true });
	await rename(building, target);
	state.run(
		"insert into told_refs (repository_id, ref, sha) values (?, ?, ?) on conflict do update set sha = excluded.sha",
		repository.id,
		branch,
		commit,
	);
}

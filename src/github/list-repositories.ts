import type { App } from "@octokit/app";
import type { RepositoryFacts } from "./github.ts";
import { askGithub } from "./github-error.ts";

const PAGE = 100;

/** All repositories of all installations, page by page. Suspended installations have none. */
export function listRepositories(app: App): Promise<RepositoryFacts[]> {
	return askGithub("listing repositories", async () => {
		const facts: RepositoryFacts[] = [];
		for (const installation of await readPages((page) =>
			app.octokit.request("GET /app/installations", { per_page: PAGE, page }).then(({ data }) => data),
		)) {
			if (installation.suspended_at) continue;
			const octokit = await app.getInstallationOctokit(installation.id);
			const repositories = await readPages((page) =>
				octokit
					.request("GET /installation/repositories", { per_page: PAGE, page })
					.then(({ data }) => data.repositories),
			);
			for (const repository of repositories) {
				const { data: languages } = await octokit.request("GET /repos/{owner}/{repo}/languages", {
					owner: repository.owner.login,
					repo: repository.name,
				});
				facts.push({
					githubId: Number(repository.id),
					installationId: installation.id,
					owner: repository.owner.login,
					name: repository.name,
					defaultBranch: repository.default_branch,
					description: repository.description ?? "",
					languages: byBytes(languages),
					topics: repository.topics ?? [],
					private: repository.private,
					archived: repository.archived,
				});
			}
		}
		return facts;
	});
}

async function readPages<Item>(read: (page: number) => Promise<Item[]>): Promise<Item[]> {
	const items: Item[] = [];
	for (let page = 1; ; page++) {
		const found = await read(page);
		items.push(...found);
		if (found.length < PAGE) return items;
	}
}

function byBytes(languages: Record<string, number>): string[] {
	return Object.entries(languages)
		.sort(([, a], [, b]) => b - a)
		.map(([name]) => name);
}

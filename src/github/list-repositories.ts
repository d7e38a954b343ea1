import type { App } from "@octokit/app";
import type { RepositoryFacts } from "./github.ts";
import { askGithub, readStatus } from "./github-error.ts";

const PAGE = 100;
const AT_ONCE = 10;
/** Of more than these only the main language is known: a call for each would use up what an hour allows. */
const MOST_WITH_LANGUAGES = 300;

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
			const readLanguages = async (repository: (typeof repositories)[number]): Promise<string[]> => {
				if (repositories.length > MOST_WITH_LANGUAGES)
					return repository.language ? [repository.language] : [];
				const languages = await octokit
					.request("GET /repos/{owner}/{repo}/languages", {
						owner: repository.owner.login,
						repo: repository.name,
					})
					.then(({ data }) => data, noneIfGone);
				return byBytes(languages);
			};
			const toFacts = async (repository: (typeof repositories)[number]): Promise<RepositoryFacts> => {
				return {
					githubId: Number(repository.id),
					installationId: installation.id,
					owner: repository.owner.login,
					name: repository.name,
					defaultBranch: repository.default_branch,
					description: repository.description ?? "",
					languages: await readLanguages(repository),
					topics: repository.topics ?? [],
					private: repository.private,
					archived: repository.archived,
					sizeKib: repository.size,
				};
			};
			// A start waits for this, and an organisation may have hundreds.
			for (let at = 0; at < repositories.length; at += AT_ONCE) {
				facts.push(...(await Promise.all(repositories.slice(at, at + AT_ONCE).map(toFacts))));
			}
		}
		return facts;
	});
}

/** Listed and then deleted (404), or blocked by law (451): one such repository must not hide all the others. */
function noneIfGone(error: unknown): Record<string, number> {
	if ([404, 451].includes(readStatus(error) ?? 0)) return {};
	throw error;
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

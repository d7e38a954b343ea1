import { z } from "zod";
import type { AskAsApp, Permissions } from "./ask-as-app.ts";
import type { PullRequestNow, RepositoryAddress } from "./github.ts";

const READ: Permissions = { pull_requests: "read", contents: "read" };
const WRITE: Permissions = { pull_requests: "write", contents: "read" };

/** Finds, reads and closes pull requests as the App. */
export function createPullRequests({ ask }: { ask: AskAsApp }) {
	async function read(input: RepositoryAddress & { number: number }): Promise<PullRequestNow> {
		return ask("reading a pull request", input, READ, async (octokit, path) => {
			const { data } = await octokit.request("GET /repos/{owner}/{repo}/pulls/{pull_number}", {
				...path,
				pull_number: input.number,
			});
			return toFacts(data);
		});
	}

	async function find(input: RepositoryAddress & { branch: string }): Promise<PullRequestNow | null> {
		const number = await ask("looking for a pull request", input, READ, async (octokit, path) => {
			const { data } = await octokit.request("GET /repos/{owner}/{repo}/pulls", {
				...path,
				head: `${input.owner}:${input.branch}`,
				state: "all",
				sort: "created",
				direction: "desc",
			});
			return (data.find(({ state }) => state === "open") ?? data[0])?.number ?? null;
		});
		return number === null ? null : read({ owner: input.owner, name: input.name, number });
	}

	/** What is closed or merged already stays as it is. */
	async function close(input: RepositoryAddress & { number: number }): Promise<void> {
		await ask("closing a pull request", input, WRITE, async (octokit, path) => {
			const at = { ...path, pull_number: input.number };
			const { data } = await octokit.request("GET /repos/{owner}/{repo}/pulls/{pull_number}", at);
			if (toFacts(data).state !== "open") return;
			await octokit.request("PATCH /repos/{owner}/{repo}/pulls/{pull_number}", { ...at, state: "closed" });
		});
	}

	return { find, read, close };
}

const pullRequest = z.object({
	number: z.number().int(),
	html_url: z.string(),
	title: z.string(),
	state: z.enum(["open", "closed"]),
	body: z.string().nullish(),
	merged_at: z.string().nullable(),
	merged_by: z.object({ id: z.number().int(), login: z.string() }).nullish(),
	closed_at: z.string().nullish(),
	draft: z.boolean().default(false),
	/** `repo` null: the fork was deleted. */
	head: z.object({ ref: z.string(), sha: z.string(), repo: z.object({ id: z.number().int() }).nullish() }),
	base: z.object({ ref: z.string(), repo: z.object({ id: z.number().int() }) }),
	additions: z.number().int(),
	deletions: z.number().int(),
});

/** A pull request as REST shows one. */
export function toFacts(data: unknown): PullRequestNow {
	const pull = pullRequest.parse(data);
	return {
		number: pull.number,
		url: pull.html_url,
		title: pull.title,
		branch: pull.head.ref,
		base: pull.base.ref,
		headSha: pull.head.sha,
		state: pull.merged_at === null ? pull.state : "merged",
		draft: pull.draft,
		additions: pull.additions,
		deletions: pull.deletions,
		mergedAtMs: toMs(pull.merged_at),
		mergedBy: pull.merged_by ? { githubId: pull.merged_by.id, login: pull.merged_by.login } : null,
		closedAtMs: toMs(pull.closed_at),
		isFork: pull.head.repo?.id !== pull.base.repo.id,
		body: pull.body ?? "",
	};
}

const toMs = (time: string | null | undefined) => (time ? Date.parse(time) : null);

import type { Octokit } from "@octokit/core";
import { z } from "zod";
import type { RepositoryAddress, ReviewFacts } from "./github.ts";
import { askGithub, readStatus } from "./github-error.ts";

const PAGE = 100;

/** Reads the reviews of a pull request as the App. */
export function createReviews(deps: {
	clientFor(address: RepositoryAddress, permissions: Record<string, "read">): Promise<Octokit>;
	forget(address: RepositoryAddress): void;
}) {
	/** All that were submitted, as they are now, oldest first. */
	async function list(input: RepositoryAddress & { number: number }): Promise<ReviewFacts[]> {
		const { owner, name, number } = input;
		const octokit = await deps.clientFor({ owner, name }, { pull_requests: "read" });
		const found: ReviewFacts[] = [];
		try {
			for (let page = 1; ; page++) {
				const { data } = await askGithub(`reading reviews in ${owner}/${name}`, () =>
					octokit.request("GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews", {
						owner,
						repo: name,
						pull_number: number,
						per_page: PAGE,
						page,
					}),
				);
				found.push(...z.array(review).parse(data).flatMap(toFacts));
				if (data.length < PAGE) return found;
			}
		} catch (error) {
			if (readStatus(error) === 401) deps.forget({ owner, name });
			throw error;
		}
	}

	return { list };
}

const STATE_OF = {
	APPROVED: "approved",
	CHANGES_REQUESTED: "changes_requested",
	COMMENTED: "commented",
	DISMISSED: "dismissed",
} as const;

const review = z.object({
	id: z.number().int(),
	/** null: the account was deleted. */
	user: z.object({ id: z.number().int(), login: z.string(), type: z.string() }).nullable(),
	state: z.string(),
	commit_id: z.string().nullable(),
	/** Not there while it is a draft of its author's. */
	submitted_at: z.string().optional(),
});

function toFacts({ id, user, state, commit_id, submitted_at }: z.infer<typeof review>): ReviewFacts[] {
	const known = STATE_OF[state as keyof typeof STATE_OF];
	if (user === null || submitted_at === undefined || known === undefined) return [];
	return [
		{
			id,
			githubId: user.id,
			login: user.login,
			isBot: user.type !== "User",
			state: known,
			commitSha: commit_id,
			submittedAtMs: Date.parse(submitted_at),
		},
	];
}

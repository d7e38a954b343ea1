import { z } from "zod";
import type { AskAsApp } from "./ask-as-app.ts";
import type { RepositoryAddress, ReviewFacts } from "./github.ts";

const PAGE = 100;

/** Reads the reviews of a pull request as the App. */
export function createReviews({ ask }: { ask: AskAsApp }) {
	/** All that were submitted, as they are now, oldest first. */
	async function list(input: RepositoryAddress & { number: number }): Promise<ReviewFacts[]> {
		return ask("reading reviews", input, { pull_requests: "read" }, async (octokit, path) => {
			const found: ReviewFacts[] = [];
			for (let page = 1; ; page++) {
				const { data } = await octokit.request("GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews", {
					...path,
					pull_number: input.number,
					per_page: PAGE,
					page,
				});
				found.push(...z.array(review).parse(data).flatMap(toFacts));
				if (data.length < PAGE) return found;
			}
		});
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

import type { Octokit } from "@octokit/core";
import { z } from "zod";
import type { ChecksSummary, RepositoryAddress } from "./github.ts";
import { askGithub, readStatus } from "./github-error.ts";

const PAGE = 100;
/** Conclusions that let a merge go on. Source: REST, "Check runs". */
const GOOD = new Set(["success", "neutral", "skipped"]);

/** Reads what the checks of a commit come to, as the App. */
export function createChecksSummary(deps: {
	clientFor(address: RepositoryAddress, permissions: Record<string, "read">): Promise<Octokit>;
	forget(address: RepositoryAddress): void;
}) {
	return async function readChecks(
		input: RepositoryAddress & { sha: string; ownCheck: string },
	): Promise<ChecksSummary> {
		const { owner, name, sha } = input;
		const octokit = await deps.clientFor({ owner, name }, { checks: "read", statuses: "read" });
		const path = { owner, repo: name, ref: sha, per_page: PAGE };
		try {
			const [runs, combined] = await askGithub(`reading checks in ${owner}/${name}`, () =>
				Promise.all([
					readRuns((page) =>
						octokit.request("GET /repos/{owner}/{repo}/commits/{ref}/check-runs", {
							...path,
							filter: "latest",
							page,
						}),
					),
					octokit.request("GET /repos/{owner}/{repo}/commits/{ref}/status", path),
				]),
			);
			const { statuses } = statusPage.parse(combined.data);
			return summarize([
				...runs.filter((run) => run.name !== input.ownCheck).map(toCheck),
				...statuses.map(({ context, state }) => ({ name: context, is: STATUS_IS[state] })),
			]);
		} catch (error) {
			if (readStatus(error) === 401) deps.forget({ owner, name });
			throw error;
		}
	};
}

async function readRuns(read: (page: number) => Promise<{ data: unknown }>) {
	const runs: z.infer<typeof runPage>["check_runs"] = [];
	for (let page = 1; ; page++) {
		const { check_runs } = runPage.parse((await read(page)).data);
		runs.push(...check_runs);
		if (check_runs.length < PAGE) return runs;
	}
}

function summarize(checks: { name: string; is: "pending" | "good" | "bad" }[]): ChecksSummary {
	const failing = [...new Set(checks.filter(({ is }) => is === "bad").map(({ name }) => name))].sort();
	if (failing.length > 0) return { state: "failing", failing };
	if (checks.length === 0) return { state: null, failing };
	return { state: checks.some(({ is }) => is === "pending") ? "pending" : "passing", failing };
}

function toCheck({ name, status, conclusion }: z.infer<typeof runPage>["check_runs"][number]) {
	const is = status !== "completed" ? "pending" : GOOD.has(conclusion ?? "") ? "good" : "bad";
	return { name, is } as const;
}

const STATUS_IS = { error: "bad", failure: "bad", pending: "pending", success: "good" } as const;

const runPage = z.object({
	check_runs: z.array(z.object({ name: z.string(), status: z.string(), conclusion: z.string().nullable() })),
});

const statusPage = z.object({
	statuses: z.array(
		z.object({ context: z.string(), state: z.enum(["error", "failure", "pending", "success"]) }),
	),
});

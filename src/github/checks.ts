import type { Octokit } from "@octokit/core";
import { z } from "zod";
import type { CheckRunInput, RepositoryAddress } from "./github.ts";
import { askGithub, readStatus } from "./github-error.ts";

const LONGEST_TEXT = 65_535;

/** Check runs of the App. GitHub lets nobody else write them, people's tokens neither. */
export function createChecks(deps: {
	appId: string;
	clientFor(address: RepositoryAddress, permissions: Record<string, "write">): Promise<Octokit>;
	forget(address: RepositoryAddress): void;
}) {
	// A client id may stand for it in the App's own token, but not here.
	const appId = /^\d+$/.test(deps.appId) ? { app_id: Number(deps.appId) } : {};

	/**
	 * GitHub would make any number of one name at one commit, so it is looked for before each writing: a call that is
	 * repeated, after whatever end the first one had, makes no second one.
	 */
	async function publish(input: CheckRunInput): Promise<{ outcome: "created" | "updated" | "unchanged" }> {
		const { owner, name, headSha, checkName } = input;
		const path = { owner, repo: name };
		const output = { title: input.title, summary: input.summary.slice(0, LONGEST_TEXT) };
		const octokit = await deps.clientFor({ owner, name }, { checks: "write" });
		const ask = <T>(what: string, call: () => Promise<T>) => askGithub(`${what} of ${owner}/${name}`, call);
		try {
			const { data } = await ask("reading check runs", () =>
				octokit.request("GET /repos/{owner}/{repo}/commits/{ref}/check-runs", {
					...path,
					ref: headSha,
					check_name: checkName,
					...appId,
					filter: "latest",
				}),
			);
			const found = checkRuns.parse(data).check_runs[0];
			const change = { conclusion: input.conclusion, output };
			if (found === undefined) {
				await ask("making a check run", () =>
					octokit.request("POST /repos/{owner}/{repo}/check-runs", {
						...path,
						name: checkName,
						head_sha: headSha,
						external_id: input.externalId,
						...change,
					}),
				);
				return { outcome: "created" };
			}
			const isSame =
				found.status === "completed" &&
				found.conclusion === input.conclusion &&
				found.output.title === output.title &&
				found.output.summary === output.summary;
			if (isSame) return { outcome: "unchanged" };
			await ask("changing a check run", () =>
				octokit.request("PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}", {
					...path,
					check_run_id: found.id,
					...change,
				}),
			);
			return { outcome: "updated" };
		} catch (error) {
			// A token that was taken back is of no use to the next call.
			if (readStatus(error) === 401) deps.forget({ owner, name });
			throw error;
		}
	}

	return { publish };
}

const checkRuns = z.object({
	check_runs: z.array(
		z.object({
			id: z.number().int(),
			status: z.string(),
			conclusion: z.string().nullable(),
			output: z.object({ title: z.string().nullable(), summary: z.string().nullable() }),
		}),
	),
});

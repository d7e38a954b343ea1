import { z } from "zod";
import { AppError } from "../errors.ts";
import type { AskAsApp } from "./ask-as-app.ts";
import type { CheckOutcome, RepositoryAddress } from "./github.ts";
import { readStatus } from "./github-error.ts";
import { readTail } from "./read-tail.ts";

const PAGE = 100;
/** App behind GitHub Actions, also on Enterprise Server. */
const ACTIONS = "github-actions";
const TAIL_BYTES = 64 * 1024;
const LOG_WITHIN_MS = 30_000;
const MOST_ANNOTATIONS = 50;

/** Reads as the App what checks said of commits, with their logs, and has jobs run again. */
export function createCheckResults({ ask }: { ask: AskAsApp }) {
	/** Every outcome of every check of a commit, oldest first, those of `except` left out. */
	function listChecks(input: RepositoryAddress & { sha: string; except: string }): Promise<CheckOutcome[]> {
		const { sha: ref, except } = input;
		return ask("reading checks", input, { checks: "read", statuses: "read" }, async (octokit, path) => {
			const [runs, statuses] = await Promise.all([
				readPages(
					(page) =>
						octokit.request("GET /repos/{owner}/{repo}/commits/{ref}/check-runs", {
							...path,
							ref,
							filter: "all",
							per_page: PAGE,
							page,
						}),
					(data) => runPage.parse(data).check_runs,
				),
				readPages(
					(page) =>
						octokit.request("GET /repos/{owner}/{repo}/commits/{ref}/statuses", {
							...path,
							ref,
							per_page: PAGE,
							page,
						}),
					(data) => z.array(status).parse(data),
				),
			]);
			return [
				...runs.sort((a, b) => a.id - b.id).map(toOutcome),
				...statuses.sort((a, b) => a.id - b.id).map(fromStatus),
			].filter(({ name }) => name !== except);
		});
	}

	/** Where `head` left `base`, and where `base` is now; null: one of the two is gone. */
	async function findBase(
		input: RepositoryAddress & { base: string; head: string },
	): Promise<{ mergeBaseSha: string; tipSha: string } | null> {
		try {
			return await ask("comparing commits", input, { contents: "read" }, async (octokit, path) => {
				const { data } = await octokit.request("GET /repos/{owner}/{repo}/compare/{basehead}", {
					...path,
					basehead: `${input.base}...${input.head}`,
					per_page: 1,
				});
				const { merge_base_commit, base_commit } = comparison.parse(data);
				return { mergeBaseSha: merge_base_commit.sha, tipSha: base_commit.sha };
			});
		} catch (error) {
			// The client could be made, so the repository is there: a commit is not.
			if (readStatus(error) === 404) return null;
			throw error;
		}
	}

	/** The end of what a check printed, else what its maker wrote about it. Not masked, not to be believed. */
	async function readCheckLog(input: RepositoryAddress & { check: CheckOutcome }): Promise<string> {
		const { runId, isJob, words } = input.check;
		if (runId === null) return words;
		const log = isJob ? await readJobLog({ ...input, jobId: runId }) : null;
		if (log !== null) return log;
		return [words, await readAnnotations({ ...input, runId })].filter((text) => text !== "").join("\n\n");
	}

	/** null: there is none, it is too old, or the App may not read it. */
	async function readJobLog(input: RepositoryAddress & { jobId: number }): Promise<string | null> {
		try {
			const address = await ask("reading a log", input, { actions: "read" }, async (octokit, path) => {
				// The address that it leads to is signed and takes no token.
				const { headers } = await octokit.request("GET /repos/{owner}/{repo}/actions/jobs/{job_id}/logs", {
					...path,
					job_id: input.jobId,
					request: { redirect: "manual" },
				});
				return headers.location;
			});
			return address === undefined ? null : await readTail(address, TAIL_BYTES, LOG_WITHIN_MS);
		} catch (error) {
			if (error instanceof AppError && !error.retryable) return null;
			throw error;
		}
	}

	function readAnnotations(input: RepositoryAddress & { runId: number }): Promise<string> {
		return ask("reading annotations", input, { checks: "read" }, async (octokit, path) => {
			const { data } = await octokit.request(
				"GET /repos/{owner}/{repo}/check-runs/{check_run_id}/annotations",
				{ ...path, check_run_id: input.runId, per_page: MOST_ANNOTATIONS },
			);
			return z
				.array(annotation)
				.parse(data)
				.map(({ path, start_line, annotation_level, message }) =>
					`${path}:${start_line}: ${annotation_level ?? "notice"}: ${message ?? ""}`.trim(),
				)
				.join("\n");
		});
	}

	/**
	 * Has the failed jobs of this job's workflow run begin anew, all at once: one after the other GitHub would refuse the
	 * second while the first runs.
	 */
	async function rerunFailedJobs(
		input: RepositoryAddress & { jobId: number },
	): Promise<{ outcome: "asked" | "impossible" }> {
		try {
			await ask("running a job again", input, { actions: "write" }, async (octokit, path) => {
				const { data } = await octokit.request("GET /repos/{owner}/{repo}/actions/jobs/{job_id}", {
					...path,
					job_id: input.jobId,
				});
				await octokit.request("POST /repos/{owner}/{repo}/actions/runs/{run_id}/rerun-failed-jobs", {
					...path,
					run_id: job.parse(data).run_id,
				});
			});
			return { outcome: "asked" };
		} catch (error) {
			// Too old, under way already, or the App may not.
			if (error instanceof AppError && !error.retryable) return { outcome: "impossible" };
			throw error;
		}
	}

	return { listChecks, findBase, readCheckLog, rerunFailedJobs };
}

async function readPages<Item>(
	read: (page: number) => Promise<{ data: unknown }>,
	parse: (data: unknown) => Item[],
): Promise<Item[]> {
	const items: Item[] = [];
	for (let page = 1; ; page++) {
		const found = parse((await read(page)).data);
		items.push(...found);
		if (found.length < PAGE) return items;
	}
}

/** Source: REST, "Check runs": `stale` is GitHub's own, for one that never ended. */
const RUN_STATE: Record<string, CheckOutcome["state"]> = {
	success: "passed",
	failure: "failed",
	timed_out: "failed",
	startup_failure: "failed",
};
const STATUS_STATE = { error: "failed", failure: "failed", pending: "running", success: "passed" } as const;

function toOutcome(run: z.infer<typeof checkRun>): CheckOutcome {
	const { id, name, status, conclusion, app, check_suite, output } = run;
	const suite = `run ${check_suite?.id ?? app?.slug ?? ""}`;
	return {
		name,
		group: `${suite} ${name}`,
		suite,
		state: status === "completed" ? (RUN_STATE[conclusion ?? ""] ?? "other") : "running",
		runId: id,
		isJob: app?.slug === ACTIONS,
		words: [output.title, output.summary, output.text].filter(Boolean).join("\n\n"),
	};
}

function fromStatus({ context, state, description }: z.infer<typeof status>): CheckOutcome {
	const words = description ?? "";
	return {
		name: context,
		group: `status ${context}`,
		suite: "status",
		state: STATUS_STATE[state],
		runId: null,
		isJob: false,
		words,
	};
}

const checkRun = z.object({
	id: z.number().int(),
	name: z.string(),
	status: z.string(),
	conclusion: z.string().nullable(),
	app: z.object({ slug: z.string().optional() }).nullish(),
	check_suite: z.object({ id: z.number().int() }).nullish(),
	output: z.object({
		title: z.string().nullish(),
		summary: z.string().nullish(),
		text: z.string().nullish(),
	}),
});
const runPage = z.object({ check_runs: z.array(checkRun) });
const status = z.object({
	id: z.number().int(),
	context: z.string(),
	state: z.enum(["error", "failure", "pending", "success"]),
	description: z.string().nullish(),
});
const commit = z.object({ sha: z.string() });
const comparison = z.object({ merge_base_commit: commit, base_commit: commit });
const annotation = z.object({
	path: z.string(),
	start_line: z.number().int(),
	annotation_level: z.string().nullish(),
	message: z.string().nullish(),
});
const job = z.object({ run_id: z.number().int() });

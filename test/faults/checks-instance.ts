/**
 * One instance of Bobbin that looks at checks, to be killed. It asks the playground's GitHub of the test. One that is
 * started with `pause` stops for ever, for each pull request, at the point that its session's first prompt names.
 */

import { openDatabase } from "../../src/db/client.ts";
import { createGithub } from "../../src/github/app.ts";
import { judgeChecksJob, runPromptJob } from "../../src/jobs/queue.ts";
import { defineTask } from "../../src/jobs/worker.ts";
import { type CheckHost, createJudgeChecks } from "../../src/sessions/checks/judge-checks.ts";
import { createCore } from "../harness/sessions.ts";

const [url = "", instanceId = "", mode = "", connection = "{}"] = process.argv.slice(2);
const database = openDatabase(url);
const core = createCore(database, { instanceId, level: process.env.TEST_LOG ?? "silent" });
const github = createGithub({ ...JSON.parse(connection), log: core.log, now: core.now });

await core.jobs.prepare();
await core.jobs.work([
	defineTask(judgeChecksJob, async ({ pullRequestId }, { signal }) => {
		const reach = async (point: string) => {
			process.send?.({ point: `${point} ${pullRequestId}` });
			if (mode === "pause" && (await readPausePoint(pullRequestId)) === point) await new Promise(() => {});
		};
		const host: CheckHost = {
			...github,
			async rerunFailedJobs(input) {
				await reach("before-rerun");
				const answer = await github.rerunFailedJobs(input);
				await reach("after-rerun");
				return answer;
			},
		};
		const judgeChecks = createJudgeChecks({
			db: database.db,
			enqueue: async (tx, kind, payload, options) => {
				await core.jobs.enqueue(tx, kind, payload, options);
				// The prompt is there, and its transaction is open.
				if (kind.name === runPromptJob.name) await reach("inserted");
			},
			github: host,
			now: core.now,
			newId: core.newId,
		});
		const { outcome } = await judgeChecks({ pullRequestId, signal });
		await reach(outcome);
	}),
]);
process.send?.({ point: "ready" });

async function readPausePoint(pullRequestId: string): Promise<string | undefined> {
	const { rows } = await database.pool.query<{ text: string }>(
		`select prompts.text from prompts join pull_requests on pull_requests.session_id = prompts.session_id
		 where pull_requests.id = $1 order by prompts.number limit 1`,
		[pullRequestId],
	);
	return rows[0]?.text;
}

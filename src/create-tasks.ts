import { buildImage } from "../sandbox/images/build-image.ts";
import type { SandboxProvider } from "../sandbox/provider.ts";
import { type BuildImageDeps, createBuildImage } from "./images/build-image.ts";
import { createAnswerCommentTask } from "./jobs/tasks/answer-comment.ts";
import { createAskToLinkTask } from "./jobs/tasks/ask-to-link.ts";
import { createBeginAttemptsTask } from "./jobs/tasks/begin-attempts.ts";
import { createBuildImageTask } from "./jobs/tasks/build-image.ts";
import { createCheckReviewTask } from "./jobs/tasks/check-review.ts";
import { createCloseAttemptTask } from "./jobs/tasks/close-attempt.ts";
import { createDescribePullRequestTask } from "./jobs/tasks/describe-pull-request.ts";
import { createJudgeChecksTask } from "./jobs/tasks/judge-checks.ts";
import { createMeasureMergeTask } from "./jobs/tasks/measure-merge.ts";
import { createNotifyAuthorTask } from "./jobs/tasks/notify-author.ts";
import { createOpenPullRequestTask } from "./jobs/tasks/open-pull-request.ts";
import { createRouteSessionTask } from "./jobs/tasks/route-session.ts";
import { createRunPromptTask } from "./jobs/tasks/run-prompt.ts";
import { createShowThreadTask } from "./jobs/tasks/show-thread.ts";
import { createSnapshotSessionTask } from "./jobs/tasks/snapshot-session.ts";
import { createTellChannelTask } from "./jobs/tasks/tell-channel.ts";
import { createTellLinkedTask } from "./jobs/tasks/tell-linked.ts";
import type { Task } from "./jobs/worker.ts";
import { findSlackUser } from "./sessions/context/context-store.ts";
import type { PullRequests } from "./sessions/pull-requests/open-pull-request.ts";
import type { Pushes } from "./sessions/pull-requests/record-pushes.ts";
import type { Slack } from "./slack/slack.ts";

type DepsOf<Create extends (deps: never) => Task> = Parameters<Create>[0];

const BUILD_LIMITS = { stepMs: 15 * 60_000, totalMs: 40 * 60_000, logBytes: 512 * 1024 };

/** Every job that Bobbin does, one task each. */
export function createTasks(
	deps: Omit<DepsOf<typeof createRunPromptTask>, "progress" | "fetchFile" | "settlePullRequests"> &
		Omit<BuildImageDeps, "engine" | "limits" | "sandboxes"> &
		Omit<DepsOf<typeof createAskToLinkTask>, "askToLink"> &
		DepsOf<typeof createRouteSessionTask> &
		DepsOf<typeof createSnapshotSessionTask> &
		DepsOf<typeof createDescribePullRequestTask> &
		DepsOf<typeof createCheckReviewTask> &
		DepsOf<typeof createJudgeChecksTask> &
		DepsOf<typeof createMeasureMergeTask> &
		Omit<DepsOf<typeof createCloseAttemptTask>, "sandboxes"> &
		DepsOf<typeof createAnswerCommentTask> & {
			provider: SandboxProvider;
			slack: Slack;
			pullRequests: PullRequests;
			pushes: Pick<Pushes, "settle">;
		},
): Task[] {
	const { slack, github, pullRequests, pushes, provider, now } = deps;
	return [
		createRouteSessionTask({ ...deps, gatherContext: slack.gatherContext }),
		createRunPromptTask({
			...deps,
			progress: { follow: slack.followProgress },
			fetchFile: slack.fetchFile,
			gatherContext: slack.gatherContext,
			settlePullRequests: async (sessionId) => {
				await pullRequests.settle(sessionId);
				await pushes.settle(sessionId);
			},
		}),
		createSnapshotSessionTask(deps),
		createAskToLinkTask({ ...deps, askToLink: slack.askToLink }),
		createTellLinkedTask({ ...deps, tellLinked: slack.tellLinked }),
		createNotifyAuthorTask({ ...deps, notifyAuthor: slack.notifyAuthor }),
		createShowThreadTask({ ...deps, showThread: slack.showThread }),
		createBuildImageTask({
			...deps,
			buildImage: createBuildImage({
				...deps,
				sandboxes: provider,
				engine: (input, signal) => buildImage({ provider, now }, input, signal),
				limits: BUILD_LIMITS,
			}),
		}),
		createBeginAttemptsTask({
			...deps,
			startThread: slack.startThread,
			gatherContext: slack.gatherContext,
			findUser: (of) => findSlackUser(deps.db, of),
		}),
		createCloseAttemptTask({ ...deps, sandboxes: provider }),
		createTellChannelTask({ ...deps, tellChannel: slack.tellChannel }),
		createOpenPullRequestTask({ pullRequests }),
		createDescribePullRequestTask(deps),
		createCheckReviewTask(deps),
		createJudgeChecksTask({
			...deps,
			github: {
				...github,
				// The ends of logs go into prompts.
				readCheckLog: async (of) => (await deps.mask(await github.readCheckLog(of))).text,
			},
		}),
		createMeasureMergeTask(deps),
		createAnswerCommentTask(deps),
	];
}

import { readStops } from "../../budget/stop-store.ts";
import type { Db, Tx } from "../../db/client.ts";
import type { SessionMove } from "../../db/schema/sessions.ts";
import { viewAttempts } from "../attempts/view-attempts.ts";
import { readFindings } from "../checks/check-finding-store.ts";
import { listUnanswerable } from "../comments/comment-store.ts";
import { countMasked, listLeftOut } from "../context/count-masked.ts";
import { listPictures } from "../pictures/picture-store.ts";
import { readOfSession } from "../pull-requests/pull-request-store.ts";
import { readQuestions } from "../questions/question-store.ts";
import { readCost, readPrompts } from "../queue/prompt-store.ts";
import { type Opinion, readOpinions } from "../reviews/opinion-store.ts";
import { readMoves } from "../routing/correction-store.ts";
import { readRepository } from "../routing/repository-store.ts";
import { findWipBranch } from "../sandbox/snapshot-store.ts";
import { readQuestion, readSession, readThreads, sessionNotFound } from "../session-store.ts";
import type {
	BudgetStopView,
	OpeningView,
	PromptView,
	PullRequestView,
	SessionView,
} from "../session-view.ts";
import type { Sessions } from "../sessions.ts";

export function createViewSession(deps: { db: Db }): Sessions["view"] {
	return (sessionId) =>
		// One snapshot: prompts, pull requests and `lastSeq` belong together.
		deps.db
			.transaction()
			.setIsolationLevel("repeatable read")
			.setAccessMode("read only")
			.execute(async (tx): Promise<SessionView> => {
				const session = await readSession(tx, sessionId);
				if (!session) throw sessionNotFound();
				const prompts = await readPrompts(tx, sessionId);
				const running = prompts.find(({ status }) => status === "running");
				const spentUsd = running === undefined ? 0 : await readCost(tx, running.id);
				const pullRequests = await readOfSession(tx, sessionId);
				const unanswerable = await listUnanswerable(tx, sessionId);
				const opinions = await readOpinions(tx, sessionId);
				const question = session.status === "asking" ? await readQuestion(tx, sessionId) : null;
				return {
					id: session.id,
					status: session.status,
					title: session.title,
					repository:
						session.repository_id === null
							? null
							: {
									id: session.repository_id,
									fullName: `${session.owner}/${session.name}`,
									sizeKib: session.size_kib,
								},
					routing: session.routing,
					movingTo: await readMovingTo(tx, session.move),
					moves: await readMoves(tx, sessionId),
					askReason: question?.reason ?? null,
					candidates: question?.candidates ?? [],
					threads: await readThreads(tx, sessionId),
					prompts: prompts.map((row) => toPromptView(row, prompts, unanswerable, spentUsd)),
					pullRequests: pullRequests.flatMap((row) => toPullRequestView(row, opinions)),
					openings: pullRequests.flatMap((row) => toOpeningView(row, prompts)),
					checks: await readFindings(tx, sessionId),
					attempts: await viewAttempts(tx, sessionId),
					budgetStops: (await readStops(tx, sessionId)).map(toStopView),
					questions: await readQuestions(tx, sessionId),
					pictures: await listPictures(tx, sessionId),
					savedBranch: await findWipBranch(tx, sessionId),
					notes: session.checkout_notes,
					lastSeq: session.last_seq,
				};
			});
}

async function readMovingTo(tx: Tx, move: SessionMove | null): Promise<string | null> {
	const target = move === null ? undefined : await readRepository(tx, move.repositoryId);
	return target ? `${target.owner}/${target.name}` : null;
}

type PromptRow = Awaited<ReturnType<typeof readPrompts>>[number];

function toStopView(row: Awaited<ReturnType<typeof readStops>>[number]): BudgetStopView {
	const { raised_usd: raisedUsd } = row;
	const how = raisedUsd === null ? ("stopped" as const) : ("continued" as const);
	return {
		id: row.id,
		promptId: row.prompt_id,
		scope: row.scope,
		spentUsd: row.spent_usd,
		capUsd: row.cap_usd,
		offerUsd: row.offer_usd,
		decision: row.decided_at === null ? null : { how, by: row.decider, raisedUsd: raisedUsd ?? 0 },
	};
}

/** `spentUsd`: by the prompt that runs, so far. */
function toPromptView(
	row: PromptRow,
	all: PromptRow[],
	unanswerable: Set<string>,
	spentUsd: number,
): PromptView {
	const ahead = all.filter(
		(other) => other.status === "queued" && other.held === null && other.number < row.number,
	);
	const isAnsweredThere = row.origin.kind === "github" && !unanswerable.has(row.id);
	const held = row.status === "queued" ? row.held : null;
	return {
		id: row.id,
		number: row.number,
		status: row.status,
		text: row.text,
		author: row.author_id === null ? null : { personId: row.author_id, name: row.author_name ?? "" },
		origin: row.origin,
		held,
		repository: row.repository_name,
		position: row.status === "queued" && held === null ? ahead.length + 1 : 0,
		attempt: row.attempt,
		answer: row.answer,
		snippet: row.snippet,
		answerPlace: isAnsweredThere ? "github" : "thread",
		problem: row.problem,
		costUsd: row.status === "running" ? spentUsd : row.cost_usd,
		estimate: row.estimate,
		masked: countMasked(row.masked),
		leftOut: listLeftOut(row.files),
		startup: row.startup,
		withdrawn: row.withdrawn,
		stoppedBy: row.stopped_by,
		editedText: row.edited_text,
		createdAt: row.created_at,
		startedAt: row.started_at,
		finishedAt: row.finished_at,
	};
}

/** An intent is nobody's business until GitHub has answered, or somebody can do something for it. */
function toOpeningView(
	row: Awaited<ReturnType<typeof readOfSession>>[number],
	prompts: PromptRow[],
): OpeningView[] {
	const { waits_for: personId, problem } = row;
	if (row.state !== "intended" || (personId === null && problem === null)) return [];
	const name = prompts.find((prompt) => prompt.author_id === personId)?.author_name ?? "";
	return [
		{
			id: row.id,
			promptId: row.prompt_id,
			repository: `${row.owner}/${row.name}`,
			title: row.title,
			branch: row.branch,
			base: row.base,
			waitsFor: personId === null ? null : { personId, name },
			problem,
		},
	];
}

function toPullRequestView(
	row: Awaited<ReturnType<typeof readOfSession>>[number],
	opinions: Opinion[],
): PullRequestView[] {
	if (row.state === "intended" || row.number === null || row.url === null) return [];
	const whoSaid = (state: Opinion["state"]) =>
		opinions
			.filter((said) => said.pullRequestId === row.id && said.state === state)
			.map(({ login }) => login);
	return [
		{
			id: row.id,
			promptId: row.prompt_id,
			repository: `${row.owner}/${row.name}`,
			number: row.number,
			url: row.url,
			title: row.title,
			branch: row.branch,
			base: row.base,
			state: row.state,
			additions: row.additions,
			deletions: row.deletions,
			draft: row.draft,
			mergedBy: row.merged_by,
			approvedBy: whoSaid("approved"),
			isIndependent: row.independent,
			changesRequestedBy: whoSaid("changes_requested"),
			checks: row.checks,
			failingChecks: row.failing_checks,
		},
	];
}

import type { Tx } from "../../db/client.ts";
import { AppError } from "../../errors.ts";
import { checkReviewJob, measureMergeJob, showThreadJob } from "../../jobs/queue.ts";
import { listPeopleByGithubId } from "../../people/account-store.ts";
import { recordAudit } from "../../people/audit.ts";
import { appendEvents } from "../log/event-store.ts";
import type { PullRequestNow } from "../ports.ts";
import { lockSession } from "../session-store.ts";
import type { UseCaseDeps } from "../use-case.ts";
import {
	findToldPullRequest,
	findToldRepository,
	isMeasured,
	isOpeningUnderWay,
	saveLife,
	type ToldRepository,
	type ToldRow,
} from "./pull-request-life-store.ts";
import { settleSession } from "./settle-session.ts";

export type PullRequestChanged = (input: {
	repository: ToldRepository;
	now: PullRequestNow;
	/** When GitHub was asked for it. */
	askedAtMs: number;
	/** Commits that were its head at some time. */
	heads: string[];
	/** Who did what made us look, and what they did in GitHub's word; null: nobody said. */
	act: { action: string; githubId: number; login: string } | null;
}) => Promise<{ outcome: "recorded" | "unchanged" | "not_ours" }>;

type Row = NonNullable<Awaited<ReturnType<typeof findToldPullRequest>>>;

/**
 * Takes what GitHub says of a pull request now: in whatever order and however often it is told, the end is the same.
 *
 * @throws AppError `opening_under_way` (retryable): what GitHub answered to its opening is not written down yet;
 * `overtaken` (retryable): something was written down since GitHub was asked, so it has to be asked again
 */
export function createPullRequestChanged(deps: UseCaseDeps): PullRequestChanged {
	return (input) =>
		deps.db.transaction().execute(async (tx) => {
			const { now } = input;
			const repository = await findToldRepository(tx, input.repository);
			if (!repository) return { outcome: "not_ours" };
			const of = { ...now, repositoryId: repository.id };
			const found = await findToldPullRequest(tx, of);
			if (!found) {
				if (!now.isFork && (await isOpeningUnderWay(tx, of))) throw underWay();
				if (now.state === "merged") await measure(tx, of);
				return { outcome: "not_ours" };
			}
			const session = await lockSession(tx, found.session_id);
			const row = await findToldPullRequest(tx, of);
			if (!row) return { outcome: "not_ours" };
			const changed = !isSame(row, now);
			if (changed && row.updated_at.getTime() > input.askedAtMs) throw overtaken();
			const at = new Date(deps.now());
			const heads = row.head_sha === null ? input.heads : [...input.heads, row.head_sha];
			await saveLife(tx, { id: row.id, now, heads, at });
			if (now.state === "merged") await measure(tx, of);
			if (!changed) return { outcome: "unchanged" };

			await note(tx, row, repository, input, at);
			if (now.state === "open" && (row.head_sha !== now.headSha || row.state !== "open"))
				await deps.enqueue(tx, checkReviewJob, { version: 1, pullRequestId: row.id }, { key: row.id });
			const { state, additions, deletions } = now;
			await appendEvents(
				tx,
				session.id,
				[{ type: "pull_request.changed", data: { pullRequestId: row.id, state, additions, deletions } }],
				at,
			);
			await settleSession(tx, session, at);
			await deps.enqueue(tx, showThreadJob, { version: 1, sessionId: session.id }, { key: session.id });
			return { outcome: "recorded" };
		});

	async function measure(tx: Tx, { repositoryId, number }: { repositoryId: string; number: number }) {
		if (await isMeasured(tx, { repositoryId, number })) return;
		const job = { version: 1 as const, repositoryId, number };
		await deps.enqueue(tx, measureMergeJob, job, { key: `${repositoryId}#${number}` });
	}
}

function underWay(): AppError {
	return new AppError("opening_under_way", "The pull request is being opened just now.", { retryable: true });
}

function overtaken(): AppError {
	return new AppError("overtaken", "What GitHub said of the pull request may be old by now.", {
		retryable: true,
	});
}

/** Who merged, closed or reopened it, where it is known. */
async function note(
	tx: Tx,
	row: Row,
	repository: ToldRow,
	{ now, act }: Parameters<PullRequestChanged>[0],
	at: Date,
): Promise<void> {
	const done = toAct(row, now);
	if (done === null) return;
	const doer = done === "merged" ? now.mergedBy : act?.action === done ? act : null;
	const [person] = doer === null ? [] : await listPeopleByGithubId(tx, doer.githubId);
	const personId = person?.personId ?? null;
	const actor = doer === null ? "github" : `github:${doer.login}`;
	const deed = {
		personId,
		...(personId === null ? { actor } : {}),
		action: `pull_request.${done}`,
		sessionId: row.session_id,
		repositoryId: repository.id,
		subject: `${repository.owner}/${repository.name}#${now.number}`,
	};
	await recordAudit(tx, deed, at);
}

/** A time that was not known yet is an act that was not noted yet, whoever wrote its state down. */
function toAct(row: Row, now: PullRequestNow): "merged" | "closed" | "reopened" | null {
	if (now.state === "merged") return row.merged_at === null ? "merged" : null;
	if (now.state === "closed") return row.closed_at?.getTime() === now.closedAtMs ? null : "closed";
	return row.closed_at === null ? null : "reopened";
}

function isSame(row: Row, now: PullRequestNow): boolean {
	return (
		row.state === now.state &&
		row.title === now.title &&
		row.base === now.base &&
		row.draft === now.draft &&
		row.head_sha === now.headSha &&
		row.additions === now.additions &&
		row.deletions === now.deletions &&
		(row.merged_at?.getTime() ?? null) === now.mergedAtMs &&
		(row.closed_at?.getTime() ?? null) === now.closedAtMs
	);
}

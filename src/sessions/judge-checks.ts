import type { PromptContext } from "../db/schema.ts";
import { judgeChecksJob, runPromptJob, showThreadJob } from "../jobs/queue.ts";
import { recordAudit } from "../people/audit.ts";
import { readRepositoryRules } from "../people/repository-rules.ts";
import {
	countFixes,
	findJudged,
	findPush,
	insertFindings,
	intendReruns,
	listFindings,
	listReruns,
	settleReruns,
	toFixKey,
} from "./check-finding-store.ts";
import { findNamedFile, toLogExcerpt } from "./check-log.ts";
import { toCheckPrompt } from "./check-prompt.ts";
import { type CheckFacts, decideChecks, decideNext, type Finding, type Judged } from "./decide-checks.ts";
import { appendEvents } from "./event-store.ts";
import { CHECK_NAME } from "./independent-review-check.ts";
import type { PullRequestFacts } from "./ports.ts";
import { findByKey, insertPrompt, readUnheldPrompts } from "./prompt-store.ts";
import { CHECKS_WITHIN_MS } from "./request-check-judgment.ts";
import { lockSession, setStatus } from "./session-store.ts";
import type { UseCaseDeps } from "./use-case.ts";

/** How long a check that was run again is waited for. */
const RERUN_WITHIN_MS = 30 * 60_000;
const MOST_LOGS = 3;

interface Address {
	owner: string;
	name: string;
}

/** One outcome of one check of a commit. */
interface CheckOutcome {
	name: string;
	/** Alike for outcomes of one check that was run again. */
	group: string;
	state: "running" | "passed" | "failed" | "other";
	runId: number | null;
	/** It has a log and may be run again. */
	isJob: boolean;
	words: string;
}

/** What judging needs of GitHub. Its calls throw AppError. */
export interface CheckHost {
	readPullRequest(input: Address & { number: number }): Promise<PullRequestFacts>;
	/** Every outcome of every check of a commit, oldest first, those of `except` left out. */
	listChecks(input: Address & { sha: string; except: string }): Promise<CheckOutcome[]>;
	/** null: one of the two is gone. */
	findBase(
		input: Address & { base: string; head: string },
	): Promise<{ mergeBaseSha: string; tipSha: string } | null>;
	/** The end of what a check printed, or what its maker wrote. */
	readCheckLog(input: Address & { check: CheckOutcome }): Promise<string>;
	listChangedFiles(input: Address & { number: number }): Promise<{ path: string }[]>;
	rerunFailedJobs(input: Address & { jobId: number }): Promise<{ outcome: "asked" | "impossible" }>;
}

export interface JudgeChecksDeps extends UseCaseDeps {
	github: CheckHost;
}

export type Judgment =
	/** Its head is no commit of ours, or it is closed. */
	| { outcome: "not_ours" }
	/** Prompts of the session are open: its head may move. Its last turn's end has this done again. */
	| { outcome: "busy" }
	/** Checks run, or are run again. */
	| { outcome: "waiting" }
	/** Nothing fails of which that is not known already. */
	| { outcome: "nothing_new" }
	| { outcome: "judged"; judged: Judged };

type Row = NonNullable<Awaited<ReturnType<typeof findJudged>>>;
type Push = NonNullable<Awaited<ReturnType<typeof findPush>>>;

/**
 * Finds out why checks of a head of ours fail, and has the session mend what it broke. Everything is read anew and what
 * follows is one transaction, so it may run at any time and again after a kill: each check of a head is decided once, and
 * each head has one prompt that mends it at most.
 */
export function createJudgeChecks(deps: JudgeChecksDeps) {
	const { db, github } = deps;

	return async function judgeChecks(input: {
		pullRequestId: string;
		signal: AbortSignal;
	}): Promise<Judgment> {
		const row = await findJudged(db, input.pullRequestId);
		if (row?.state !== "open" || row.number === null) return { outcome: "not_ours" };
		if ((await readUnheldPrompts(db, row.session_id)).length > 0) return { outcome: "busy" };
		const address = { owner: row.owner, name: row.name };
		const facts = await github.readPullRequest({ ...address, number: row.number });
		const push = facts.state === "open" ? await findPush(db, ofBranch(row, facts.headSha)) : undefined;
		// Somebody else's commit on top: its checks are theirs.
		if (!push) return { outcome: "not_ours" };
		const head = await github.listChecks({ ...address, sha: push.sha, except: CHECK_NAME });
		const known = await listFindings(db, ofHead(row, push));
		const failing = toChecks(head).filter(({ name, isFailing }) => isFailing && !known.has(name));
		if (failing.length === 0) return { outcome: "nothing_new" };
		const isLate = deps.now() - push.at.getTime() >= CHECKS_WITHIN_MS;
		if (isRunning(head) && !isLate) return { outcome: "waiting" };
		const base = await readBase(address, facts, push.sha);
		input.signal.throwIfAborted();
		if (
			await rerun(
				row,
				push,
				failing.filter(({ name }) => !base.get(name)?.includes("failed")),
			)
		)
			return { outcome: "waiting" };
		const evidence = await readEvidence(row, failing, base);
		const checks = failing.map(
			({ name, groups }): CheckFacts => ({
				name,
				head: groups,
				base: base.get(name) ?? [],
				namedFile: evidence.get(name)?.namedFile ?? null,
			}),
		);
		const findings = decideChecks(checks, { headSha: push.sha, baseBranch: facts.base });
		input.signal.throwIfAborted();
		return settle(row, push, findings, evidence);
	};

	/** Of each name what is known where the change began; where nothing is, what is known where its base is now. */
	async function readBase(address: Address, { base }: PullRequestFacts, head: string) {
		const places = await github.findBase({ ...address, base, head });
		const known = new Map<string, ("passed" | "failed")[]>();
		if (places === null) return known;
		for (const sha of new Set([places.mergeBaseSha, places.tipSha])) {
			const outcomes = await github.listChecks({ ...address, sha, except: CHECK_NAME });
			for (const { name, groups } of toChecks(outcomes))
				if (!known.has(name) && groups.length > 0) known.set(name, groups.flat());
		}
		return known;
	}

	/** Whether it must be waited for jobs that are run once more. */
	async function rerun(row: Row, push: Push, failing: Check[]): Promise<boolean> {
		const at = new Date(deps.now());
		const head = ofHead(row, push);
		const once = failing.filter(({ jobId, groups }) => jobId !== null && groups.every((g) => g.length === 1));
		if (once.length === 0) return false;
		const asked = new Map((await listReruns(db, head)).map((known) => [known.name, known]));
		const isAwaited = once.some(({ name }) => {
			const known = asked.get(name);
			return known?.state === "asked" && at.getTime() - known.at.getTime() < RERUN_WITHIN_MS;
		});
		const due = once.filter(({ name }) => (asked.get(name)?.state ?? "intended") === "intended");
		if (due.length === 0) return isAwaited;
		const names = due.map(({ name }) => name);
		await db.transaction().execute(async (tx) => {
			await intendReruns(tx, { ...head, names, at });
			const job = { version: 1 as const, pullRequestId: row.id };
			await deps.enqueue(tx, judgeChecksJob, job, { key: row.id, startAfterMs: RERUN_WITHIN_MS });
		});
		let isAsked = false;
		const address = { owner: row.owner, name: row.name };
		for (const { name, jobId } of due) {
			if (jobId === null) continue;
			const { outcome } = await github.rerunFailedJobs({ ...address, jobId });
			isAsked ||= outcome === "asked";
			await settleReruns(db, { ...head, names: [name], state: outcome });
		}
		return isAsked || isAwaited;
	}

	/** What the logs of those say that neither failed where the change began nor passed when they were run again. */
	async function readEvidence(row: Row, failing: Check[], base: Map<string, ("passed" | "failed")[]>) {
		const address = { owner: row.owner, name: row.name };
		const evidence = new Map<string, { log: string; namedFile: string | null }>();
		const suspects = failing.filter(
			({ name, groups }) =>
				!base.get(name)?.includes("failed") && groups.some((outcomes) => !outcomes.includes("passed")),
		);
		if (suspects.length === 0 || row.number === null) return evidence;
		const files = await github.listChangedFiles({ ...address, number: row.number });
		const paths = files.map(({ path }) => path);
		for (const { name, last } of suspects.slice(0, MOST_LOGS)) {
			const log = await github.readCheckLog({ ...address, check: last });
			evidence.set(name, { log: toLogExcerpt(log), namedFile: findNamedFile(log, paths) });
		}
		return evidence;
	}

	/** Writes down what was found, and what follows from it, all or nothing. */
	function settle(
		row: Row,
		push: Push,
		found: Finding[],
		evidence: Map<string, { log: string }>,
	): Promise<Judgment> {
		const sessionId = row.session_id;
		const head = ofHead(row, push);
		return db.transaction().execute(async (tx) => {
			const at = new Date(deps.now());
			const session = await lockSession(tx, sessionId);
			const current = await findJudged(tx, row.id);
			if (current?.state !== "open") return { outcome: "not_ours" };
			if ((await readUnheldPrompts(tx, sessionId)).length > 0) return { outcome: "busy" };
			const known = await listFindings(tx, head);
			const fresh = found.filter(({ name }) => !known.has(name));
			if (fresh.length === 0) return { outcome: "nothing_new" };
			const fixKey = toFixKey(row.id, push.sha);
			const fixes = await countFixes(tx, { sessionId, pullRequestId: row.id });
			const isTried = (await findByKey(tx, fixKey)) !== undefined;
			const ciFixes = (await readRepositoryRules(tx, row.repository_id))?.ciFixes ?? 0;
			const mostFixes = isTried ? Math.min(fixes, ciFixes) : ciFixes;
			const { findings, next } = decideNext(fresh, { fixes, mostFixes });
			const promptId = next === "fixing" ? deps.newId() : null;
			const judged = { pullRequestId: row.id, headSha: push.sha, findings, next };
			if (promptId !== null) await addFix(promptId);
			await insertFindings(tx, { ...head, findings, promptId, at });
			await appendEvents(
				tx,
				sessionId,
				[
					{ type: "checks.judged", data: judged },
					...(promptId === null ? [] : [{ type: "prompt.queued" as const, data: { promptId, position: 1 } }]),
				],
				at,
			);
			await recordAudit(
				tx,
				{
					personId: null,
					action: "checks.judged",
					sessionId,
					repositoryId: row.repository_id,
					subject: `${row.owner}/${row.name}#${row.number}`,
					data: {
						headSha: push.sha,
						next,
						verdicts: findings.map(({ name, verdict }) => ({ name, verdict })),
					},
				},
				at,
			);
			const job = { version: 1 as const, sessionId };
			if (promptId !== null) await deps.enqueue(tx, runPromptJob, job, { key: sessionId });
			await deps.enqueue(tx, showThreadJob, job, { key: sessionId });
			return { outcome: "judged", judged };

			async function addFix(id: string): Promise<void> {
				if (session.status === "ended") await setStatus(tx, sessionId, "ready", at);
				const checks: NonNullable<PromptContext["checks"]> = findings
					.filter(({ verdict }) => verdict === "caused")
					.map(({ name, reason }) => ({ name, reason, log: evidence.get(name)?.log ?? "" }));
				await insertPrompt(tx, {
					id,
					sessionId,
					held: null,
					at,
					prompt: toCheckPrompt({
						idempotencyKey: fixKey,
						// Whose turn made these commits: what mends them is theirs as well.
						authorId: push.authorId,
						headSha: push.sha,
						branch: row.branch,
						number: row.number,
						checks,
					}),
				});
			}
		});
	}
}

interface Check {
	name: string;
	isFailing: boolean;
	/** Apart for each check of this name. */
	groups: ("passed" | "failed")[][];
	/** Of its last failure. */
	last: CheckOutcome;
	jobId: number | null;
}

/** By name; outcomes that say nothing are left out. */
function toChecks(outcomes: CheckOutcome[]): Check[] {
	const names = Map.groupBy(outcomes, ({ name }) => name);
	return [...names].flatMap(([name, all]) => {
		const groups = [...Map.groupBy(all, ({ group }) => group).values()]
			.map((group) => group.flatMap(({ state }) => (state === "passed" || state === "failed" ? [state] : [])))
			.filter((group) => group.length > 0);
		const failures = all.filter(({ state }) => state === "failed");
		const last = failures.at(-1) ?? all.at(-1);
		if (last === undefined) return [];
		const jobId = failures.find(({ isJob }) => isJob)?.runId ?? null;
		return [{ name, isFailing: failures.length > 0, groups, last, jobId }];
	});
}

/** Whether any check's newest outcome is still to come. */
function isRunning(outcomes: CheckOutcome[]): boolean {
	const newest = new Map(outcomes.map((outcome) => [outcome.group, outcome]));
	return [...newest.values()].some(({ state }) => state === "running");
}

const ofBranch = ({ session_id, repository_id, branch }: Row, sha: string) => ({
	sessionId: session_id,
	repositoryId: repository_id,
	branch,
	sha,
});
const ofHead = ({ id }: Row, { sha }: Push) => ({ pullRequestId: id, headSha: sha });

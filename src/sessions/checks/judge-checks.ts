import type { PullRequestFacts } from "../ports.ts";
import { findWithRepository } from "../pull-requests/pull-request-store.ts";
import { readUnheldPrompts } from "../queue/prompt-store.ts";
import { CHECK_NAME } from "../reviews/independent-review-check.ts";
import { worksIn } from "../session-store.ts";
import type { UseCaseDeps } from "../use-case.ts";
import { findPush, listFindings } from "./check-finding-store.ts";
import { findNamedFile, toLogExcerpt } from "./check-log.ts";
import { type Check, type CheckOutcome, isRunning, toChecks } from "./check-outcomes.ts";
import { type CheckFacts, decideChecks } from "./decide-checks.ts";
import { CHECKS_WITHIN_MS } from "./request-check-judgment.ts";
import { createRerunChecks, type RerunHost } from "./rerun-checks.ts";
import { createSettleFindings, type Settled } from "./settle-findings.ts";

const MOST_LOGS = 3;

interface Address {
	owner: string;
	name: string;
}

/** What judging needs of GitHub. Its calls throw AppError. */
export interface CheckHost extends RerunHost {
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
}

export interface JudgeChecksDeps extends UseCaseDeps {
	github: CheckHost;
}

export type Judgment =
	/** Its head is no commit of ours, or it is closed; or its last turn's end has this done again; or all is known. */
	| Settled
	/** Checks run, or are run again. */
	| { outcome: "waiting" };

type Row = NonNullable<Awaited<ReturnType<typeof findWithRepository>>>;
type Push = NonNullable<Awaited<ReturnType<typeof findPush>>>;

/**
 * Finds out why checks of a head of ours fail, and has the session mend what it broke. Everything is read anew and what
 * follows is one transaction, so it may run at any time and again after a kill: each check of a head is decided once, and
 * each head has one prompt that mends it at most.
 */
export function createJudgeChecks(deps: JudgeChecksDeps) {
	const { db, github } = deps;
	const rerunChecks = createRerunChecks(deps);
	const settleFindings = createSettleFindings(deps);

	return async function judgeChecks(input: {
		pullRequestId: string;
		signal: AbortSignal;
	}): Promise<Judgment> {
		const row = await findWithRepository(db, input.pullRequestId);
		if (row?.state !== "open" || row.number === null) return { outcome: "not_ours" };
		// Its session was moved elsewhere and mends nothing here.
		if (!(await worksIn(db, row.session_id, row.repository_id))) return { outcome: "not_ours" };
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
		const suspects = failing.filter(({ name }) => !base.get(name)?.includes("failed"));
		if (await rerunChecks(row, push.sha, suspects)) return { outcome: "waiting" };
		const evidence = await readEvidence(row, suspects);
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
		return settleFindings(row, push, findings, evidence);
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

	/** What the logs say of those that did not pass when they were run again. */
	async function readEvidence(row: Row, suspects: Check[]) {
		const address = { owner: row.owner, name: row.name };
		const evidence = new Map<string, { log: string; namedFile: string | null }>();
		const steady = suspects.filter(({ groups }) => groups.some((outcomes) => !outcomes.includes("passed")));
		if (steady.length === 0 || row.number === null) return evidence;
		const files = await github.listChangedFiles({ ...address, number: row.number });
		const paths = files.map(({ path }) => path);
		for (const { name, last } of steady.slice(0, MOST_LOGS)) {
			const log = await github.readCheckLog({ ...address, check: last });
			evidence.set(name, { log: toLogExcerpt(log), namedFile: findNamedFile(log, paths) });
		}
		return evidence;
	}
}

const ofBranch = ({ session_id, repository_id, branch }: Row, sha: string) => ({
	sessionId: session_id,
	repositoryId: repository_id,
	branch,
	sha,
});
const ofHead = ({ id }: Row, { sha }: Push) => ({ pullRequestId: id, headSha: sha });

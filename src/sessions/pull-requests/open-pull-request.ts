import type { Problem } from "../../contract/event.ts";
import { AppError } from "../../errors.ts";
import { openPullRequestJob, showThreadJob } from "../../jobs/queue.ts";
import { appendEvents } from "../log/event-store.ts";
import { toStorableText } from "../log/storable.ts";
import { toBranchPrefix } from "../names.ts";
import type { PictureHost, PullRequestHost } from "../ports.ts";
import { readOpenPrompts } from "../queue/prompt-store.ts";
import { lockSession, readSession, sessionNotFound } from "../session-store.ts";
import { toProblem } from "../turn/to-problem.ts";
import { type CompleteOpeningDeps, createCompleteOpening, type Opened } from "./complete-opening.ts";
import { decideBase, decideDraft } from "./decide-opening.ts";
import {
	deleteIntent,
	findAsker,
	findIntent,
	giveUpIntent,
	type Intent,
	insertIntent,
	readLooseIntents,
	readOpeningRules,
} from "./opening-store.ts";
import { findByBranch, readOfSession, updateFacts } from "./pull-request-store.ts";

interface OpenInput {
	sessionId: string;
	branch: string;
	/** Another branch of the session that has an open pull request, to stack this one on it. */
	base?: string | undefined;
	title: string;
	body: string;
	/** Somebody asked for a draft. */
	draft: boolean;
}

type Opening =
	| { outcome: "open"; number: number; url: string }
	/** It is opened later, by itself; `words` say to the agent when. */
	| { outcome: "waiting"; words: string };

export interface PullRequests {
	/**
	 * Opens the pull request of a branch, or gives the one that is open: however often it is called and wherever it is
	 * cut off, there is one for each branch. In the name of whoever asked; where they have no GitHub account connected it
	 * waits for that.
	 *
	 * @throws AppError `no_repository`, `foreign_branch`, `bad_base`, `pull_request_done` (merged or closed), or what
	 * GitHub refused it for, for good
	 */
	open(input: OpenInput): Promise<Opening>;
	/** Carries on an opening, wherever it is. What GitHub refuses now is shown in the thread. Throws to be tried again. */
	carryOn(pullRequestId: string): Promise<void>;
	/** After a turn: carries on what a crash cut off and notes what was pushed. */
	settle(sessionId: string): Promise<void>;
	/** At start: has every opening carried on that a crash cut off. */
	heal(): Promise<void>;
}

/**
 * Pull requests of sessions. The intent is a row before GitHub is asked; when it is not known whether GitHub did it,
 * GitHub is read. GitHub itself allows one open pull request for a branch, so two who carry on the same intent make one.
 */
export function createPullRequests(
	deps: Omit<CompleteOpeningDeps, "github"> & { github: PullRequestHost & PictureHost },
): PullRequests {
	const { db, github } = deps;
	const complete = createCompleteOpening(deps);

	async function open(input: OpenInput): Promise<Opening> {
		const { sessionId, branch } = input;
		const session = await readSession(db, sessionId);
		if (!session) throw sessionNotFound();
		const { repository_id: repositoryId, base_branch: sessionBase } = session;
		if (repositoryId === null || sessionBase === null)
			throw new AppError("no_repository", "This session has no repository, so there is nothing to open.");
		const prefix = toBranchPrefix(sessionId);
		if (branch !== prefix && !branch.startsWith(`${prefix}-`) && !branch.startsWith(`${prefix}/`))
			throw new AppError(
				"foreign_branch",
				`The branch ${branch} is not this session's: use ${session.branch}.`,
			);
		const known = await findByBranch(db, sessionId, branch);
		if (known?.state === "open" && known.number !== null && known.url !== null)
			return { outcome: "open", number: known.number, url: known.url };
		if (known?.state === "merged" || known?.state === "closed")
			throw new AppError(
				"pull_request_done",
				`The pull request of ${branch} is ${known.state} already. Push what is new to another branch, for example ${prefix}-${known.id.slice(0, 4)}, and open a pull request for that one.`,
			);
		const base = await chooseBase(input, sessionBase);
		const running = (await readOpenPrompts(db, sessionId)).find((prompt) => prompt.status === "running");
		const promptId = running?.id ?? null;
		const personId = await findAsker(db, { sessionId, promptId });
		const rules = await readOpeningRules(db, { personId, repositoryId });
		const { isNew } = await insertIntent(db, {
			...{ id: deps.newId(), sessionId, promptId, repositoryId, branch, base },
			title: toStorableText(input.title),
			body: toStorableText(input.body),
			draft: decideDraft({
				asked: input.draft,
				person: rules.personDraft,
				repository: rules.repositoryDraft,
			}),
			at: new Date(deps.now()),
		});
		const row = await findByBranch(db, sessionId, branch);
		if (row?.number && row.url) return { outcome: "open", number: row.number, url: row.url };
		const intent = row && (await findIntent(db, row.id));
		if (!intent) throw new AppError("pull_request_refused", "GitHub refused this just now. Try again.");
		return completeForAgent(intent, isNew);
	}

	async function chooseBase(input: OpenInput, sessionBase: string): Promise<string> {
		const others = input.base === undefined ? [] : await readOfSession(db, input.sessionId);
		const decision = decideBase({ branch: input.branch, wanted: input.base, sessionBase, others });
		switch (decision.outcome) {
			case "base":
				return decision.base;
			case "not_stackable":
				throw new AppError(
					"bad_base",
					`A pull request can be stacked only on another branch of this session that has an open pull request, and ${input.base} is none. Leave base out to open it into ${sessionBase}.`,
				);
			case "done":
				throw new AppError(
					"bad_base",
					`The pull request of ${input.base} is ${decision.state} already. Rebase onto ${sessionBase} and leave base out.`,
				);
			default:
				return decision satisfies never;
		}
	}

	/** The agent is there to hear of a refusal; what may work later goes on without it. */
	async function completeForAgent(intent: Intent, isNew: boolean): Promise<Opening> {
		let opened: Opened;
		try {
			opened = await complete(intent, { isNew });
		} catch (error) {
			if (!(error instanceof AppError)) throw error;
			if (!error.retryable) {
				// A refusal for good must not be tried again behind the agent's back.
				await deleteIntent(db, intent.id);
				throw error;
			}
			await carryOnLater(intent.id, error.retryAfterMs);
			return {
				outcome: "waiting",
				words: `The branch ${intent.branch} is pushed, but the pull request cannot be opened just now: ${error.message} It is opened by itself as soon as that works; don't wait for it.`,
			};
		}
		if (opened.outcome === "open") return opened;
		return {
			outcome: "waiting",
			words: `The branch ${intent.branch} is pushed. The pull request is opened by itself as soon as ${opened.personName} has connected a GitHub account, for which they were asked privately; don't wait for it.`,
		};
	}

	const carryOnLater = (pullRequestId: string, startAfterMs?: number) =>
		deps.enqueue(
			db,
			openPullRequestJob,
			{ version: 1, pullRequestId },
			{ key: pullRequestId, ...(startAfterMs === undefined ? {} : { startAfterMs }) },
		);

	async function refresh(row: Awaited<ReturnType<typeof readOfSession>>[number], number: number) {
		const facts = await github.readPullRequest({ owner: row.owner, name: row.name, number });
		await db.transaction().execute(async (tx) => {
			const at = new Date(deps.now());
			const sessionId = row.session_id;
			await lockSession(tx, sessionId);
			const { state, title, additions, deletions } = facts;
			const known = await findByBranch(tx, sessionId, row.branch);
			if (known?.state === state && known.additions === additions && known.deletions === deletions) return;
			await updateFacts(tx, { id: row.id, state, title, additions, deletions, at });
			const data = { pullRequestId: row.id, state, additions, deletions };
			await appendEvents(tx, sessionId, [{ type: "pull_request.changed", data }], at);
			await deps.enqueue(tx, showThreadJob, { version: 1, sessionId }, { key: sessionId });
		});
	}

	async function carryOn(pullRequestId: string): Promise<void> {
		const intent = await findIntent(db, pullRequestId);
		if (!intent || intent.waits_for !== null || intent.problem !== null) return;
		try {
			await complete(intent, { isNew: false });
		} catch (error) {
			if (!(error instanceof AppError)) throw error;
			// GitHub takes it ill when it is asked again too soon.
			if (error.retryAfterMs !== undefined) return carryOnLater(intent.id, error.retryAfterMs);
			if (error.retryable) throw error;
			deps.log.warn({ err: error, session: intent.session_id }, "a pull request was refused after its turn");
			await giveUp(intent, toProblem(error));
		}
	}

	async function giveUp(intent: Intent, problem: Problem): Promise<void> {
		const { id, session_id: sessionId, prompt_id: promptId, branch, title } = intent;
		await db.transaction().execute(async (tx) => {
			const at = new Date(deps.now());
			await lockSession(tx, sessionId);
			if (!(await giveUpIntent(tx, id, problem, at))) return;
			const data = { promptId, branch, title, problem };
			await appendEvents(tx, sessionId, [{ type: "pull_request.refused", data }], at);
			await deps.enqueue(tx, showThreadJob, { version: 1, sessionId }, { key: sessionId });
		});
	}

	return {
		open,
		carryOn,
		async settle(sessionId) {
			for (const { id } of await readLooseIntents(db, sessionId)) {
				await carryOn(id).catch(async (err) => {
					deps.log.warn({ err, session: sessionId }, "an opening is carried on later");
					await carryOnLater(id);
				});
			}
			for (const row of await readOfSession(db, sessionId)) {
				if (row.state === "open" && row.number !== null) await refresh(row, row.number);
			}
		},
		async heal() {
			for (const { id } of await readLooseIntents(db)) await carryOnLater(id);
		},
	};
}

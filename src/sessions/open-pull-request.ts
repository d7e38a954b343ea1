import type { Tx } from "../db/client.ts";
import { AppError } from "../errors.ts";
import { showThreadJob } from "../jobs/queue.ts";
import type { Log } from "../log.ts";
import { appendEvents } from "./event-store.ts";
import { toBranchPrefix } from "./names.ts";
import type { PullRequestFacts, PullRequestHost } from "./ports.ts";
import { readOpenPrompts, readPrompt } from "./prompt-store.ts";
import {
	deleteIntent,
	findByBranch,
	insertIntent,
	readIntents,
	readOfSession,
	recordOpened,
	updateFacts,
} from "./pull-request-store.ts";
import { findRepository } from "./repository-store.ts";
import { lockSession, readSession, sessionNotFound } from "./session-store.ts";
import { toStorableText } from "./storable.ts";
import type { UseCaseDeps } from "./use-case.ts";

type Row = Awaited<ReturnType<typeof readIntents>>[number];

export interface PullRequests {
	/**
	 * Opens the pull request of a branch, or gives the one that is open: however often it is called and wherever it is
	 * cut off, there is one for each branch.
	 *
	 * @throws AppError `no_repository`, `foreign_branch`, `pull_request_done` (merged or closed), or what GitHub answered
	 */
	open(input: {
		sessionId: string;
		branch: string;
		title: string;
		body: string;
		draft: boolean;
	}): Promise<{ number: number; url: string }>;
	/** After a turn: carries on what a crash cut off and notes what was pushed. */
	settle(sessionId: string): Promise<void>;
	/** At start: carries on every opening that a crash cut off. */
	heal(): Promise<void>;
}

/**
 * Pull requests of sessions. The intent is a row before GitHub is asked; when it is not known whether GitHub did it,
 * GitHub is read. GitHub itself allows one open pull request for a branch, so two who carry on the same intent make one.
 */
export function createPullRequests(deps: UseCaseDeps & { github: PullRequestHost; log: Log }): PullRequests {
	const { db, github } = deps;

	async function open(input: Parameters<PullRequests["open"]>[0]) {
		const { sessionId, branch } = input;
		const session = await readSession(db, sessionId);
		if (!session) throw sessionNotFound();
		const { repository_id, owner, name, base_branch } = session;
		if (repository_id === null || owner === null || name === null || base_branch === null)
			throw new AppError("no_repository", "This session has no repository, so there is nothing to open.");
		const prefix = toBranchPrefix(sessionId);
		if (branch !== prefix && !branch.startsWith(`${prefix}-`) && !branch.startsWith(`${prefix}/`))
			throw new AppError(
				"foreign_branch",
				`The branch ${branch} is not this session's: use ${session.branch}.`,
			);
		const running = (await readOpenPrompts(db, sessionId)).find((prompt) => prompt.status === "running");
		const author = running ? (await readPrompt(db, running.id))?.author_name : null;
		const isNew = await insertIntent(db, {
			id: deps.newId(),
			session_id: sessionId,
			prompt_id: running?.id ?? null,
			repository_id,
			branch,
			base: base_branch,
			title: toStorableText(input.title),
			body: toBody(toStorableText(input.body), author ?? null, sessionId),
			at: new Date(deps.now()),
		});
		const row = await findByBranch(db, sessionId, branch);
		if (!row) throw new AppError("pull_request_refused", "GitHub refused this just now. Try again.");
		if (row.state === "merged" || row.state === "closed")
			throw new AppError(
				"pull_request_done",
				`The pull request of ${branch} is ${row.state} already. Push what is new to another branch, for example ${prefix}-${row.id.slice(0, 4)}, and open a pull request for that one.`,
			);
		if (row.number !== null && row.url !== null) return { number: row.number, url: row.url };
		return complete({ ...row, owner, name }, { isNew, draft: input.draft });
	}

	/** From an intent to a pull request. */
	async function complete(row: Row, { isNew, draft }: { isNew: boolean; draft: boolean }) {
		const { owner, name, branch, base, title, body } = row;
		const place = { owner, name, branch };
		// Somebody may have got further with an older intent than its row says.
		const found = isNew ? null : await github.findPullRequest(place);
		const facts =
			found ??
			(await github
				.createPullRequest({ ...place, base, title, body, draft })
				.catch(async (error: unknown) => {
					if (!(error instanceof AppError)) throw error;
					// Renamed during the turn: what was meant is what the default branch is called now.
					const next = error.code === "base_branch_missing" ? await findNextBase(row) : null;
					if (next !== null) return github.createPullRequest({ ...place, base: next, title, body, draft });
					throw error;
				})
				.catch(async (error: unknown) => {
					if (!(error instanceof AppError)) throw error;
					const there =
						error.code === "pull_request_exists" || error.retryable
							? await github.findPullRequest(place)
							: null;
					if (there) return there;
					// A refusal for good must not be tried again behind the agent's back.
					if (!error.retryable) await deleteIntent(db, row.id);
					throw error;
				}));
		await record(row, facts);
		return { number: facts.number, url: facts.url };
	}

	/** Null: it is the default branch still, as far as is known. */
	async function findNextBase(row: Row): Promise<string | null> {
		const session = await readSession(db, row.session_id);
		const repository = session?.repository_id ? await findRepository(db, session.repository_id) : undefined;
		return repository && repository.default_branch !== row.base ? repository.default_branch : null;
	}

	function record(row: Row, facts: PullRequestFacts): Promise<void> {
		return db.transaction().execute(async (tx) => {
			const at = new Date(deps.now());
			await lockSession(tx, row.session_id);
			const { number, url, title, base, state, additions, deletions } = facts;
			if (
				!(await recordOpened(tx, { id: row.id, number, url, title, base, state, additions, deletions, at }))
			)
				return;
			await appendEvents(
				tx,
				row.session_id,
				[
					{
						type: "pull_request.opened",
						data: {
							promptId: row.prompt_id,
							pullRequestId: row.id,
							repository: `${row.owner}/${row.name}`,
							number,
							url,
							title,
							branch: row.branch,
							base,
						},
					},
				],
				at,
			);
			await show(tx, row.session_id);
		});
	}

	const show = (tx: Tx, sessionId: string) =>
		deps.enqueue(tx, showThreadJob, { version: 1, sessionId }, { key: sessionId });

	async function refresh(row: Row, number: number): Promise<void> {
		const facts = await github.readPullRequest({ owner: row.owner, name: row.name, number });
		await db.transaction().execute(async (tx) => {
			const at = new Date(deps.now());
			await lockSession(tx, row.session_id);
			const { state, title, additions, deletions } = facts;
			const known = await findByBranch(tx, row.session_id, row.branch);
			if (known?.state === state && known.additions === additions && known.deletions === deletions) return;
			await updateFacts(tx, { id: row.id, state, title, additions, deletions, at });
			await appendEvents(
				tx,
				row.session_id,
				[{ type: "pull_request.changed", data: { pullRequestId: row.id, state, additions, deletions } }],
				at,
			);
			await show(tx, row.session_id);
		});
	}

	async function carryOn(row: Row): Promise<void> {
		try {
			await complete(row, { isNew: false, draft: false });
		} catch (err) {
			// Refused: the agent was told, or will see it when it asks again.
			deps.log.warn({ err, session: row.session_id }, "an opening that was cut off could not be carried on");
		}
	}

	return {
		open,
		async settle(sessionId) {
			for (const row of await readOfSession(db, sessionId)) {
				if (row.state === "intended") await carryOn(row);
				else if (row.state === "open" && row.number !== null) await refresh(row, row.number);
			}
		},
		async heal() {
			for (const row of await readIntents(db)) await carryOn(row);
		},
	};
}

function toBody(body: string, author: string | null, sessionId: string): string {
	const footer = `Opened by Bobbin, session \`${sessionId}\`.`;
	// A name is what a person chose to be called: it must neither mention anybody nor be markup.
	const name = author?.replace(/[^\p{L}\p{N} .'-]+/gu, "").trim();
	const behalf = name ? `On behalf of ${name}. ` : "";
	return `${body.trim()}\n\n---\n${behalf}${footer}`;
}

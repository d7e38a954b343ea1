import { AppError } from "../../errors.ts";
import { askToLinkJob, describePullRequestJob, showThreadJob } from "../../jobs/queue.ts";
import type { Access } from "../../people/access.ts";
import { appendEvents } from "../log/event-store.ts";
import type {
	NewPullRequest,
	PersonTokens,
	PictureHost,
	PullRequestFacts,
	PullRequestHost,
} from "../ports.ts";
import { lockSession } from "../session-store.ts";
import type { UseCaseDeps } from "../use-case.ts";
import { decideOpener } from "./decide-opening.ts";
import { noteOpened } from "./note-opened.ts";
import { findAsker, type Intent, readOpeningRules, setOpener, setWaiting } from "./opening-store.ts";
import { toBody } from "./pull-request-body.ts";
import { type FooterDeps, readFooter } from "./pull-request-footer.ts";
import { findByBranch, readOfSession } from "./pull-request-store.ts";

export interface CompleteOpeningDeps extends UseCaseDeps, FooterDeps {
	github: Pick<PullRequestHost, "findPullRequest" | "createPullRequest"> & PictureHost;
	tokens: PersonTokens;
	access: Pick<Access, "permissionOf">;
	/** Whether people can connect GitHub accounts here. */
	canLink: boolean;
}

export type Opened =
	| { outcome: "open"; number: number; url: string }
	/** Its author has to connect a GitHub account first; it goes on by itself then. */
	| { outcome: "waiting"; personName: string };

type Signer =
	| { as: "person"; personId: string; token: string }
	| { as: "app" }
	| { as: "wait"; personId: string };

/**
 * From an intent to a pull request: in whose name, GitHub once, and what came of it. Where it is not known whether GitHub
 * did it, GitHub is read.
 *
 * @throws AppError with what GitHub answered, as a sentence with its remedy; retryable ones leave the intent as it is
 */
export function createCompleteOpening(deps: CompleteOpeningDeps) {
	const { db, github, tokens } = deps;

	return async function complete(row: Intent, { isNew }: { isNew: boolean }): Promise<Opened> {
		const place = { owner: row.owner, name: row.name, branch: row.branch };
		// Somebody may have got further with an older intent than its row says.
		const found = isNew ? null : await github.findPullRequest(place);
		if (found) return record(row, found, { isTextOwed: true });
		const askerId = await findAsker(db, { sessionId: row.session_id, promptId: row.prompt_id });
		const rules = await readOpeningRules(db, { personId: askerId, repositoryId: row.repository_id });
		// A token that GitHub does not take is void after the first try.
		for (let tries = 0; ; tries++) {
			const signer = await chooseSigner(askerId, rules);
			if (signer.as === "wait") return wait(row, signer.personId, rules.personName);
			await checkRight(askerId, row.repository_id);
			const openedBy = signer.as === "person" ? signer.personId : null;
			if (!(await setOpener(db, row.id, openedBy))) return findOpened(row);
			const { footer, owed } = await readFooter(deps, {
				...row,
				opened_by: openedBy,
				behalfOf: openedBy ? null : askerId,
			});
			const { base, title, draft } = row;
			const wanted = { ...place, base, title, draft, body: toBody(row.body, footer) };
			const personToken = signer.as === "person" ? signer.token : null;
			try {
				const opened = await create(row, { ...wanted, personToken });
				return await record(row, opened, { isTextOwed: owed !== null });
			} catch (error) {
				const isVoid = error instanceof AppError && error.code === "person_token_refused";
				if (!isVoid || signer.as !== "person" || tries > 0) throw error;
				await tokens.refused(signer);
			}
		}
	};

	async function chooseSigner(
		askerId: string | null,
		rules: Awaited<ReturnType<typeof readOpeningRules>>,
	): Promise<Signer> {
		const grant = askerId === null ? null : await tokens.get(askerId);
		const hasToken = grant?.outcome === "token";
		const opener = decideOpener({ ...rules, askerId, hasToken, canLink: deps.canLink });
		if (opener === "wait" && askerId !== null) return { as: "wait", personId: askerId };
		if (opener === "person" && askerId !== null && grant?.outcome === "token")
			return { as: "person", personId: askerId, token: grant.token };
		return { as: "app" };
	}

	/** What they may do may have changed since their turn began, and after linking it is known for the first time. */
	async function checkRight(personId: string | null, repositoryId: string): Promise<void> {
		if (personId === null) return;
		const permission = await deps.access.permissionOf({ personId, repositoryId }).catch((error: unknown) => {
			// It does not come back by itself, so it is not tried again by itself.
			if (error instanceof AppError && error.code === "repository_not_found")
				throw new AppError(error.code, error.message, { cause: error });
			throw error;
		});
		// Where the App may stand in for people without an account, `unlinked` was decided on before.
		if (permission !== "read" && permission !== "none") return;
		throw new AppError(
			"forbidden",
			"Whoever asked for this may not write to the repository at GitHub, so no pull request is opened for them. Somebody with write access can ask for it in the same thread.",
		);
	}

	async function create(row: Intent, wanted: NewPullRequest): Promise<PullRequestFacts> {
		try {
			return await github.createPullRequest(wanted).catch(async (error: unknown) => {
				if (!(error instanceof AppError)) throw error;
				// Renamed during the turn, or merged under it: what was meant is what stands in its place now.
				const base = error.code === "base_branch_missing" ? await findNextBase(row) : null;
				if (base !== null) return github.createPullRequest({ ...wanted, base });
				// Not every plan of GitHub's has drafts.
				if (error.code === "invalid_pull_request" && wanted.draft)
					return github.createPullRequest({ ...wanted, draft: false });
				throw error;
			});
		} catch (error) {
			if (!(error instanceof AppError)) throw error;
			const isDoubt = error.retryable && error.code !== "rate_limited";
			const isThere = isDoubt || error.code === "pull_request_exists";
			const there = isThere ? await github.findPullRequest(wanted) : null;
			if (there) return there;
			throw error;
		}
	}

	/** Null: it is as good as it gets, as far as is known. */
	async function findNextBase(row: Intent): Promise<string | null> {
		const below = (await readOfSession(db, row.session_id)).find(({ branch }) => branch === row.base);
		const next = below?.base ?? row.default_branch;
		return next === row.base ? null : next;
	}

	/** It is no intent any more: somebody else has opened it, or it was withdrawn. */
	async function findOpened(row: Intent): Promise<Opened> {
		const now = await findByBranch(db, row.session_id, row.branch);
		if (now?.number && now.url) return { outcome: "open", number: now.number, url: now.url };
		throw new AppError(
			"pull_request_unwanted",
			"Another attempt at this was picked, so no pull request is opened for this one.",
		);
	}

	async function wait(row: Intent, personId: string, personName: string | null): Promise<Opened> {
		await db.transaction().execute(async (tx) => {
			const at = new Date(deps.now());
			const { session_id: sessionId, prompt_id: promptId, branch, title } = row;
			await lockSession(tx, sessionId);
			if (!(await setWaiting(tx, row.id, personId, at))) return;
			const data = { promptId, branch, title, personId };
			await appendEvents(tx, sessionId, [{ type: "pull_request.waiting", data }], at);
			// Who has connected meanwhile is not asked: that job lets it go on.
			await deps.enqueue(tx, askToLinkJob, { version: 1, sessionId, personId }, { key: personId });
			await deps.enqueue(tx, showThreadJob, { version: 1, sessionId }, { key: sessionId });
		});
		return { outcome: "waiting", personName: personName ?? "whoever asked" };
	}

	/** `isTextOwed`: what Bobbin says in it may be less than it should. */
	async function record(
		row: Intent,
		facts: PullRequestFacts,
		{ isTextOwed }: { isTextOwed: boolean },
	): Promise<Opened> {
		await db.transaction().execute(async (tx) => {
			await lockSession(tx, row.session_id);
			await noteOpened(tx, deps.enqueue, row, facts, new Date(deps.now()));
			if (isTextOwed)
				await deps.enqueue(
					tx,
					describePullRequestJob,
					{ version: 1, pullRequestId: row.id },
					{ key: row.id },
				);
		});
		return { outcome: "open", number: facts.number, url: facts.url };
	}
}

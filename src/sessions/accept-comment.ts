import type { CommentContext } from "../db/schema.ts";
import { markRepositoryUsed } from "../images/build-store.ts";
import { answerCommentJob, buildImageJob, runPromptJob, showThreadJob } from "../jobs/queue.ts";
import type { Log } from "../log.ts";
import type { Access } from "../people/access.ts";
import { findPersonByGithubId } from "../people/account-store.ts";
import { recordAudit } from "../people/audit.ts";
import type { CommentFacts, CommentHost, CommentKind } from "./comment-host.ts";
import { toCommentText, toPlaces } from "./comment-prompt.ts";
import {
	findDiscussionSession,
	findTaken,
	insertCommentSession,
	insertTaken,
	isRefusalNoted,
	lockDiscussion,
	readReviewLoop,
} from "./comment-store.ts";
import { decideComment, decideCommentPlace } from "./decide-comment.ts";
import { appendEvents } from "./event-store.ts";
import { toBranchName, toTitle } from "./names.ts";
import { insertPrompt, readUnheldPrompts } from "./prompt-store.ts";
import { findToldPullRequest, findToldRepository, type ToldRepository } from "./pull-request-life-store.ts";
import { chooseSessionId, lockSession, setStatus } from "./session-store.ts";
import type { Sessions } from "./sessions.ts";
import { toStorableText } from "./storable.ts";
import type { UseCaseDeps } from "./use-case.ts";

export interface AcceptCommentDeps extends UseCaseDeps {
	github: CommentHost;
	access: Pick<Access, "permissionOf">;
	rememberPerson: Sessions["rememberPerson"];
	log: Log;
}

interface ToldComment {
	repository: ToldRepository;
	number: number;
	kind: CommentKind;
	commentId: number;
}

export type AcceptComment = (
	told: ToldComment,
) => Promise<
	| { outcome: "taken" | "duplicate"; sessionId: string; promptId: string }
	| { outcome: "refused" | "ignored" | "declined" }
>;

type Repository = NonNullable<Awaited<ReturnType<typeof findToldRepository>>>;

/** Where a comment's session works. */
interface Plan {
	/** null: a new one, unless the discussion has one by then. */
	sessionId: string | null;
	subject: CommentContext["subject"];
	adopt: string | null;
}

/**
 * Takes what somebody wrote at GitHub as a prompt: of the session that made the pull request, or where Bobbin was
 * mentioned of a session on its head. Everything is read anew; each comment is taken once, however often it is told and
 * edited. What a review has at lines is part of it.
 *
 * @throws AppError where GitHub cannot be asked (retryable): then nothing was decided
 */
export function createAcceptComment(deps: AcceptCommentDeps): AcceptComment {
	const { db, github } = deps;

	return async function acceptComment(told) {
		const repository = await findToldRepository(db, told.repository);
		if (!repository || repository.removed_at !== null || repository.archived) return { outcome: "ignored" };
		const { owner, name, id: repositoryId } = repository;
		const { number, kind, commentId } = told;
		const address = { owner, name };
		const comment = await github.readComment({ ...address, number, kind, commentId });
		if (comment === null) return { outcome: "ignored" };
		const key = { repositoryId, kind, githubId: commentId };
		const taken = await findTaken(db, key);
		if (taken) {
			await acknowledge(address, told, comment);
			const { sessionId, promptId } = taken;
			return { outcome: "duplicate", sessionId, promptId };
		}
		const own = await findToldPullRequest(db, { repositoryId, number });
		const question = {
			author: comment.author,
			text: [comment.body, ...comment.lines.map(({ body }) => body)].join("\n\n"),
			isApproval: comment.state === "APPROVED",
			slug: await github.readAppSlug(),
			own: own ? (own.state === "open" ? ("open" as const) : ("done" as const)) : null,
			reviewLoop: await readReviewLoop(db, repositoryId),
		};
		let decision = decideComment({ ...question, permission: null });
		if (decision.do === "ignore") return { outcome: "ignored" };
		const personId = await findPerson(comment);
		const permission = await deps.access.permissionOf({ personId, repositoryId });
		decision = decideComment({ ...question, permission: permission === "unlinked" ? "none" : permission });
		if (decision.do !== "take") return refuse(repository, told, personId, comment);
		const plan = await makePlan(repository, number, own?.session_id ?? null);
		if (plan === null) return { outcome: "ignored" };
		if ("why" in plan) return decline(repository, told, plan.why);
		const outcome = await take(repository, told, { personId, comment, plan });
		await acknowledge(address, told, comment);
		return outcome;
	};

	/** Whoever wrote it, whether or not they ever signed in here: GitHub is asked what this account may do. */
	async function findPerson({ author }: CommentFacts): Promise<string> {
		const known = await findPersonByGithubId(db, author.githubId);
		if (known) return known.personId;
		const { personId } = await deps.rememberPerson({
			...{ provider: "github", tenant: "", externalId: String(author.githubId) },
			...{ name: author.login, email: null, kind: "member" },
		});
		return personId;
	}

	/** Silently at GitHub: nothing of it reaches an agent, and its author learns nothing. */
	async function refuse(
		repository: Repository,
		{ number, kind, commentId }: ToldComment,
		personId: string,
		{ author }: CommentFacts,
	): Promise<{ outcome: "refused" }> {
		await db.transaction().execute(async (tx) => {
			await lockDiscussion(tx, { repositoryId: repository.id, number });
			const comment = `${kind}:${commentId}`;
			if (await isRefusalNoted(tx, { repositoryId: repository.id, comment })) return;
			const act = {
				...{ personId, action: "comment.refused", repositoryId: repository.id },
				subject: `${repository.owner}/${repository.name}#${number}`,
				data: { comment, login: author.login },
			};
			await recordAudit(tx, act, new Date(deps.now()));
		});
		return { outcome: "refused" };
	}

	async function decline(
		{ id: repositoryId }: Repository,
		{ number, kind, commentId }: ToldComment,
		why: "fork" | "protected",
	): Promise<{ outcome: "declined" }> {
		const job = {
			...{ version: 1 as const, what: "decline" as const, repositoryId, number, kind, commentId, why },
			atMs: deps.now(),
		};
		await deps.enqueue(db, answerCommentJob, job, { key: `${repositoryId}:${kind}:${commentId}` });
		return { outcome: "declined" };
	}

	/** Null: what was discussed is gone. */
	async function makePlan(
		repository: Repository,
		number: number,
		ownSessionId: string | null,
	): Promise<Plan | { why: "fork" | "protected" } | null> {
		const { owner, name, id: repositoryId } = repository;
		const address = { owner, name };
		const found = await github.readSubject({ ...address, number });
		if (found === null) return null;
		const pull = found.kind === "issue" ? null : await github.readPullRequest({ ...address, number });
		const head = pull?.state === "open" ? { branch: pull.branch, sha: pull.headSha } : null;
		const subject = { ...found, number, head, body: ownSessionId === null ? found.body : "" };
		if (ownSessionId !== null) return { sessionId: ownSessionId, subject, adopt: null };
		const isProtected =
			head === null || pull?.isFork
				? false
				: await github.isBranchProtected({ ...address, branch: head.branch });
		const place = decideCommentPlace(
			pull && { ...pull, isProtected, defaultBranch: repository.default_branch },
		);
		if (place.do === "decline") return { why: place.why };
		const sessionId = await findDiscussionSession(db, { repositoryId, number });
		return { sessionId, subject, adopt: place.do === "adopt" ? place.branch : null };
	}

	function take(
		repository: Repository,
		{ number, kind, commentId }: ToldComment,
		{ personId, comment, plan }: { personId: string; comment: CommentFacts; plan: Plan },
	): Promise<{ outcome: "taken" | "duplicate"; sessionId: string; promptId: string }> {
		const { owner, name, id: repositoryId } = repository;
		const text = toCommentText(comment);
		const [onlyLine] = comment.body.trim() === "" && comment.lines.length === 1 ? comment.lines : [];
		return db.transaction().execute(async (tx) => {
			const at = new Date(deps.now());
			await lockDiscussion(tx, { repositoryId, number });
			const key = { repositoryId, kind, githubId: commentId };
			const known = await findTaken(tx, key);
			if (known) return { outcome: "duplicate", sessionId: known.sessionId, promptId: known.promptId };
			const promptId = deps.newId();
			// Two that are asked at once in one discussion are asked of one session.
			const existing = plan.sessionId ?? (await findDiscussionSession(tx, { repositoryId, number }));
			const sessionId = existing ?? (await chooseSessionId(tx, deps.newId));
			if (existing === null) await begin(sessionId);
			const session = await lockSession(tx, sessionId);
			const waiting = (await readUnheldPrompts(tx, sessionId)).filter(({ status }) => status === "queued");
			const context = {
				subject: plan.subject,
				pushesTo: session.adopted_branch,
				places: toPlaces(comment),
				threadId: onlyLine?.threadId ?? null,
			};
			await insertPrompt(tx, {
				...{ id: promptId, sessionId, held: null, at },
				prompt: {
					idempotencyKey: `github:${repositoryId}:${kind}:${commentId}`,
					authorId: personId,
					text,
					files: [],
					context: { comment: context },
					origin: { kind: "github", owner, name, number, comment: kind, commentId, url: comment.url },
				},
			});
			await insertTaken(tx, { ...key, id: deps.newId(), number, sessionId, promptId, at });
			const queued = { promptId, position: waiting.length + 1 };
			await appendEvents(tx, sessionId, [{ type: "prompt.queued", data: queued }], at);
			if (session.status === "ended") await setStatus(tx, sessionId, "ready", at);
			const job = { version: 1 as const, sessionId };
			await deps.enqueue(tx, runPromptJob, job, { key: sessionId });
			await deps.enqueue(tx, showThreadJob, job, { key: sessionId });
			return { outcome: "taken", sessionId, promptId };

			async function begin(id: string): Promise<void> {
				const title = toTitle(toStorableText(text));
				const what = plan.subject.kind === "issue" ? "issue" : "pull request";
				const reason = `asked in ${what} #${number}`;
				await insertCommentSession(tx, {
					...{ id, title, repositoryId, reason, at, adoptedBranch: plan.adopt },
					baseBranch: plan.adopt ?? repository.default_branch,
					branch: toBranchName(id, title),
				});
				const routed = { repositoryId, repository: `${owner}/${name}`, how: "named" as const };
				await appendEvents(
					tx,
					id,
					[
						{ type: "session.created", data: { title, personId } },
						{ type: "session.routed", data: { ...routed, reason, confidence: null } },
					],
					at,
				);
				if (!(await markRepositoryUsed(tx, { repositoryId, at })).first) return;
				const build = { version: 1 as const, repositoryId, reason: "first_use" as const, atMs: at.getTime() };
				await deps.enqueue(tx, buildImageJob, build, { key: repositoryId });
			}
		});
	}

	/** Best effort: a comment that was taken is answered anyway. Reviews take no sign, their comments do. */
	async function acknowledge(
		address: { owner: string; name: string },
		{ kind, commentId }: ToldComment,
		{ lines }: CommentFacts,
	): Promise<void> {
		const signed =
			kind === "issue_comment"
				? [{ kind, commentId }]
				: lines.slice(0, 1).map(({ id }) => ({ kind: "review_comment" as const, commentId: id }));
		for (const target of signed)
			await github
				.react({ ...address, ...target })
				.catch((err) => deps.log.warn({ err, ...address, ...target }, "a comment could not be signed"));
	}
}

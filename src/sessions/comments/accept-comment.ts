import type { CommentKind } from "../../contract/session.ts";
import { answerCommentJob } from "../../jobs/queue.ts";
import type { Log } from "../../log.ts";
import type { Access } from "../../people/access.ts";
import { listPeopleByGithubId } from "../../people/account-store.ts";
import { recordAudit } from "../../people/audit.ts";
import type { Mask } from "../ports.ts";
import {
	findToldPullRequest,
	findToldRepository,
	type ToldRepository,
	type ToldRow,
} from "../pull-requests/pull-request-life-store.ts";
import { worksIn } from "../session-store.ts";
import type { Sessions } from "../sessions.ts";
import type { UseCaseDeps } from "../use-case.ts";
import type { CommentFacts, CommentHost } from "./comment-host.ts";
import { countTaken, findTaken, isRefusalNoted, lockDiscussion, readReviewLoop } from "./comment-store.ts";
import { decideComment } from "./decide-comment.ts";
import { planComment } from "./plan-comment.ts";
import { takeComment } from "./take-comment.ts";

const HOUR_MS = 60 * 60_000;

export interface AcceptCommentDeps extends UseCaseDeps {
	github: CommentHost;
	access: Pick<Access, "permissionOf">;
	rememberPerson: Sessions["rememberPerson"];
	/** Takes secrets out of what people write. Left out: nothing is taken out. */
	mask?: Mask;
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
		// Its description is ours, whoever edits it.
		if (own && kind === "description") return { outcome: "ignored" };
		const question = {
			author: comment.author,
			text: [comment.body, ...comment.lines.map(({ body }) => body)].join("\n\n"),
			isApproval: comment.state === "APPROVED",
			slug: await github.readAppSlug(),
			own: own ? (own.state === "open" ? ("open" as const) : ("done" as const)) : null,
			reviewLoop: await readReviewLoop(db, repositoryId),
			recent: 0,
		};
		let decision = decideComment({ ...question, permission: null });
		if (decision.do === "ignore") return { outcome: "ignored" };
		const personId = await findPerson(comment);
		const since = new Date(deps.now() - HOUR_MS);
		const recent = await countTaken(db, { repositoryId, number, personId, since });
		const permission = await deps.access.permissionOf({ personId, repositoryId });
		decision = decideComment({
			...{ ...question, recent },
			permission: permission === "unlinked" ? "none" : permission,
		});
		if (decision.do === "ignore") {
			deps.log.warn({ owner, name, number, login: comment.author.login, ...decision }, "a comment was left");
			return { outcome: "ignored" };
		}
		if (decision.do !== "take") return refuse(repository, told, personId, comment);
		// A session that was moved elsewhere cannot go on here: another one does, on the same branch.
		const isHere = own !== undefined && (await worksIn(db, own.session_id, repositoryId));
		const ownSessionId = isHere ? own.session_id : null;
		const plan = await planComment(deps, repository, { number, kind, ownSessionId });
		if (plan === null) return { outcome: "ignored" };
		if ("why" in plan) return decline(repository, told, plan.why);
		const outcome = await takeComment(deps, repository, { ...told, personId, comment, plan });
		await acknowledge(address, told, comment);
		return outcome;
	};

	/** Whoever wrote it, whether or not they ever signed in here: GitHub is asked what this account may do. */
	async function findPerson({ author }: CommentFacts): Promise<string> {
		const [known] = await listPeopleByGithubId(db, author.githubId);
		if (known) return known.personId;
		const { personId } = await deps.rememberPerson({
			...{ provider: "github", tenant: "", externalId: String(author.githubId) },
			...{ name: author.login, email: null, kind: "member" },
		});
		return personId;
	}

	/** Silently at GitHub: nothing of it reaches an agent, and its author learns nothing. */
	async function refuse(
		repository: ToldRow,
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
		{ id: repositoryId }: ToldRow,
		{ number, kind, commentId }: ToldComment,
		why: "fork" | "protected",
	): Promise<{ outcome: "declined" }> {
		const what = "decline" as const;
		const job = { version: 1 as const, what, repositoryId, number, kind, commentId, why };
		await deps.enqueue(db, answerCommentJob, job, { key: `${repositoryId}:${kind}:${commentId}` });
		return { outcome: "declined" };
	}

	/** Best effort: a comment that was taken is answered anyway. Reviews take no sign, their comments do. */
	async function acknowledge(
		address: { owner: string; name: string },
		{ kind, commentId }: ToldComment,
		{ lines }: CommentFacts,
	): Promise<void> {
		const signed =
			kind === "description" || kind === "issue_comment"
				? [{ kind, commentId }]
				: lines.slice(0, 1).map(({ id }) => ({ kind: "review_comment" as const, commentId: id }));
		for (const target of signed)
			await github
				.react({ ...address, ...target })
				.catch((err) => deps.log.warn({ err, ...address, ...target }, "a comment could not be signed"));
	}
}

import type { CommentKind } from "../../contract/session.ts";
import { markRepositoryUsed } from "../../images/build-store.ts";
import { buildImageJob, runPromptJob, showThreadJob } from "../../jobs/queue.ts";
import { toCareEvents } from "../context/count-masked.ts";
import { appendEvents } from "../log/event-store.ts";
import { toStorableText } from "../log/storable.ts";
import { toBranchName, toTitle } from "../names.ts";
import type { Mask } from "../ports.ts";
import type { ToldRow } from "../pull-requests/pull-request-life-store.ts";
import { insertPrompt, readUnheldPrompts } from "../queue/prompt-store.ts";
import { chooseSessionId, lockSession, setStatus } from "../session-store.ts";
import type { UseCaseDeps } from "../use-case.ts";
import type { CommentFacts } from "./comment-host.ts";
import { toCommentText, toPlaces } from "./comment-prompt.ts";
import {
	findDiscussionSession,
	findTaken,
	insertCommentSession,
	insertTaken,
	lockDiscussion,
} from "./comment-store.ts";
import type { CommentPlan } from "./plan-comment.ts";

interface Taken {
	number: number;
	kind: CommentKind;
	commentId: number;
	personId: string;
	comment: CommentFacts;
	plan: CommentPlan;
}

/** Makes a comment a prompt, once: session, prompt, the row that remembers it, and the jobs that follow, or nothing. */
export async function takeComment(
	deps: UseCaseDeps & { mask?: Mask },
	repository: ToldRow,
	{ number, kind, commentId, personId, comment, plan }: Taken,
): Promise<{ outcome: "taken" | "duplicate"; sessionId: string; promptId: string }> {
	const { owner, name, id: repositoryId } = repository;
	const { mask = async (text: string) => ({ text, kinds: [] }) } = deps;
	const [{ text, kinds }, body] = await Promise.all([
		mask(toCommentText(comment)),
		mask(plan.subject.body).then((masked) => masked.text),
	]);
	const masked = kinds.length === 0 ? [] : [{ part: "text", kinds }];
	const [onlyLine] = comment.body.trim() === "" && comment.lines.length === 1 ? comment.lines : [];
	return deps.db.transaction().execute(async (tx) => {
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
			subject: { ...plan.subject, body },
			pushesTo: session.adopted_branch,
			places: toPlaces(comment),
			threadId: onlyLine?.threadId ?? null,
		};
		await insertPrompt(tx, {
			...{ id: promptId, sessionId, masked, held: null, at },
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
		const care = toCareEvents(promptId, { masked });
		await appendEvents(tx, sessionId, [{ type: "prompt.queued", data: queued }, ...care], at);
		if (session.status === "ended") await setStatus(tx, sessionId, "ready", at);
		const job = { version: 1 as const, sessionId };
		await deps.enqueue(tx, runPromptJob, job, { key: sessionId });
		await deps.enqueue(tx, showThreadJob, job, { key: sessionId });
		return { outcome: "taken", sessionId, promptId };

		async function begin(id: string): Promise<void> {
			// Whom it calls is no part of what is asked.
			const title = toTitle(toStorableText(text.replace(/^\s*@[\w-]+(?:\[bot\])?[\s,:]*/, "") || text));
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

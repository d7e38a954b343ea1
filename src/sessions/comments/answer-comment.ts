import type { CommentKind } from "../../contract/session.ts";
import { AppError } from "../../errors.ts";
import { type Enqueue, showThreadJob } from "../../jobs/queue.ts";
import { recordAudit } from "../../people/audit.ts";
import { drawLinks } from "../pictures/draw-links.ts";
import { type LinkPicturesDeps, linkPictures } from "../pictures/link-pictures.ts";
import type { PictureHost } from "../ports.ts";
import { readRepository } from "../routing/repository-store.ts";
import type { AnswerPlace, CommentHost } from "./comment-host.ts";
import { findMadeBy, findOwedAnswer, settleAnswer } from "./comment-store.ts";
import { DECLINE_WORDS } from "./decide-comment.ts";

/** Under GitHub's limit, with room for what stands below it. */
const LONGEST_ANSWER = 60_000;
/** Clocks differ a little. */
const EARLIER_MS = 5 * 60_000;

export interface AnswerCommentDeps extends LinkPicturesDeps {
	enqueue: Enqueue;
	github: Pick<CommentHost, "findComment" | "postComment"> & PictureHost;
}

interface Answer {
	owner: string;
	name: string;
	number: number;
	place: AnswerPlace;
	words: string;
	/** In the comment, and not seen there: by it the comment is found again. */
	markId: string;
	sinceMs: number;
}

/**
 * Answers at GitHub what was asked there, once: before anything is written it is looked whether it is there already,
 * for nobody knows what became of an attempt that was cut off.
 */
export function createAnswerComment(deps: AnswerCommentDeps) {
	const { db, github } = deps;

	/** @throws AppError where it has to be tried again */
	async function answerPrompt(promptId: string): Promise<{ outcome: "posted" | "given_up" | "not_owed" }> {
		const owed = await findOwedAnswer(db, promptId);
		if (owed?.state !== "owed") return { outcome: "not_owed" };
		const said = toWords(owed, await findMadeBy(db, promptId));
		if (said === null) return { outcome: "not_owed" };
		const { pictures } = await linkPictures(deps, {
			...{ sessionId: owed.session_id, promptId, until: null },
			...{ repositoryId: owed.repository_id, owner: owed.owner, name: owed.name },
		});
		const words = [said, ...drawLinks(pictures ?? [])].join("\n\n");
		const threadId = owed.context.comment?.threadId ?? null;
		const answer = {
			...{ owner: owed.owner, name: owed.name, number: owed.number, words },
			// Each attempt has an answer of its own.
			markId: `${owed.id}-${owed.attempt}`,
			place: threadId === null ? conversation : { kind: "thread" as const, commentId: threadId },
			sinceMs: owed.created_at.getTime() - EARLIER_MS,
		};
		const answerId = await post(answer).catch((error: unknown) => {
			if (!(error instanceof AppError) || error.retryable) throw error;
			deps.log.warn({ err: error, promptId }, "an answer cannot be written at GitHub");
			return null;
		});
		const state = answerId === null ? "given_up" : "posted";
		await db.transaction().execute(async (tx) => {
			await settleAnswer(tx, { id: owed.id, attempt: owed.attempt, state, answerId });
			const { session_id: sessionId, repository_id: repositoryId } = owed;
			const act = { personId: null, action: answerId === null ? "comment.unanswered" : "comment.answered" };
			const subject = `${owed.owner}/${owed.name}#${owed.number}`;
			const data = { promptId, answerId };
			await recordAudit(tx, { ...act, sessionId, repositoryId, subject, data }, new Date(deps.now()));
			await deps.enqueue(tx, showThreadJob, { version: 1, sessionId }, { key: sessionId });
		});
		return { outcome: state };
	}

	/** Says why a comment was not taken. */
	async function decline(of: {
		repositoryId: string;
		number: number;
		kind: CommentKind;
		commentId: number;
		why: "fork" | "protected";
	}): Promise<void> {
		const repository = await readRepository(db, of.repositoryId);
		if (!repository) return;
		const { owner, name } = repository;
		await post({
			...{ owner, name, number: of.number, place: conversation, words: DECLINE_WORDS[of.why] },
			markId: `declined-${of.kind}-${of.commentId}`,
			// It may have been said long ago, and the comment edited since.
			sinceMs: 0,
		});
	}

	async function post(answer: Answer): Promise<number> {
		try {
			return await postOnce(answer);
		} catch (error) {
			// Who deletes a comment does not take the question back.
			const isGone = error instanceof AppError && error.code === "repository_not_found";
			if (!isGone || answer.place.kind === "conversation") throw error;
			return postOnce({ ...answer, place: conversation });
		}
	}

	async function postOnce({ words, markId, sinceMs, ...at }: Answer): Promise<number> {
		const mark = `<!-- bobbin:${markId} -->`;
		const there = await github.findComment({ ...at, mark, sinceMs });
		return there ?? github.postComment({ ...at, body: `${words}\n\n${mark}` });
	}

	return { answerPrompt, decline };
}

const conversation: AnswerPlace = { kind: "conversation" };

/** Null: it is not over yet. */
function toWords(
	owed: Pick<NonNullable<Awaited<ReturnType<typeof findOwedAnswer>>>, "status" | "answer" | "problem">,
	made: Awaited<ReturnType<typeof findMadeBy>>,
): string | null {
	const { status, answer, problem } = owed;
	const said = breakMentions((answer ?? "").trim().slice(0, LONGEST_ANSWER).toWellFormed());
	const links = made.map(({ number, url, branch }) =>
		number === null
			? `The branch \`${branch}\` is pushed. I open its pull request in your name as soon as you have connected your GitHub account: in Slack, on my Home tab.`
			: `Opened #${number}: ${url}`,
	);
	const all = (first: string) => [first, ...links].filter((part) => part !== "").join("\n\n");
	switch (status) {
		case "queued":
		case "running":
			return null;
		case "done":
			return all(said === "" ? "Done." : said);
		case "failed":
			return all(`That did not work. ${breakMentions(problem?.message ?? "Something went wrong.")}`);
		case "stopped":
			return all("Somebody stopped this before it was done. What was done so far is kept.");
		case "cancelled":
			return all("Somebody cancelled this before it began.");
		default:
			return status satisfies never;
	}
}

/** Only what GitHub takes for code under all circumstances; what is not closed goes to the end. */
const CODE =
	/(^```[^`\n]*\n[\s\S]*?(?:^```[ \t]*$|$(?![\s\S]))|^~~~.*\n[\s\S]*?(?:^~~~[ \t]*$|$(?![\s\S]))|(?<![\\`])`[^`]+`(?!`))/m;

/** Nobody is called by an answer, nothing in it passes for one of our marks; code stays as it is. */
export function breakMentions(markdown: string): string {
	return markdown
		.replaceAll("<!--", "&lt;!--")
		.split(CODE)
		.map((part, index) => (index % 2 === 1 ? part : part.replace(/@(?=[A-Za-z\d])/g, "@\u200b")))
		.join("");
}

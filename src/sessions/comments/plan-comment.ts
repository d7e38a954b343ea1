import type { CommentKind } from "../../contract/session.ts";
import type { Db } from "../../db/client.ts";
import type { CommentContext } from "../../db/schema/prompts.ts";
import type { ToldRow } from "../pull-requests/pull-request-life-store.ts";
import type { CommentHost } from "./comment-host.ts";
import { findDiscussionSession } from "./comment-store.ts";
import { decideCommentPlace } from "./decide-comment.ts";

/** Where a comment is worked on. */
export interface CommentPlan {
	/** null: a new one, unless the discussion has one by then. */
	sessionId: string | null;
	subject: CommentContext["subject"];
	/** Somebody's branch that the session may push to. */
	adopt: string | null;
}

type PlanHost = Pick<CommentHost, "readSubject" | "readPullRequest" | "isBranchProtected">;

/** Finds out where a comment is worked on. `why`: it is not. Null: what was discussed is gone. */
export async function planComment(
	{ db, github }: { db: Db; github: PlanHost },
	repository: ToldRow,
	{ number, kind, ownSessionId }: { number: number; kind: CommentKind; ownSessionId: string | null },
): Promise<CommentPlan | { why: "fork" | "protected" } | null> {
	const { owner, name, id: repositoryId } = repository;
	const address = { owner, name };
	const found = await github.readSubject({ ...address, number });
	if (found === null) return null;
	const pull = found.kind === "issue" ? null : await github.readPullRequest({ ...address, number });
	const head = pull?.state === "open" ? { branch: pull.branch, sha: pull.headSha } : null;
	// What is asked is not told once more as what is said there, nor is what the session wrote itself.
	const isKnown = ownSessionId !== null || kind === "description";
	const subject = { ...found, number, head, body: isKnown ? "" : found.body };
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

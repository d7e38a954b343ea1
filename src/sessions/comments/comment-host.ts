import type { CommentKind } from "../../contract/session.ts";
import type { PullRequestNow } from "../ports.ts";

interface Address {
	owner: string;
	name: string;
}

/** What somebody wrote at GitHub. All of it is their text. */
export interface CommentFacts {
	author: { githubId: number; login: string; isBot: boolean };
	body: string;
	/** Of a review, as GitHub says it; else null. */
	state: string | null;
	url: string;
	lines: {
		id: number;
		path: string;
		line: number | null;
		hunk: string;
		body: string;
		/** The comment that an answer to it goes to. */
		threadId: number;
	}[];
}

export type AnswerPlace = { kind: "conversation" } | { kind: "thread"; commentId: number };

/** What reading and answering comments needs of GitHub. Its calls throw AppError. */
export interface CommentHost {
	readAppSlug(): Promise<string>;
	/** null: it is gone, or its author is. */
	readComment(
		input: Address & { number: number; kind: CommentKind; commentId: number },
	): Promise<CommentFacts | null>;
	readSubject(
		input: Address & { number: number },
	): Promise<{ kind: "issue" | "pull_request"; title: string; body: string } | null>;
	readPullRequest(input: Address & { number: number }): Promise<PullRequestNow>;
	isBranchProtected(input: Address & { branch: string }): Promise<boolean | null>;
	/** Safe to repeat. */
	react(input: Address & { kind: Exclude<CommentKind, "review">; commentId: number }): Promise<void>;
	findComment(
		input: Address & { number: number; place: AnswerPlace; mark: string; sinceMs: number },
	): Promise<number | null>;
	postComment(input: Address & { number: number; place: AnswerPlace; body: string }): Promise<number>;
}

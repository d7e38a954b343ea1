import type { Permission } from "../../db/schema/people.ts";

/** What decides whether somebody's words at GitHub become a prompt. */
export interface CommentQuestion {
	author: { isBot: boolean };
	/** All that they wrote: a review's words and those at its lines. */
	text: string;
	/** They approve with it: a prompt of theirs would take the approval its worth. */
	isApproval: boolean;
	/** The name by which the App is mentioned. */
	slug: string;
	/** Of Bobbin's making, open or done with; null: an issue, or somebody's pull request. */
	own: "open" | "done" | null;
	/** Whether comments of this repository become prompts without a mention. */
	reviewLoop: boolean;
	/** How many of their comments at this place became prompts within the last hour. */
	recent: number;
	/** What GitHub lets its author do; null: not asked yet. */
	permission: Permission | null;
}

export type CommentDecision =
	| { do: "ignore"; why: "bot" | "own_mark" | "empty" | "not_asked" | "too_many" }
	/** Of those who may not write nothing reaches an agent. */
	| { do: "refuse" }
	| { do: "ask_permission" }
	| { do: "take" };

/** A program with a person's account may answer each push with a comment: that would never end. */
const MOST_IN_AN_HOUR = 20;

/** In everything that Bobbin writes at GitHub, not seen there. */
const MARK = /<!--\s*bobbin:/i;

/** Pure. */
export function decideComment(question: CommentQuestion): CommentDecision {
	const { author, text, own, permission } = question;
	if (author.isBot) return { do: "ignore", why: "bot" };
	if (MARK.test(text)) return { do: "ignore", why: "own_mark" };
	if (text.trim() === "") return { do: "ignore", why: "empty" };
	const isInLoop = own === "open" && question.reviewLoop && !question.isApproval && !isTalk(text);
	if (!isInLoop && !isMentioned(text, question.slug)) return { do: "ignore", why: "not_asked" };
	if (question.recent >= MOST_IN_AN_HOUR) return { do: "ignore", why: "too_many" };
	if (permission === null) return { do: "ask_permission" };
	return permission === "write" || permission === "admin" ? { do: "take" } : { do: "refuse" };
}

const THANKS =
	/^(?:(?:lgtm|looks (?:good|great)(?: to me)?|(?:many )?thanks?(?: (?:a lot|so much|all|again))?|thank you(?: (?:so|very) much)?|thx|ok(?:ay)?|nice(?: one| work)?|great(?: work)?|good (?:job|work)|well done|perfect|cool|awesome|agreed|same here|\+1)[\s,.!…]*)+$/i;

/** Pure. Said to each other: it calls somebody first, or is praise or thanks and no more. A prompt would take its author's approval its worth. */
function isTalk(text: string): boolean {
	const words = text.replace(/:[\w+-]+:|\p{Extended_Pictographic}|\ufe0f/gu, " ").trim();
	return /^@[a-z\d]/i.test(words) || !/[\p{L}\p{N}]/u.test(words) || THANKS.test(words);
}

/** Pure. Whether Bobbin is spoken to: quotes and code are somebody else's words, or none. */
export function isMentioned(text: string, slug: string): boolean {
	// Strangers write this: what is not closed goes to the end, so that none of it is looked through again and again.
	const words = text
		.replace(/^(`{3,}|~{3,})[\s\S]*?(^\1|$(?![\s\S]))/gm, " ")
		.replace(/`[^`\n]*`/g, " ")
		.replace(/<!--[\s\S]*?(-->|$(?![\s\S]))/g, " ")
		.replace(/^\s{0,3}>.*$/gm, " ");
	const names = ["bobbin", slug].map((name) => name.replace(/[^a-z\d-]/gi, "")).filter(Boolean);
	return new RegExp(`(?<![\\w@/.-])@(?:${names.join("|")})(?:\\[bot\\])?(?![\\w/-])`, "i").test(words);
}

/** A pull request of somebody's in which Bobbin was asked for something. */
export interface ForeignPullRequest {
	state: "open" | "merged" | "closed";
	isFork: boolean;
	branch: string;
	defaultBranch: string;
	/** null: the branch is gone. */
	isProtected: boolean | null;
}

export type CommentPlace =
	/** On this branch, which it may push to. */
	| { do: "adopt"; branch: string }
	| { do: "from_default" }
	/** It says so there. */
	| { do: "decline"; why: "fork" | "protected" };

/** Pure. Where a session that begins with a comment works. `null`: an issue. */
export function decideCommentPlace(pullRequest: ForeignPullRequest | null): CommentPlace {
	if (pullRequest === null || pullRequest.state !== "open") return { do: "from_default" };
	if (pullRequest.isFork) return { do: "decline", why: "fork" };
	if (pullRequest.branch === pullRequest.defaultBranch || pullRequest.isProtected === true)
		return { do: "decline", why: "protected" };
	return pullRequest.isProtected === null
		? { do: "from_default" }
		: { do: "adopt", branch: pullRequest.branch };
}

export const DECLINE_WORDS: Record<"fork" | "protected", string> = {
	fork: "I can't work on this pull request: its branch is in a fork, and I push only to branches of this repository. Push the branch here and open the pull request from it, then ask me again.",
	protected:
		"I can't work on this pull request: its branch is protected, or the default one, and I never push to those. Move its commits to another branch, then ask me again.",
};

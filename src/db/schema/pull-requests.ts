import type { Generated } from "kysely";
import type { Problem } from "../../contract/event.ts";
import type { CommentKind } from "../../contract/session.ts";
import type { CreatedAt, Nullable, NullableJson, NullableTimestamp, Timestamp } from "./columns.ts";

interface PullRequestsTable {
	id: string;
	session_id: string;
	prompt_id: string | null;
	repository_id: string;
	branch: string;
	base: string;
	title: string;
	body: string;
	state: "intended" | "open" | "merged" | "closed";
	number: number | null;
	url: string | null;
	additions: Generated<number>;
	deletions: Generated<number>;
	/** In whose name it was opened; null with `app`. */
	opened_by: Nullable<string>;
	opened_as: Nullable<"person" | "app">;
	/** An intent that goes on when this person has linked an account. */
	waits_for: Nullable<string>;
	/** Why GitHub refused an intent when no agent could be told any more. */
	problem: NullableJson<Problem>;
	draft: Generated<boolean>;
	head_sha: Nullable<string>;
	opened_at: NullableTimestamp;
	merged_at: NullableTimestamp;
	closed_at: NullableTimestamp;
	/** GitHub login. */
	merged_by: Nullable<string>;
	/** Pushes to it after it was opened. */
	revisions: Generated<number>;
	/** Of the head; null: none is known. */
	checks: Nullable<ChecksState>;
	failing_checks: Generated<string[]>;
	/** Somebody who did not prompt has approved it; null: it was not looked at yet. */
	independent: Nullable<boolean>;
	/** Lines that its commits added: all, those of the agent, and those of the agent that were there at the merge. */
	added_lines: Nullable<number>;
	agent_lines: Nullable<number>;
	surviving_lines: Nullable<number>;
	created_at: CreatedAt;
	updated_at: Timestamp;
}

/** What the checks of a commit come to, Bobbin's own left out. */
export type ChecksState = "pending" | "passing" | "failing";

/** Every head that a pull request ever had. */
interface PullRequestHeadsTable {
	pull_request_id: string;
	sha: string;
	seen_at: CreatedAt;
}

interface PullRequestReviewsTable {
	pull_request_id: string;
	github_id: number;
	login: string;
	person_id: string | null;
	state: "approved" | "changes_requested" | "commented" | "dismissed";
	commit_sha: string | null;
	submitted_at: Timestamp;
}

/** What left a sandbox through the gateway. */
interface PushesTable {
	id: string;
	session_id: string;
	prompt_id: string | null;
	repository_id: string;
	branch: string;
	before_sha: string | null;
	sha: string;
	at: CreatedAt;
}

/** Pictures as GitHub has them, in the repository in which they were made. */
interface GithubPicturesTable {
	picture_id: string;
	/** Of the file, for whoever may see the repository. */
	url: string;
	put_at: Timestamp;
}

/** A description, comment or review at GitHub that became a prompt, and its answer there. */
interface GithubCommentsTable {
	id: string;
	repository_id: string;
	/** Of the pull request or issue. */
	number: number;
	kind: CommentKind;
	/** Of a description: the number. */
	github_id: number;
	session_id: string;
	prompt_id: string;
	answer: Generated<"owed" | "posted" | "given_up">;
	answer_id: Nullable<number>;
	created_at: CreatedAt;
}

interface CheckFindingsTable {
	pull_request_id: string;
	head_sha: string;
	name: string;
	verdict: "caused" | "before" | "flaky" | "unknown";
	reason: string;
	/** The prompt that mends it. */
	prompt_id: string | null;
	at: CreatedAt;
}

/** A failed check that GitHub was asked to run again. */
interface CheckRerunsTable {
	pull_request_id: string;
	head_sha: string;
	name: string;
	state: "intended" | "asked" | "impossible";
	at: Timestamp;
}

export interface PullRequestsSchema {
	github_pictures: GithubPicturesTable;
	pull_requests: PullRequestsTable;
	pull_request_heads: PullRequestHeadsTable;
	pull_request_reviews: PullRequestReviewsTable;
	pushes: PushesTable;
	github_comments: GithubCommentsTable;
	check_findings: CheckFindingsTable;
	check_reruns: CheckRerunsTable;
}

import type { PermissionAnswer } from "./permission.ts";

/** What is known of a repository that the App may use. */
export interface RepositoryFacts {
	githubId: number;
	installationId: number;
	owner: string;
	name: string;
	defaultBranch: string;
	description: string;
	/** The most used first. */
	languages: string[];
	topics: string[];
	private: boolean;
	archived: boolean;
	/** On GitHub's disk, with its whole history. */
	sizeKib: number;
}

interface PullRequestFacts {
	number: number;
	url: string;
	title: string;
	branch: string;
	base: string;
	headSha: string;
	state: "open" | "merged" | "closed";
	draft: boolean;
	additions: number;
	deletions: number;
}

/** A pull request with what became of it. */
export interface PullRequestNow extends PullRequestFacts {
	/** null: it is not merged. */
	mergedAtMs: number | null;
	/** Who merged it; null also where the account is gone. */
	mergedBy: { githubId: number; login: string } | null;
	closedAtMs: number | null;
	/** Its branch is in another repository. */
	isFork: boolean;
	/** Its words: somebody's text. */
	body: string;
}

/**
 * A review has its line comments with it. A description is what an issue or a pull request was opened with; its id is the
 * number.
 */
export type CommentKind = "description" | "issue_comment" | "review" | "review_comment";

export interface CommentAuthor {
	githubId: number;
	login: string;
	/** Also an organisation, and whatever else is no person. */
	isBot: boolean;
}

/** A comment at a line of a pull request. */
export interface LineComment {
	id: number;
	path: string;
	line: number | null;
	/** The difference from the head of its hunk to the line. */
	hunk: string;
	body: string;
	/** The comment that an answer to it goes to. */
	threadId: number;
}

/** What somebody wrote. All of it is their text. */
export interface CommentFacts {
	author: CommentAuthor;
	body: string;
	/** Of a review, as GitHub says it, for example `APPROVED`; else null. */
	state: string | null;
	url: string;
	lines: LineComment[];
}

/** What is discussed. */
export interface SubjectFacts {
	kind: "issue" | "pull_request";
	title: string;
	body: string;
}

/** Where an answer is written: in the conversation, or in the thread at a line that this comment began. */
export type AnswerPlace = { kind: "conversation" } | { kind: "thread"; commentId: number };

export interface RepositoryAddress {
	owner: string;
	name: string;
}

/** Files that stand on no branch. */
export interface NewFiles extends RepositoryAddress {
	/** Without `refs/`; neither a branch nor a tag. */
	ref: string;
	message: string;
	/** `path` without a slash. */
	files: { path: string; bytes: Uint8Array }[];
}

export interface NewPullRequest extends RepositoryAddress {
	branch: string;
	base: string;
	title: string;
	body: string;
	draft: boolean;
	/** Of the person in whose name it is opened; left out or null: the App opens it. */
	personToken?: string | null;
}

/** A review as it is now: GitHub changes the state of one that is dismissed. */
export interface ReviewFacts {
	id: number;
	/** Of the account, which may change its login. */
	githubId: number;
	login: string;
	isBot: boolean;
	state: "approved" | "changes_requested" | "commented" | "dismissed";
	/** The head that was reviewed. */
	commitSha: string | null;
	submittedAtMs: number;
}

export interface CheckRunInput extends RepositoryAddress {
	headSha: string;
	checkName: string;
	conclusion: "success" | "failure" | "action_required" | "neutral";
	/** Plain text. */
	title: string;
	/** Markdown. */
	summary: string;
	/** Ours, for example of a pull request. */
	externalId: string;
}

/** One outcome of one check of a commit. Runs that are repeated have several. */
export interface CheckOutcome {
	name: string;
	/** Outcomes of one check that was run again have the same; of two checks of one name they differ. */
	group: string;
	/** `other`: skipped, cancelled, neutral, or a person must act. */
	state: "running" | "passed" | "failed" | "other";
	/** Jobs of one run of a workflow have the same. */
	suite: string;
	/** Of the check run; null: a commit status. */
	runId: number | null;
	/** A job of GitHub Actions: it has a log and may be run again. */
	isJob: boolean;
	/** What its maker wrote about it: title, summary, text. */
	words: string;
}

export interface MergeFacts {
	mergedAtMs: number;
	base: string;
	/** The base just before the merge. */
	baseSha: string;
	/** null: it is in another repository. */
	branch: string | null;
	additions: number;
}

/** A file as a commit or a pull request changed it. */
export interface PatchFacts {
	path: string;
	previousPath: string | null;
	additions: number;
	/** Hunks without a header; null where GitHub leaves them out: too large, or binary. */
	patch: string | null;
}

/**
 * GitHub as the App sees it. Every call may throw AppError `github_unavailable` and `rate_limited` (both retryable),
 * `github_unauthorized`, `forbidden`, and `repository_not_found` where GitHub says 404.
 */
export interface Github {
	/** Every repository of every installation that is not suspended. */
	listRepositories(): Promise<RepositoryFacts[]>;
	/** A token for this one repository with just these permissions. Kept until five minutes before it expires. */
	installationToken(
		input: RepositoryAddress & { permissions: Record<string, "read" | "write"> },
	): Promise<{ token: string; expiresAtMs: number }>;
	/** What an account may do in a repository; its number decides, whatever it is called by now. */
	readPermission(
		question: RepositoryAddress & { installationId: number; githubId: number; login: string },
	): Promise<PermissionAnswer>;
	/** Drops what is kept of a repository: GitHub did not take a token, or the App was installed anew. */
	forgetTokens(address: RepositoryAddress): void;
	/** The repository's remote for git over HTTP; it needs a token as Basic password. */
	gitUrl(input: RepositoryAddress): string;
	/** The commit of a branch; null: there is no such branch, or the repository is empty. */
	readBranchHead(input: RepositoryAddress & { branch: string }): Promise<string | null>;
	/** What a branch changed since it left its base, as a unified diff; null: one of the two is gone, or it is too long for GitHub. */
	readDiff(input: RepositoryAddress & { base: string; head: string }): Promise<string | null>;
	/** The pull request of a branch: the open one, else the newest. */
	findPullRequest(input: RepositoryAddress & { branch: string }): Promise<PullRequestFacts | null>;
	/**
	 * @throws AppError `pull_request_exists`, `no_commits`, `branch_not_pushed`, `base_branch_missing`,
	 * `invalid_pull_request`, `person_token_refused`, `sso_required`, `app_not_permitted`, `repository_archived`; after `github_unavailable` it may have
	 * been made all the same, so look with `findPullRequest` before trying again
	 */
	createPullRequest(input: NewPullRequest): Promise<PullRequestNow>;
	/** Gives the address of each by its path, for whoever may see the repository. Repeated, it puts them there once more. */
	putFiles(input: NewFiles): Promise<Map<string, string>>;
	changePullRequestBody(input: RepositoryAddress & { number: number; body: string }): Promise<void>;
	readPullRequest(input: RepositoryAddress & { number: number }): Promise<PullRequestNow>;
	/** As the App. What is closed or merged already stays as it is. @throws AppError `github_unavailable` (retryable) */
	closePullRequest(input: RepositoryAddress & { number: number }): Promise<void>;
	/** The name by which the App is mentioned. */
	readAppSlug(): Promise<string>;
	/** null: it is gone, or its author is. */
	readComment(
		input: RepositoryAddress & { number: number; kind: CommentKind; commentId: number },
	): Promise<CommentFacts | null>;
	/** null: there is no issue and no pull request of this number. */
	readSubject(input: RepositoryAddress & { number: number }): Promise<SubjectFacts | null>;
	/** null: there is no such branch. */
	isBranchProtected(input: RepositoryAddress & { branch: string }): Promise<boolean | null>;
	/** Puts 👀 under a comment. Safe to repeat. */
	react(
		input: RepositoryAddress & { kind: Exclude<CommentKind, "review">; commentId: number },
	): Promise<void>;
	/** The number of the App's comment that holds this mark; null: there is none. */
	findComment(
		input: RepositoryAddress & { number: number; place: AnswerPlace; mark: string; sinceMs: number },
	): Promise<number | null>;
	/** After `github_unavailable` it may be there all the same: look with `findComment` before trying again. */
	postComment(
		input: RepositoryAddress & { number: number; place: AnswerPlace; body: string },
	): Promise<number>;
	/** Asks GitHub to send again the webhooks that nobody took. */
	redeliver(): Promise<{ asked: number }>;
	/** Every review that was submitted, oldest first. */
	listReviews(input: RepositoryAddress & { number: number }): Promise<ReviewFacts[]>;
	/** Makes the App's completed check run of this name at a commit, or changes the one that is there. Safe to repeat. */
	publishCheck(input: CheckRunInput): Promise<{ outcome: "created" | "updated" | "unchanged" }>;
	/** Every outcome of every check of a commit, oldest first, those of `except` left out. */
	listChecks(input: RepositoryAddress & { sha: string; except: string }): Promise<CheckOutcome[]>;
	/** Where `head` left `base`, and where `base` is now; null: one of the two is gone. */
	findBase(
		input: RepositoryAddress & { base: string; head: string },
	): Promise<{ mergeBaseSha: string; tipSha: string } | null>;
	/** The end of what a check printed, or what its maker wrote of it. Somebody's text. */
	readCheckLog(input: RepositoryAddress & { check: CheckOutcome }): Promise<string>;
	/** Has the failed jobs of this job's workflow run begin anew. */
	rerunFailedJobs(input: RepositoryAddress & { jobId: number }): Promise<{ outcome: "asked" | "impossible" }>;
	/** null: it is not merged. */
	readMerge(input: RepositoryAddress & { number: number }): Promise<MergeFacts | null>;
	listChangedFiles(input: RepositoryAddress & { number: number }): Promise<PatchFacts[]>;
	/** Commits of `head` that `base` has not, oldest first; null: one of the two is gone. */
	listCommits(
		input: RepositoryAddress & { base: string; head: string },
	): Promise<{ sha: string; parents: string[] }[] | null>;
	/** Against the first parent. */
	listCommitFiles(input: RepositoryAddress & { sha: string }): Promise<PatchFacts[]>;
}

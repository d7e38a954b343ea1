import type { CommentKind, PullRequestNow, RepositoryAddress } from "../github.ts";

/** A repository as a webhook names it: its name may be an old one, its number stays. */
export interface ToldRepository extends RepositoryAddress {
	githubId: number | null;
}

/** Who did what a webhook tells. */
interface Sender {
	githubId: number;
	login: string;
}

/** Where what webhooks tell is brought. Each may be called again for the same thing, and in any order. */
export interface WebhookTargets {
	/**
	 * A pull request may have changed: what it is now, read after the webhook.
	 *
	 * @param heads commits that were its head at some time
	 */
	onPullRequest(change: {
		repository: ToldRepository;
		pullRequest: PullRequestNow;
		/** When GitHub was asked: what it is may be as old as that. */
		askedAtMs: number;
		heads: string[];
		action: string;
		sender: Sender | null;
	}): Promise<void>;
	/** Reviews of a pull request may have changed. */
	onReviews(of: { repository: ToldRepository; number: number }): Promise<void>;
	/** Somebody wrote at a pull request or an issue, or opened it. */
	onComment(of: {
		repository: ToldRepository;
		number: number;
		kind: CommentKind;
		commentId: number;
	}): Promise<void>;
	/** A check or a status of a commit may have changed. */
	onChecks(of: { repository: ToldRepository; sha: string }): Promise<void>;
	/** Somebody wants Bobbin's own checks of a commit made anew: GitHub shows them as not done until then. */
	onChecksAskedAgain(of: { repository: ToldRepository; sha: string }): Promise<void>;
	/** A merge queue waits for checks of a commit that it made. */
	onMergeGroup(of: { repository: ToldRepository; sha: string }): Promise<void>;
	/** A branch or a tag was pushed, moved or deleted; `ref` is whole, for example `refs/heads/main`. */
	onPush(push: { repository: RepositoryAddress; ref: string }): Promise<void>;
	/** The App was given or denied repositories, or one changed its name, description or owner. */
	onRepositoriesChanged(): Promise<void>;
	/** Repositories that were kept from the App are not any more: of what happened there meanwhile nobody was told. */
	onHeardAgain(): Promise<void>;
	/** What people may do changed: of one account, in one repository, or (null) of whoever, wherever. */
	onRightsChanged(of: { githubId: number | null; repositoryGithubId: number | null }): Promise<void>;
	/** Somebody took back that the App may act for them. */
	onAuthorizationRevoked(of: { githubId: number }): Promise<void>;
}

import type { Tx } from "../db/client.ts";

/** Sign-ins that cannot go on, and what they are called. */
export type LinkTrouble =
	/** No sign-in of ours: a wrong or old address. */
	| { outcome: "unknown" }
	/** It took longer than ten minutes. */
	| { outcome: "expired" }
	/** It led to something already. */
	| { outcome: "used" }
	/** It was begun in another browser. */
	| { outcome: "other_browser" };

/** Who and what are joined, for people to look at before they say yes. */
export interface LinkQuestion {
	person: string;
	/** null: they are not known from Slack. */
	teamId: string | null;
	login: string;
	/** Verified addresses that commits may carry. */
	emails: string[];
	/** The one of them that they carry now; null: none. */
	chosen: string | null;
	/** What commits carry otherwise. */
	noreply: string;
	/** The account that this one takes the place of. */
	replaces: string | null;
}

/**
 * Joining people with their GitHub accounts. A sign-in is bound to the person whose private link it is, by its state; to
 * one browser, by a key that this browser got when it began; and to their word, because a link may be handed on.
 */
export interface Linking {
	/** A personal address at which a person signs in; good once, for ten minutes. */
	invite(personId: string): Promise<{ url: string }>;
	/** The link was opened: to GitHub with them. `browserKey` is for this browser only, another one each time. */
	begin(state: string): Promise<{ outcome: "go"; url: string; browserKey: string } | LinkTrouble>;
	/**
	 * GitHub sent somebody back. Asked again in the same browser it answers the same.
	 *
	 * @throws AppError `github_unavailable`, `rate_limited` (retryable), `github_unauthorized`
	 */
	arrive(input: {
		state: string;
		browserKey: string | undefined;
		/** null: they said no at GitHub. */
		code: string | null;
	}): Promise<
		| { outcome: "ask"; question: LinkQuestion }
		| { outcome: "denied" | "bad_code" | "unverified_email" }
		| LinkTrouble
	>;
	/** They say that the account is theirs. `email`: a verified address that their commits are to carry. */
	confirm(input: { state: string; browserKey: string | undefined; email: string | null }): Promise<
		| { outcome: "linked"; login: string; releasedSessions: number }
		/** The account is that of somebody else who works with it. */
		| { outcome: "taken"; login: string; owner: string }
		| LinkTrouble
	>;
	/** They say that it is not theirs, or that they do not want to. */
	decline(input: {
		state: string;
		browserKey: string | undefined;
	}): Promise<{ outcome: "declined" } | LinkTrouble>;
	/** `revoked`: they were connected, and are not any more. */
	stateOf(personId: string): Promise<{ state: "live" | "revoked" | "never"; login: string | null }>;
	/** A person's user id in a Slack workspace. */
	slackUserOf(input: { personId: string; teamId: string }): Promise<string | null>;
	/** Ends a person's connection. Which account was theirs stays known: it tells who approved their own work. */
	unlink(personId: string): Promise<{ outcome: "unlinked"; login: string } | { outcome: "not_linked" }>;
}

/** Lets go on what waited for a person's account, in the transaction in which they got one. */
export type Release = (tx: Tx, personId: string) => Promise<{ sessionIds: string[] }>;

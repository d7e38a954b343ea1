/** What Slack shows of people's GitHub accounts, and what it does with them. */
export interface Accounts {
	/** `revoked`: they were connected and are not any more. */
	stateOf(personId: string): Promise<{ state: "live" | "revoked" | "never"; login: string | null }>;
	/** A person's user id in a workspace. */
	slackUserOf(input: { personId: string; teamId: string }): Promise<string | null>;
	/** A personal address at which they sign in; good once, for ten minutes. */
	invite(personId: string): Promise<{ url: string }>;
	unlink(personId: string): Promise<{ outcome: "unlinked"; login: string } | { outcome: "not_linked" }>;
}

import type { Grant } from "./token-store.ts";

/** What linking needs of GitHub; the adapter's port has more words on it. */
export interface SignIn {
	authorizeUrl(input: { state: string; challenge: string; redirectUri: string }): string;
	exchange(input: {
		code: string;
		verifier: string;
		redirectUri: string;
	}): Promise<{ outcome: "granted"; grant: Grant } | { outcome: "bad_code" | "unverified_email" }>;
	readAccount(accessToken: string): Promise<{ githubId: number; login: string; name: string | null }>;
	readVerifiedEmails(accessToken: string): Promise<string[]>;
	revoke(accessToken: string): Promise<void>;
}

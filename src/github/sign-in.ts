import { z } from "zod";
import { AppError } from "../errors.ts";
import type { Grant } from "../people/token-store.ts";

const ANSWER_WITHIN_MS = 15_000;
const MAX_EMAILS = 100;

/** The web application flow of the GitHub App, with what goes with a person's token. No answer of GitHub's is kept. */
export interface GithubSignIn {
	/** Where a person is sent to. `challenge`: S256 of the verifier, base64url. */
	authorizeUrl(input: { state: string; challenge: string; redirectUri: string }): string;
	/** `bad_code`: used, too old, or not begun here. `unverified_email`: GitHub wants the person to verify theirs first. */
	exchange(input: {
		code: string;
		verifier: string;
		redirectUri: string;
	}): Promise<{ outcome: "granted"; grant: Grant } | { outcome: "bad_code" | "unverified_email" }>;
	/** Both old tokens are void after it; `refused`: the refresh token was used, revoked or is too old. */
	refresh(refreshToken: string): Promise<{ outcome: "granted"; grant: Grant } | { outcome: "refused" }>;
	/** Who a token belongs to. @throws AppError `github_unauthorized` */
	readAccount(accessToken: string): Promise<{ githubId: number; login: string; name: string | null }>;
	/** Addresses that GitHub has verified; none where the App may not read them. */
	readVerifiedEmails(accessToken: string): Promise<string[]>;
	/** Whether GitHub takes a token still. */
	isLive(accessToken: string): Promise<boolean>;
	/** Makes one token void; one that is void already is fine. */
	revoke(accessToken: string): Promise<void>;
}

export interface GithubSignInDeps {
	clientId: string;
	clientSecret: string;
	/** REST, without a slash at the end. */
	apiUrl: string;
	/** Pages, without a slash at the end. */
	url: string;
	now: () => number;
}

const grantAnswer = z.object({
	access_token: z.string().min(1),
	expires_in: z.number().optional(),
	refresh_token: z.string().min(1).optional(),
	refresh_token_expires_in: z.number().optional(),
});
const refusal = z.object({ error: z.string() });
const account = z.object({ id: z.number().int(), login: z.string().min(1), name: z.string().nullish() });
const emails = z.array(z.object({ email: z.string(), verified: z.boolean() }));

/**
 * Signs people in with the GitHub App. Octokit's own methods for it know no PKCE, so this calls GitHub itself; facts are
 * from docs.github.com, "Generating a user access token for a GitHub App" and "Refreshing user access tokens".
 *
 * Every call may throw AppError `github_unavailable`, `rate_limited` (retryable) and `github_unauthorized` (the App's
 * client id or secret is wrong). No error carries a token, a code or a whole answer.
 */
export function createGithubSignIn(deps: GithubSignInDeps): GithubSignIn {
	const { clientId, clientSecret, apiUrl, url, now } = deps;

	async function call(what: string, address: string, init: RequestInit): Promise<Response> {
		let response: Response;
		try {
			response = await fetch(address, {
				...init,
				headers: { accept: "application/json", "user-agent": "bobbin", ...init.headers },
				redirect: "error",
				signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
			});
		} catch {
			// Without its cause: a failed request may carry what was sent.
			throw unavailable(what);
		}
		if (response.status >= 500) throw unavailable(what);
		const isLimited =
			response.status === 429 ||
			(response.status === 403 &&
				(response.headers.has("retry-after") || response.headers.get("x-ratelimit-remaining") === "0"));
		if (isLimited)
			throw new AppError("rate_limited", `GitHub asks Bobbin to wait (${what}). Try again in a while.`, {
				retryable: true,
			});
		return response;
	}

	/**
	 * GitHub answers refusals of this call with 200; Enterprise Server and proxies may not. `refusals`: those that are about
	 * what was sent. Any other is about the App: GitHub says "Not Found" where it does not know the client id.
	 */
	async function askForGrant<Refusal extends string>(
		what: string,
		fields: Record<string, string>,
		refusals: readonly Refusal[],
	) {
		const response = await call(what, `${url}/login/oauth/access_token`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify({ client_id: clientId, client_secret: clientSecret, ...fields }),
		});
		const body: unknown = await readJson(response, what);
		const granted = grantAnswer.safeParse(body).data;
		if (granted !== undefined) return { outcome: "granted" as const, grant: toGrant(granted) };
		const error = refusal.safeParse(body).data?.error;
		if (error === undefined) throw unavailable(what);
		const known = refusals.find((refusal) => refusal === error);
		if (known !== undefined) return { outcome: "refused" as const, error: known };
		throw new AppError(
			"github_unauthorized",
			`GitHub refused ${what} (${error}). Check GITHUB_CLIENT_ID, GITHUB_CLIENT_SECRET and the callback address of the GitHub App.`,
		);
	}

	function toGrant(answer: z.infer<typeof grantAnswer>): Grant {
		const at = (seconds: number | undefined) => (seconds === undefined ? null : now() + seconds * 1000);
		return {
			accessToken: answer.access_token,
			accessExpiresAtMs: at(answer.expires_in),
			refreshToken: answer.refresh_token ?? null,
			refreshExpiresAtMs: at(answer.refresh_token_expires_in),
		};
	}

	async function readAsPerson(what: string, path: string, accessToken: string): Promise<Response> {
		const response = await call(what, `${apiUrl}${path}`, {
			headers: { accept: "application/vnd.github+json", authorization: `Bearer ${accessToken}` },
		});
		if (response.status === 401)
			throw new AppError("github_unauthorized", `GitHub did not take the person's token (${what}).`);
		return response;
	}

	/** The App about one of its tokens, with its client id and secret as user and password. */
	function askAboutToken(what: string, method: "POST" | "DELETE", accessToken: string): Promise<Response> {
		return call(what, `${apiUrl}/applications/${encodeURIComponent(clientId)}/token`, {
			method,
			headers: {
				accept: "application/vnd.github+json",
				"content-type": "application/json",
				authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}`,
			},
			body: JSON.stringify({ access_token: accessToken }),
		});
	}

	return {
		authorizeUrl({ state, challenge, redirectUri }) {
			const query = new URLSearchParams({
				client_id: clientId,
				redirect_uri: redirectUri,
				state,
				code_challenge: challenge,
				code_challenge_method: "S256",
				allow_signup: "false",
				prompt: "select_account",
			});
			return `${url}/login/oauth/authorize?${query}`;
		},

		async exchange({ code, verifier, redirectUri }) {
			const answer = await askForGrant(
				"the code of a sign-in",
				{ code, code_verifier: verifier, redirect_uri: redirectUri },
				["bad_verification_code", "unverified_user_email"],
			);
			if (answer.outcome === "granted") return answer;
			return { outcome: answer.error === "unverified_user_email" ? "unverified_email" : "bad_code" };
		},

		async refresh(refreshToken) {
			const answer = await askForGrant(
				"a person's token anew",
				{ grant_type: "refresh_token", refresh_token: refreshToken },
				["bad_refresh_token"],
			);
			return answer.outcome === "granted" ? answer : { outcome: "refused" };
		},

		async readAccount(accessToken) {
			const what = "who signed in";
			const response = await readAsPerson(what, "/user", accessToken);
			const parsed = account.safeParse(await readJson(response, what));
			if (!response.ok || !parsed.success) throw unavailable(what);
			const { id, login, name } = parsed.data;
			return { githubId: id, login, name: name ?? null };
		},

		async readVerifiedEmails(accessToken) {
			const what = "the addresses of a person";
			const response = await readAsPerson(what, `/user/emails?per_page=${MAX_EMAILS}`, accessToken);
			// The App's permission for them is optional.
			if (response.status === 403 || response.status === 404) {
				await response.body?.cancel();
				return [];
			}
			const parsed = emails.safeParse(await readJson(response, what));
			if (!response.ok || !parsed.success) throw unavailable(what);
			return parsed.data.flatMap(({ email, verified }) => (verified ? [email] : []));
		},

		async isLive(accessToken) {
			const what = "whether a token is good";
			const response = await askAboutToken(what, "POST", accessToken);
			await response.body?.cancel();
			if (response.ok) return true;
			// 422: it has not even the form of a token of this App.
			if (response.status === 404 || response.status === 422) return false;
			throw unauthorized(what);
		},

		async revoke(accessToken) {
			const what = "ending a token";
			const response = await askAboutToken(what, "DELETE", accessToken);
			await response.body?.cancel();
			if (!response.ok && response.status !== 404 && response.status !== 422) throw unauthorized(what);
		},
	};
}

async function readJson(response: Response, what: string): Promise<unknown> {
	try {
		return await response.json();
	} catch {
		throw unavailable(what);
	}
}

const unavailable = (what: string) =>
	new AppError("github_unavailable", `GitHub did not answer (${what}). Try again in a while.`, {
		retryable: true,
	});

const unauthorized = (what: string) =>
	new AppError(
		"github_unauthorized",
		`GitHub did not take the App's client id and secret (${what}). Check GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET.`,
	);

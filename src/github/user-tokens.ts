import type { Db } from "../db/client.ts";
import type { Log } from "../log.ts";
import { listPeopleByGithubId } from "../people/account-store.ts";
import { recordAudit } from "../people/audit.ts";
import { type Grant, lockGrant, readGrant, saveGrant, voidGrant } from "../people/token-store.ts";
import { createTurnstile } from "../people/turnstile.ts";
import type { Seal } from "../secrets/seal.ts";
import type { GithubSignIn } from "./sign-in.ts";

/** A token is not handed out with less than this left: the call it is for may take a while. */
const LEFT_AT_LEAST_MS = 5 * 60_000;
const REFRESHES_AT_ONCE = 3;

/** Tokens of people, for what Bobbin does at GitHub in their name. Hand them to GitHub and to nobody else. */
export interface UserTokens {
	/**
	 * A person's token, refreshed if need be: once, however many instances ask at the same time.
	 *
	 * `unlinked`: they have not signed in, or GitHub does not take what it gave any more; they have to link anew.
	 *
	 * @throws AppError `github_unavailable`, `rate_limited` (both retryable), `github_unauthorized`
	 */
	get(personId: string): Promise<{ outcome: "token"; token: string } | { outcome: "unlinked" }>;
	/** GitHub answered 401 to this token: it is void, unless another one has taken its place meanwhile. */
	refused(input: { personId: string; token: string }): Promise<void>;
	/**
	 * GitHub says that somebody took their authorization of the App back. It is asked whether that is so still.
	 *
	 * @throws as `get` does
	 */
	forgetAuthorization(githubId: number): Promise<void>;
}

export function createUserTokens(deps: {
	db: Db;
	seal: Seal;
	/** null: the App has no client id and secret, so nobody can link. */
	signIn: Pick<GithubSignIn, "refresh" | "isLive"> | null;
	log: Log;
	now: () => number;
}): UserTokens {
	const { db, seal, signIn, now } = deps;
	if (signIn === null) {
		const nobody = async () => ({ outcome: "unlinked" as const });
		return { get: nobody, refused: async () => {}, forgetAuthorization: async () => {} };
	}
	const log = deps.log.child({ part: "user-tokens" });
	const isFresh = ({ accessExpiresAtMs }: Grant) =>
		accessExpiresAtMs === null || accessExpiresAtMs - now() > LEFT_AT_LEAST_MS;

	/**
	 * The lock is held while GitHub is asked, because a refresh token is good once. Where its answer is lost, the old one
	 * is void and the new one unknown: the next refresh is refused and the person links anew.
	 */
	const refresh = (personId: string) =>
		db.transaction().execute(async (tx) => {
			const grant = await lockGrant(tx, seal, personId);
			if (grant === undefined) return { outcome: "unlinked" as const };
			if (isFresh(grant)) return { outcome: "token" as const, token: grant.accessToken };
			const at = new Date(now());
			const { refreshToken, refreshExpiresAtMs } = grant;
			const isOver = refreshToken === null || (refreshExpiresAtMs !== null && refreshExpiresAtMs <= now());
			const answer = isOver ? { outcome: "refused" as const } : await signIn.refresh(refreshToken);
			if (answer.outcome === "refused") {
				await voidGrant(tx, { personId, at });
				const data = { why: isOver ? "expired" : "refresh_refused" };
				await recordAudit(tx, { personId, actor: "bobbin", action: "github.connection_ended", data }, at);
				log.info({ personId, why: data.why }, "a person has to connect GitHub anew");
				return { outcome: "unlinked" as const };
			}
			await saveGrant(tx, seal, { personId, grant: answer.grant, at });
			return { outcome: "token" as const, token: answer.grant.accessToken };
		});

	const enter = createTurnstile(REFRESHES_AT_ONCE);
	const refreshing = new Map<string, ReturnType<typeof refresh>>();
	/** One for a person and few in all: each keeps a connection to the database while GitHub takes its time. */
	function refreshTogether(personId: string): ReturnType<typeof refresh> {
		const underWay = refreshing.get(personId);
		if (underWay !== undefined) return underWay;
		const begun = enter(() => refresh(personId)).finally(() => refreshing.delete(personId));
		refreshing.set(personId, begun);
		return begun;
	}

	async function get(personId: string) {
		const grant = await readGrant(db, seal, personId);
		if (grant === undefined) return { outcome: "unlinked" as const };
		if (isFresh(grant)) return { outcome: "token" as const, token: grant.accessToken };
		return refreshTogether(personId);
	}

	async function refused({ personId, token }: { personId: string; token: string }) {
		await db.transaction().execute(async (tx) => {
			const grant = await lockGrant(tx, seal, personId);
			if (grant === undefined || grant.accessToken !== token) return;
			const at = new Date(now());
			await voidGrant(tx, { personId, at });
			const data = { why: "revoked" };
			await recordAudit(tx, { personId, actor: "bobbin", action: "github.connection_ended", data }, at);
		});
	}

	return {
		get,
		refused,
		async forgetAuthorization(githubId) {
			for (const { personId } of await listPeopleByGithubId(db, githubId)) {
				const answer = await get(personId);
				if (answer.outcome === "unlinked" || (await signIn.isLive(answer.token))) continue;
				await refused({ personId, token: answer.token });
			}
		},
	};
}

import { findGithubAccount } from "./account-store.ts";
import { recordAudit } from "./audit.ts";
import { forgetAccess, lockPerson } from "./identity-store.ts";
import type { LinkDeps } from "./link-deps.ts";
import type { Linking } from "./linking.ts";
import { lockOldToken } from "./lock-old-token.ts";
import { createRevokeQuietly } from "./revoke-quietly.ts";
import { voidGrant } from "./token-store.ts";
import { createTurnstile } from "./turnstile.ts";

/** Each keeps a connection to the database while GitHub takes its time. */
const AT_ONCE = 2;

/**
 * Ends a connection: GitHub is told first, so that a crash leaves no token behind that works and that nobody knows. The
 * account stays known as theirs until somebody else connects it: who prompted must not pass for a stranger afterwards.
 */
export function createUnlink(deps: LinkDeps): Linking["unlink"] {
	const revokeQuietly = createRevokeQuietly(deps);
	const enter = createTurnstile(AT_ONCE);

	return (personId) => enter(() => unlink(personId));

	function unlink(personId: string): ReturnType<Linking["unlink"]> {
		return deps.db.transaction().execute(async (tx) => {
			const at = new Date(deps.now());
			await lockPerson(tx, personId);
			const account = await findGithubAccount(tx, personId);
			if (account === undefined) return { outcome: "not_linked" };
			const token = await lockOldToken(deps, tx, personId);
			if (token !== undefined) await revokeQuietly(token);
			if (!(await voidGrant(tx, { personId, at }))) return { outcome: "not_linked" };
			await forgetAccess(tx, personId);
			const { githubId, login } = account;
			const act = { personId, action: "github.unlinked", subject: login, data: { githubId } };
			await recordAudit(tx, act, at);
			return { outcome: "unlinked", login };
		});
	}
}

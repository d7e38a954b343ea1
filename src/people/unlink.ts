import { AppError } from "../errors.ts";
import { findGithubAccount, isLinked } from "./account-store.ts";
import { recordAudit } from "./audit.ts";
import { forgetAccess, lockPerson } from "./identity-store.ts";
import type { LinkDeps } from "./link-deps.ts";
import type { Linking } from "./linking.ts";
import { createRevokeQuietly } from "./revoke-quietly.ts";
import { type Grant, readGrant, voidGrant } from "./token-store.ts";

/**
 * Ends a connection: GitHub is told first, so that a crash leaves no token behind that works and that nobody knows. The
 * account stays known as theirs until somebody else connects it: who prompted must not pass for a stranger afterwards.
 */
export function createUnlink(deps: LinkDeps): Linking["unlink"] {
	const { db, seal } = deps;
	const revokeQuietly = createRevokeQuietly(deps);

	return async (personId) => {
		const account = await findGithubAccount(db, personId);
		if (account === undefined || !(await isLinked(db, personId))) return { outcome: "not_linked" };
		const grant = await openGrant(personId);
		if (grant !== undefined) await revokeQuietly(grant.accessToken);
		const isEnded = await db.transaction().execute(async (tx) => {
			const at = new Date(deps.now());
			await lockPerson(tx, personId);
			if (!(await voidGrant(tx, { personId, at }))) return false;
			await forgetAccess(tx, personId);
			const data = { githubId: account.githubId };
			await recordAudit(tx, { personId, action: "github.unlinked", subject: account.login, data }, at);
			return true;
		});
		return isEnded ? { outcome: "unlinked", login: account.login } : { outcome: "not_linked" };
	};

	/** Undefined also where its key was lost: letting go of it needs no key. */
	async function openGrant(personId: string): Promise<Grant | undefined> {
		try {
			return await readGrant(db, seal, personId);
		} catch (error) {
			if (!(error instanceof AppError)) throw error;
			deps.log.warn(
				{ code: error.code, personId },
				"a token that cannot be opened was not revoked at GitHub",
			);
			return undefined;
		}
	}
}

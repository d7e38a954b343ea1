import type { Tx } from "../db/client.ts";
import { tellLinkedJob } from "../jobs/queue.ts";
import { findGithubAccount } from "./account-store.ts";
import { recordAudit } from "./audit.ts";
import { decideEmail, decideOwnership } from "./decide-link.ts";
import {
	findOwners,
	forgetAccess,
	giveAccount,
	listTeams,
	lockAccount,
	lockPerson,
	mergeDeeds,
} from "./identity-store.ts";
import type { LinkDeps } from "./link-deps.ts";
import { endLink, type Unconfirmed } from "./link-store.ts";
import type { Linking } from "./linking.ts";
import { lockOldToken } from "./lock-old-token.ts";
import { openLink } from "./open-link.ts";
import { createRevokeQuietly } from "./revoke-quietly.ts";
import { saveGrant } from "./token-store.ts";

/** Joins person and account: identity, tokens, audit and whatever waited for it, all at once or not at all. */
export function createConfirm(deps: LinkDeps): Linking["confirm"] {
	const { db, seal } = deps;
	const revokeQuietly = createRevokeQuietly(deps);

	return async ({ state, browserKey, email }) => {
		const { result, useless } = await db.transaction().execute(async (tx) => {
			const useless: string[] = [];
			const opened = await openLink(deps, tx, { state, browserKey, lock: true });
			if (opened.outcome !== "open") return { result: opened, useless };
			const { link, browser } = opened;
			if (link.unconfirmed === null) return { result: { outcome: "unknown" as const }, useless };
			if (link.unconfirmed.browser !== browser)
				return { result: { outcome: "other_browser" as const }, useless };
			const result = await join(tx, link.personId, link.unconfirmed, email, useless);
			await endLink(tx, link.id, new Date(deps.now()));
			return { result, useless };
		});
		for (const token of useless) await revokeQuietly(token);
		return result;
	};

	async function join(
		tx: Tx,
		personId: string,
		{ account, emails, grant }: Unconfirmed,
		chosenEmail: string | null,
		/** Tokens that nobody has a use for after it. */
		useless: string[],
	) {
		const at = new Date(deps.now());
		const { githubId, login } = account;
		await lockPerson(tx, personId);
		await lockAccount(tx, githubId);
		const decision = decideOwnership(await findOwners(tx, { githubId, personId }), personId);
		if (decision.do === "refuse") {
			useless.push(grant.accessToken);
			const data = { githubId };
			await recordAudit(tx, { personId, action: "github.link_refused", subject: login, data }, at);
			return { outcome: "taken" as const, login, owner: decision.owner.name };
		}
		const before = await findGithubAccount(tx, personId);
		const replaced = before !== undefined && before.githubId !== githubId ? before.login : null;
		const old = await lockOldToken(deps, tx, personId);
		if (old !== undefined) useless.push(old);
		const email = decideEmail(chosenEmail, emails);
		const owner = decision.do === "share" ? null : decision.from;
		const tenant = decision.do === "share" ? (await listTeams(tx, personId))[0]?.tenant : owner?.tenant;
		await giveAccount(tx, { personId, githubId, login, email, tenant: tenant ?? "", at });
		if (decision.do === "merge") await mergeDeeds(tx, decision.from.personId, personId);
		await saveGrant(tx, seal, { personId, grant, at });
		await forgetAccess(tx, personId);
		const from = owner !== null && owner.personId !== personId ? { from: owner.personId } : {};
		const data = { githubId, ...(replaced === null ? {} : { replaced }), ...from };
		await recordAudit(tx, { personId, action: "github.linked", subject: login, data }, at);
		const sessionIds = new Set<string>();
		for (const release of deps.releases) {
			for (const sessionId of (await release(tx, personId)).sessionIds) sessionIds.add(sessionId);
		}
		for (const sessionId of sessionIds) {
			await deps.enqueue(tx, tellLinkedJob, { version: 1, sessionId, personId }, { key: personId });
		}
		return { outcome: "linked" as const, login, releasedSessions: sessionIds.size };
	}
}

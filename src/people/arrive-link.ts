import { findGithubAccount, toNoreplyAddress } from "./account-store.ts";
import { CALLBACK_PATH, type LinkDeps } from "./link-deps.ts";
import { type Link, readWho, saveUnconfirmed, type Unconfirmed } from "./link-store.ts";
import type { Linking, LinkQuestion } from "./linking.ts";
import { openLink } from "./open-link.ts";
import { createRevokeQuietly } from "./revoke-quietly.ts";

/** Takes the code that GitHub gave to a browser, and asks whether the account behind it is the person's. */
export function createArrive(deps: LinkDeps): Linking["arrive"] {
	const { db, seal, signIn } = deps;
	const revokeQuietly = createRevokeQuietly(deps);

	return async ({ state, browserKey, code }) => {
		const opened = await openLink(deps, db, { state, browserKey, lock: false });
		if (opened.outcome !== "open") return opened;
		const { link, browser } = opened;
		const before = link.unconfirmed;
		// A page that is loaded again: the code is good once, what it gave is kept.
		if (before?.browser === browser) return { outcome: "ask", question: await toQuestion(link, before) };
		if (code === null) return { outcome: "denied" };
		const redirectUri = `${deps.publicUrl}${CALLBACK_PATH}`;
		const answer = await signIn.exchange({ code, verifier: link.verifier, redirectUri });
		if (answer.outcome !== "granted") return answer;
		const { accessToken } = answer.grant;
		const [account, emails] = await Promise.all([
			signIn.readAccount(accessToken),
			signIn.readVerifiedEmails(accessToken),
		]);
		const { githubId, login } = account;
		const given = { browser, grant: answer.grant, account: { githubId, login }, emails };
		if (!(await saveUnconfirmed(db, seal, link.id, given))) {
			await revokeQuietly(accessToken);
			return { outcome: "used" };
		}
		if (before !== null) await revokeQuietly(before.grant.accessToken);
		return { outcome: "ask", question: await toQuestion(link, given) };
	};

	async function toQuestion(link: Link, { account, emails }: Unconfirmed): Promise<LinkQuestion> {
		const who = await readWho(db, link.personId);
		const before = await findGithubAccount(db, link.personId);
		return {
			person: who.name,
			teamId: who.teamId,
			login: account.login,
			emails,
			chosen: emails.find((email) => email === before?.email) ?? null,
			noreply: toNoreplyAddress(account),
			replaces: before !== undefined && before.githubId !== account.githubId ? before.login : null,
		};
	}
}

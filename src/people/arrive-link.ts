import { findGithubAccount, toNoreplyAddress } from "./account-store.ts";
import { CALLBACK_PATH, type LinkDeps } from "./link-deps.ts";
import { type Link, readWho, saveUnconfirmed, type Unconfirmed } from "./link-store.ts";
import type { Linking, LinkQuestion } from "./linking.ts";
import { openLink } from "./open-link.ts";

/** Takes the code that GitHub gave to a browser, and asks whether the account behind it is the person's. */
export function createArrive(deps: LinkDeps): Linking["arrive"] {
	const { db, seal, signIn } = deps;

	return async ({ state, browserKey, code }) => {
		const opened = await openLink(deps, db, { state, browserKey, lock: false });
		if (opened.outcome !== "open") return opened;
		const { link } = opened;
		// A page that is loaded again: the code is good once, what it gave is kept.
		if (link.unconfirmed !== null)
			return { outcome: "ask", question: await toQuestion(link, link.unconfirmed) };
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
		const given = { grant: answer.grant, account: { githubId, login }, emails };
		await saveUnconfirmed(db, seal, link.id, given);
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
			noreply: toNoreplyAddress(account),
			replaces: before !== undefined && before.githubId !== account.githubId ? before.login : null,
		};
	}
}

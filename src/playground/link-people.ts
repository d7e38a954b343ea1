import type { Log } from "../log.ts";
import { createBrowser } from "./browser.ts";

/**
 * Links people of the playground's Slack with the playground's GitHub when they are met first, as they would do it
 * themselves: the private link, the sign-in as whoever has their name there, the confirmation. Real tokens come of it.
 * Who disconnected is left alone.
 */
export function createLinkPeople(deps: {
	/** Their name at both; undefined: they have no account at GitHub. */
	loginOf: (slackUserId: string) => string | undefined;
	hasSignedInOnce: (personId: string) => Promise<boolean>;
	invite: (personId: string) => Promise<{ url: string }>;
	log: Log;
}): (person: { slackUserId: string; personId: string }) => Promise<void> {
	const met = new Map<string, Promise<void>>();

	async function link({ slackUserId, personId }: { slackUserId: string; personId: string }): Promise<void> {
		const login = deps.loginOf(slackUserId);
		if (login === undefined || (await deps.hasSignedInOnce(personId))) return;
		await signIn((await deps.invite(personId)).url, login);
	}

	return (person) => {
		const known = met.get(person.personId);
		if (known !== undefined) return known;
		const linking = link(person).catch((err) => {
			met.delete(person.personId);
			deps.log.warn({ err }, "a person of the playground was not linked; they can do it themselves");
		});
		met.set(person.personId, linking);
		return linking;
	};
}

/** Goes the whole way, and says yes. */
async function signIn(url: string, login: string): Promise<void> {
	const browser = createBrowser();
	const authorize = (await browser.open(url)).next();
	const callback = (await browser.open(authorize, { form: { login } })).next();
	await visit(callback);
	const state = new URL(callback).searchParams.get("state") ?? "";
	await visit(new URL("/github/connect/confirm", callback).href, { state, answer: "yes" });

	async function visit(address: string, form?: Record<string, string>): Promise<void> {
		const { status } = await browser.open(address, form === undefined ? {} : { form });
		if (status !== 200) throw new Error(`${new URL(address).pathname} answered ${status}`);
	}
}

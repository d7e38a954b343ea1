import type { Log } from "../log.ts";

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

/** Goes the whole way as a browser does, with its cookies, and says yes. */
async function signIn(url: string, login: string): Promise<void> {
	const cookies = new Map<string, string>();
	const visit = async (address: string, form?: Record<string, string>): Promise<Response> => {
		const response = await fetch(address, {
			method: form === undefined ? "GET" : "POST",
			redirect: "manual",
			headers: { cookie: [...cookies].map((pair) => pair.join("=")).join("; ") },
			...(form === undefined ? {} : { body: new URLSearchParams(form) }),
		});
		for (const line of response.headers.getSetCookie()) {
			const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
			cookies.set(name, value);
		}
		return response;
	};
	const next = (response: Response, base: string): string => {
		const location = response.headers.get("location");
		if (location === null) throw new Error(`${new URL(base).pathname} answered ${response.status}`);
		return new URL(location, base).href;
	};
	const authorize = next(await visit(url), url);
	const callback = next(await visit(authorize, { login }), authorize);
	const asked = await visit(callback);
	if (!asked.ok) throw new Error(`${new URL(callback).pathname} answered ${asked.status}`);
	const state = new URL(callback).searchParams.get("state") ?? "";
	const confirm = new URL("/github/connect/confirm", callback).href;
	const confirmed = await visit(confirm, { state, answer: "yes" });
	if (!confirmed.ok) throw new Error(`${new URL(confirm).pathname} answered ${confirmed.status}`);
}

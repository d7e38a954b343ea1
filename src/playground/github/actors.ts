import type { Caller } from "./callers.ts";
import { badCredentials } from "./refusal.ts";
import type { PersonRow } from "./rows.ts";
import type { World } from "./world.ts";

export interface Actor {
	login: string;
	name: string;
	email: string;
}

export function botLogin({ identity }: Pick<World, "identity">): string {
	return `${identity.slug}[bot]`;
}

/** In whose name something is done: the App's bot for its tokens, the human for theirs. */
export function findActor(world: World, caller: Caller): Actor {
	if (caller.kind === "anonymous") throw badCredentials();
	return findActorByLogin(world, caller.kind === "user" ? caller.login : botLogin(world));
}

export function findActorByLogin(world: World, login: string): Actor {
	const person = world.state.get<PersonRow>("select * from people where login = ?", login);
	if (person !== undefined) return person;
	return { login, name: login, email: `${world.identity.botId}+${login}@users.noreply.github.com` };
}

/** A user as GitHub's REST and webhooks show it; also the App's bot and organisations. */
export function showUser(world: World, login: string) {
	const person = world.state.get<PersonRow>("select * from people where login = ?", login);
	const isBot = login === botLogin(world);
	const organisation =
		person === undefined && !isBot
			? world.state.get<{ id: number }>("select id from installations where owner = ?", login)
			: undefined;
	const id = person?.id ?? (isBot ? world.identity.botId : (organisation?.id ?? 0) + 1_000_000);
	return {
		login,
		id,
		node_id: `U_${id}`,
		avatar_url: `${world.url}/avatars/${encodeURIComponent(login)}.svg`,
		url: `${world.apiUrl}/users/${encodeURIComponent(login)}`,
		html_url: `${world.url}/${encodeURIComponent(login)}`,
		type: isBot ? "Bot" : person === undefined ? "Organization" : "User",
		site_admin: false,
	};
}

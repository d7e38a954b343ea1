import type { Db } from "../db/client.ts";
import { findGithubAccount, findSlackUser } from "./account-store.ts";
import type { Linking } from "./linking.ts";
import { readGrantState } from "./token-store.ts";

export function createStateOf({ db }: { db: Db }): Linking["stateOf"] {
	return async (personId) => {
		const account = await findGithubAccount(db, personId);
		const state = await readGrantState(db, personId);
		if (account === undefined) return { state: "never", login: null };
		return { state, login: account.login };
	};
}

export function createSlackUserOf({ db }: { db: Db }): Linking["slackUserOf"] {
	return async (input) => (await findSlackUser(db, input)) ?? null;
}

import type { Verbosity } from "../../contract/settings.ts";
import type { Db } from "../../db/client.ts";
import type { PromptView, SessionView } from "../../sessions/session-view.ts";
import { decideSettings } from "../../settings/decide-settings.ts";
import {
	readChannelSettings,
	readPersonSettings,
	readThreadSettings,
} from "../../settings/settings-store.ts";

/** What thread, channel and the author of each prompt chose, the nearest first. */
export type ReadVerbosity = (session: SessionView) => Promise<(prompt: PromptView) => Verbosity>;

export function createReadVerbosity(db: Db): ReadVerbosity {
	return async ({ threads: [thread], prompts }) => {
		if (thread === undefined) return () => "normal";
		const authors = [...new Set(prompts.flatMap(({ author }) => author?.personId ?? []))];
		const [inThread, inChannel, people] = await Promise.all([
			readThreadSettings(db, thread),
			readChannelSettings(db, thread),
			Promise.all(authors.map(async (id) => [id, await readPersonSettings(db, id)] as const)),
		]);
		const ofPerson = new Map(people);
		return ({ author }) => {
			const own = author === null ? undefined : ofPerson.get(author.personId);
			return decideSettings([inThread, inChannel, ...(own ? [own] : [])], { model: "" }).verbosity;
		};
	};
}

import type { CatalogueEntry } from "./catalogue.ts";

/** `repo:acme/shop`, in any case, also as an address or between Slack's marks. */
const WISH = /\brepo:\s?[<`*_]{0,2}(?:https?:\/\/[^\s/<>|]{1,255}\/)?([\w.-]{1,100})\/([\w.-]{1,100})/i;

/** What a channel's topic names as `repo:owner/name`. Null: nothing. */
export function readTopic(topic: string): { owner: string; name: string } | null {
	const [, owner, name] = WISH.exec(topic) ?? [];
	if (owner === undefined || name === undefined) return null;
	return { owner, name: name.replace(/[._-]+$/, "").replace(/\.git$/, "") };
}

/** The repository that a topic names. Null: it names none, or one that is not known here. */
export function findTopicRepository(topic: string, repositories: readonly CatalogueEntry[]): string | null {
	const read = readTopic(topic);
	if (read === null) return null;
	const wanted = `${read.owner}/${read.name}`.toLowerCase();
	const named = repositories.find((entry) => `${entry.owner}/${entry.name}`.toLowerCase() === wanted);
	const renamed = named ?? repositories.find(({ formerNames = [] }) => isAmong(formerNames, wanted));
	return renamed?.id ?? null;
}

function isAmong(names: string[], wanted: string): boolean {
	return names.some((name) => name.toLowerCase() === wanted);
}

import type { Db } from "../../db/client.ts";
import { coerceError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import type { Access } from "../../people/access.ts";
import { cut } from "../text/escape.ts";
import { threadUrl } from "../thread-url.ts";
import type { Workspaces } from "../web-api/workspaces.ts";
import type { Capabilities } from "./capabilities.ts";
import { listRecentSessions, type RecentSession } from "./suggestion-store.ts";

/** Slack takes four. */
const MOST = 4;
const RECENT = 12;
/** Who goes to and fro is not asked about each time. */
const KEEP_MS = 60_000;
const MAX_TITLE_CHARACTERS = 60;

export interface Suggestion {
	title: string;
	/** What is said when somebody chooses it: a whole request. */
	message: string;
}

/** Pure. What somebody may want to ask for next, from what they did last; `recent` only what they may read now. */
export function decideSuggestions(recent: RecentSession[], workspaceUrl: string): Suggestion[] {
	const failing = recent.find(({ failingUrl }) => failingUrl !== null);
	const last = recent.find((session) => session.isOver && session !== failing);
	const repositories = [...new Set(recent.map(({ repository }) => repository))];
	return [
		...(failing === undefined
			? []
			: [
					{
						title: `Fix the checks of ${failing.repository}#${failing.failingNumber}`,
						message: `Fix the failing checks of ${failing.failingUrl}`,
					},
				]),
		...(last === undefined
			? []
			: [
					{
						title: `Continue: ${cut(last.title.replace(/\s+/g, " "), MAX_TITLE_CHARACTERS)}`,
						message: `Go on in ${last.repository} with what was done in ${threadUrl(workspaceUrl, last)}`,
					},
				]),
		...repositories.map((repository) => ({
			title: `Look for a bug in ${repository}`,
			message: `Look for a bug in ${repository} and fix it`,
		})),
	].slice(0, MOST);
}

/** Puts suggestions at the top of a person's conversation with the app. Never fails: it is only an offer. */
export type SuggestPrompts = (to: { teamId: string; personId: string; channelId: string }) => Promise<void>;

export function createSuggestPrompts(deps: {
	db: Db;
	workspaces: Workspaces;
	capabilities: Capabilities;
	allowed: Access["allowed"];
	log: Log;
	now: () => number;
}): SuggestPrompts {
	const { db, workspaces, capabilities, allowed, log, now } = deps;
	const madeAtMs = new Map<string, number>();

	function isTooSoon(key: string): boolean {
		for (const [one, atMs] of madeAtMs) if (now() - atMs >= KEEP_MS) madeAtMs.delete(one);
		if (madeAtMs.has(key)) return true;
		madeAtMs.set(key, now());
		return false;
	}

	async function suggest({ teamId, personId, channelId }: Parameters<SuggestPrompts>[0]): Promise<void> {
		const recent = await listRecentSessions(db, { teamId, personId, limit: RECENT });
		const repositoryIds = [...new Set(recent.map(({ repositoryId }) => repositoryId))];
		const readable =
			repositoryIds.length === 0 ? new Set() : await allowed({ personId, repositoryIds, need: "read" });
		const { clients, url } = await workspaces.of(teamId);
		const prompts = decideSuggestions(
			recent.filter(({ repositoryId }) => readable.has(repositoryId)),
			url,
		);
		// The manifest's own stay where nothing better is known.
		const [first, ...others] = prompts;
		if (first === undefined) return;
		const made = await capabilities.attempt(teamId, "suggested_prompts", () =>
			clients.progress.assistant.threads.setSuggestedPrompts({
				channel_id: channelId,
				title: "What shall I do?",
				prompts: [first, ...others],
			}),
		);
		// Whoever comes again in a moment gets them then.
		if (made.outcome === "later") madeAtMs.delete(`${teamId} ${personId}`);
	}

	return async (to) => {
		if (!capabilities.mayHave(to.teamId, "suggested_prompts")) return;
		if (isTooSoon(`${to.teamId} ${to.personId}`)) return;
		try {
			await suggest(to);
		} catch (thrown) {
			log.info({ err: coerceError(thrown) }, "nothing was suggested");
		}
	};
}

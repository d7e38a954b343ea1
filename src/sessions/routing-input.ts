import type { Db } from "../db/client.ts";
import { readUnheldPrompts } from "./prompt-store.ts";
import { readCatalogue, readChannelDefault, readUnusable } from "./repository-store.ts";
import { toUnusableWords } from "./repository-trouble.ts";
import { readSession, readThreads } from "./session-store.ts";

/** What is known when a session's repository is to be found out. Null: it is settled, or nothing waits for it. */
export async function readRoutingInput(db: Db, sessionId: string) {
	const session = await readSession(db, sessionId);
	if (!session || (session.status !== "routing" && session.status !== "asking")) return null;
	const prompts = await readUnheldPrompts(db, sessionId);
	const first = prompts[0];
	if (!first) return null;
	const thread = (await readThreads(db, sessionId))[0];
	const { channelName, channelTopic } = first.context;
	return {
		// Words that were added meanwhile may name what the first ones did not.
		text: prompts.map((prompt) => prompt.text).join("\n\n"),
		channel: channelName === undefined ? null : { name: channelName, topic: channelTopic ?? "" },
		thread: first.context.thread ?? [],
		repositories: await readCatalogue(db),
		unusable: (await readUnusable(db)).map((repository) => ({
			name: `${repository.owner}/${repository.name}`,
			why: toUnusableWords(repository),
		})),
		threadRepositoryId: null,
		channelRepositoryId: thread ? await readChannelDefault(db, thread) : null,
	};
}

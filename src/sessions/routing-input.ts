import type { Db } from "../db/client.ts";
import type { Access } from "../people/access.ts";
import { readUnheldPrompts } from "./prompt-store.ts";
import { readCatalogueFor, readChannelDefault, readUnusable, readWorkedOn } from "./repository-store.ts";
import { toUnusableWords } from "./repository-trouble.ts";
import { readSession, readThreads } from "./session-store.ts";

/**
 * What is known when a session's repository is to be found out, as far as the author of its first prompt may know it.
 * Null: it is settled, or nothing waits for it.
 *
 * @throws AppError `access_unknown` (retryable)
 */
export async function readRoutingInput(deps: { db: Db; access: Pick<Access, "allowed"> }, sessionId: string) {
	const { db } = deps;
	const session = await readSession(db, sessionId);
	if (!session || (session.status !== "routing" && session.status !== "asking")) return null;
	const prompts = await readUnheldPrompts(db, sessionId);
	const first = prompts[0];
	if (!first) return null;
	const thread = (await readThreads(db, sessionId))[0];
	const { channelName, channelTopic } = first.context;
	// Words that were added meanwhile may name what the first ones did not.
	const text = prompts.map((prompt) => prompt.text).join("\n\n");
	const earlier = first.context.thread ?? [];
	const channelRepositoryId = thread ? await readChannelDefault(db, thread) : null;
	const evidence = [text, channelName ?? "", channelTopic ?? "", ...earlier.map((said) => said.text)];
	const [repositories, unusable] = await Promise.all([
		readCatalogueFor(db, { evidence, wantedIds: channelRepositoryId === null ? [] : [channelRepositoryId] }),
		readUnusable(db),
	]);
	const isNamed = ({ owner, name }: { owner: string; name: string }) =>
		text.toLowerCase().includes(`${owner}/${name}`.toLowerCase());
	const named = unusable.filter(isNamed);
	const { mayKnow, personId } = await findKnowable(deps, first, [...repositories, ...named]);
	return {
		personId,
		text,
		channel: channelName === undefined ? null : { name: channelName, topic: channelTopic ?? "" },
		thread: earlier,
		repositories: repositories.filter(mayKnow),
		unusable: named.filter(mayKnow).map((repository) => ({
			name: `${repository.owner}/${repository.name}`,
			why: toUnusableWords(repository),
		})),
		threadRepositoryId: null,
		channelRepositoryId,
	};
}

interface Repository {
	id: string;
	removed_at?: Date | null;
}

/** Of what may be asked GitHub says who may read it; of the rest people know what they have worked on. */
async function findKnowable(
	{ db, access }: { db: Db; access: Pick<Access, "allowed"> },
	{ authorId, origin }: { authorId: string | null; origin: { kind: string } },
	repositories: Repository[],
): Promise<{ personId: string | null; mayKnow: (repository: Repository) => boolean }> {
	// What Bobbin does by itself it does as the App.
	if (authorId === null) return { personId: null, mayKnow: () => origin.kind === "bobbin" };
	const idsOf = (isRemoved: boolean) =>
		repositories.filter(({ removed_at }) => Boolean(removed_at) === isRemoved).map(({ id }) => id);
	const [allowed, workedOn] = await Promise.all([
		access.allowed({ personId: authorId, repositoryIds: idsOf(false), need: "read" }),
		readWorkedOn(db, { personId: authorId, repositoryIds: idsOf(true) }),
	]);
	return { personId: authorId, mayKnow: ({ id }) => allowed.has(id) || workedOn.has(id) };
}

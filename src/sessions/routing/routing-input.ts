import type { Db } from "../../db/client.ts";
import type { Access } from "../../people/access.ts";
import { readUnheldPrompts } from "../queue/prompt-store.ts";
import { readSession, readThreads } from "../session-store.ts";
import { readLearned } from "./correction-store.ts";
import { readCatalogueFor, readChannelDefault, readUnusable, readWorkedOn } from "./repository-store.ts";
import { toUnusableWords } from "./repository-trouble.ts";

/** Of these the repositories are looked at whatever a request says, where there are too many to look at all. */
const MOST_LEARNED = 30;

/** What is known when a session's repository is to be found out. Null: it is settled, or nothing waits for it. */
export async function readRoutingInput(db: Db, sessionId: string) {
	const session = await readSession(db, sessionId);
	if (!session || (session.status !== "routing" && session.status !== "asking")) return null;
	const prompts = await readUnheldPrompts(db, sessionId);
	const first = prompts[0];
	if (!first) return null;
	const thread = (await readThreads(db, sessionId))[0];
	const { channelName, channelTopic } = first.context;
	// Words that were added meanwhile may name what the first ones did not.
	const text = prompts.map((prompt) => prompt.text).join("\n\n");
	const { thread: said = [], quoted = [] } = first.context;
	const earlier = [...said, ...quoted].filter(({ dropped }) => dropped === undefined);
	const channelRepositoryId = thread ? await readChannelDefault(db, thread) : null;
	const corrections = thread ? await readLearned(db, { ...thread, personId: first.authorId }) : [];
	const learnedIds = corrections.slice(0, MOST_LEARNED).map(({ toRepositoryId }) => toRepositoryId);
	const wantedIds = [...(channelRepositoryId === null ? [] : [channelRepositoryId]), ...learnedIds];
	const evidence = [text, channelName ?? "", channelTopic ?? "", ...earlier.map((said) => said.text)];
	const [catalogue, unusable] = await Promise.all([
		readCatalogueFor(db, { evidence, wantedIds }),
		readUnusable(db, text),
	]);
	return {
		/** Who asked first, and so whose rights count. */
		author: { personId: first.authorId, isBobbin: first.origin.kind === "bobbin" },
		text,
		channel: channelName === undefined ? null : { name: channelName, topic: channelTopic ?? "" },
		thread: earlier,
		...catalogue,
		unusable: unusable.map((repository) => ({
			id: repository.id,
			isRemoved: repository.removed_at !== null,
			name: `${repository.owner}/${repository.name}`,
			why: toUnusableWords(repository),
		})),
		threadRepositoryId: null,
		channelRepositoryId,
		corrections,
	};
}

export type RoutingInput = NonNullable<Awaited<ReturnType<typeof readRoutingInput>>>;

/**
 * The same as far as its author may know it. Of what is there GitHub says who may read it; of what is not there any more
 * people know what they have worked on.
 *
 * @throws AppError `access_unknown` (retryable)
 */
export async function limitToAuthor(
	{ db, access }: { db: Db; access: Pick<Access, "allowed"> },
	input: RoutingInput,
): Promise<{ input: RoutingInput; isWhole: boolean }> {
	const { repositories, unusable, author } = input;
	const { personId } = author;
	// What Bobbin does by itself it does as the App.
	if (personId === null && author.isBobbin) return { input, isWhole: true };
	const removed = unusable.filter(({ isRemoved }) => isRemoved);
	const there = [...repositories, ...unusable.filter(({ isRemoved }) => !isRemoved)];
	const [allowed, workedOn] =
		personId === null
			? [new Set<string>(), new Set<string>()]
			: await Promise.all([
					access.allowed({ personId, repositoryIds: there.map(({ id }) => id), need: "read" }),
					readWorkedOn(db, { personId, repositoryIds: removed.map(({ id }) => id) }),
				]);
	const mayKnow = ({ id }: { id: string }) => allowed.has(id) || workedOn.has(id);
	return {
		input: { ...input, repositories: repositories.filter(mayKnow), unusable: unusable.filter(mayKnow) },
		isWhole: [...repositories, ...unusable].every(mayKnow),
	};
}

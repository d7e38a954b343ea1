import type { Db } from "../../db/client.ts";
import { type Enqueue, tellChannelJob } from "../../jobs/queue.ts";
import type { Access } from "../../people/access.ts";
import { isIntroduced, setIntroduced } from "./introduction-store.ts";
import { findRepository, findRepositoryByName, readChannelDefault } from "./repository-store.ts";

/** In a thread the first sign of work comes first: Slack takes about one message a second in a channel. */
const BEHIND_STATUS_MS = 3_000;

interface Introduction {
	teamId: string;
	channelId: string;
	/** Where somebody asks for the first time; null: Bobbin was invited, nobody asks. */
	threadTs: string | null;
	/** The channel's, asked for where it is needed. */
	topic: () => Promise<string>;
	/** Who asked, or invited; null: nobody knows. What they may not read is not named to them. */
	personId: string | null;
}

/** Says once in a channel, over all instances and for ever, what Bobbin will do there. Safe to repeat. */
export type IntroduceChannel = (to: Introduction) => Promise<void>;

export function createIntroduceChannel(deps: {
	db: Db;
	access: Pick<Access, "allowed">;
	enqueue: Enqueue;
	/** What a topic names as `repo:owner/name`; null: nothing. */
	readTopic: (topic: string) => { owner: string; name: string } | null;
	now: () => number;
}): IntroduceChannel {
	const { db, now } = deps;

	return async (to) => {
		const { teamId, channelId, threadTs } = to;
		if (await isIntroduced(db, to)) return;
		const text = toWords(await findDefault(to), threadTs !== null);
		await db.transaction().execute(async (tx) => {
			const at = new Date(now());
			if (!(await setIntroduced(tx, to, at))) return;
			const line = { version: 1 as const, teamId, channelId, text, quote: null, atMs: at.getTime() };
			const place = threadTs === null ? {} : { threadTs };
			const deliveryId = `introduction:${teamId}:${channelId}`;
			const key = `${teamId}:${channelId}`;
			const when = { key, ...(threadTs === null ? {} : { startAfterMs: BEHIND_STATUS_MS }) };
			await deps.enqueue(tx, tellChannelJob, { ...line, ...place, deliveryId }, when);
		});
	};

	/** `owner/name`; null: there is none, or none that they may know of. */
	async function findDefault({ topic, personId, ...channel }: Introduction): Promise<string | null> {
		if (personId === null) return null;
		const id = (await readChannelDefault(db, channel)) ?? (await findInTopic(await topic()));
		if (id === undefined) return null;
		const question = { personId, repositoryIds: [id], need: "read" as const };
		if (!(await deps.access.allowed(question)).has(id)) return null;
		const repository = await findRepository(db, id);
		return repository ? `${repository.owner}/${repository.name}` : null;
	}

	async function findInTopic(topic: string): Promise<string | undefined> {
		const named = deps.readTopic(topic);
		return named === null ? undefined : (await findRepositoryByName(db, named))?.id;
	}
}

/** Pure, one line. */
function toWords(repository: string | null, isAsked: boolean): string {
	const set = "/bobbin repo, or repo:owner/name in the topic";
	const where =
		repository === null
			? `I find out which repository is meant, or ask. Set a default with ${set}.`
			: `I work on ${repository} unless you name another one. Change that with ${set}.`;
	const begin = isAsked ? "First time in this channel:" : "Hello! Mention me and say what to change:";
	return `${begin} ${where} Replies in my threads steer the work.`;
}

import { sql } from "kysely";
import type { RoutingHow, Thread } from "../../contract/session.ts";
import type { Tx } from "../../db/client.ts";

const MOST_WORDS = 500;
/** Repositories and habits change. */
const LEARN_FOR_DAYS = 180;
/** Of each, the channel's and the person's: the classifier takes the nearest of them. */
const MOST_READ = 100;

export async function readPersonName(tx: Tx, personId: string | null): Promise<string> {
	if (personId === null) return "somebody";
	const row = await tx.selectFrom("people").select("name").where("id", "=", personId).executeTakeFirst();
	return row?.name ?? "somebody";
}

/**
 * Notes that a person moved a session. Its words are what the session was begun with. Of an earlier move of the same
 * session nothing is learned any more: that was wrong too.
 */
export async function insertCorrection(
	tx: Tx,
	correction: {
		id: string;
		sessionId: string;
		personId: string | null;
		promptId: string | null;
		fromRepositoryId: string | null;
		toRepositoryId: string;
		how: RoutingHow;
		thread: Thread | null;
		/** What was not pushed there could be kept. */
		isKept: boolean;
		at: Date;
	},
): Promise<void> {
	const { sessionId, thread, at } = correction;
	await tx
		.updateTable("routing_corrections")
		.set({ removed_at: at })
		.where("session_id", "=", sessionId)
		.where("removed_at", "is", null)
		.execute();
	await tx
		.insertInto("routing_corrections")
		.values({
			id: correction.id,
			team_id: thread?.teamId ?? null,
			channel_id: thread?.channelId ?? null,
			person_id: correction.personId,
			session_id: sessionId,
			prompt_id: correction.promptId,
			from_repository_id: correction.fromRepositoryId,
			to_repository_id: correction.toRepositoryId,
			how: correction.how,
			is_kept: correction.isKept,
			words: sql<string>`coalesce((select left(text, ${MOST_WORDS}) from prompts
				where session_id = ${sessionId} order by number limit 1), '')`,
			at,
		})
		.execute();
}

export interface Correction {
	id: string;
	words: string;
	channelId: string | null;
	personId: string | null;
	personName: string;
	fromRepositoryId: string | null;
	/** `owner/name`; null: it had none. */
	from: string | null;
	toRepositoryId: string;
	to: string;
	at: Date;
	daysAgo: number;
}

/** What is learned from still, newest first. */
function selectLive(tx: Tx, teamId: string) {
	return tx
		.selectFrom("routing_corrections as c")
		.innerJoin("repositories as t", "t.id", "c.to_repository_id")
		.leftJoin("repositories as f", "f.id", "c.from_repository_id")
		.leftJoin("people", "people.id", "c.person_id")
		.select(["c.id", "c.words", "c.channel_id as channelId", "c.person_id as personId", "c.at"])
		.select(["c.from_repository_id as fromRepositoryId", "c.to_repository_id as toRepositoryId"])
		.select(sql<string>`coalesce(people.name, 'somebody')`.as("personName"))
		.select(sql<number>`(extract(epoch from now() - c.at) / 86400)::float8`.as("daysAgo"))
		.select(sql<string | null>`f.owner || '/' || f.name`.as("from"))
		.select(sql<string>`t.owner || '/' || t.name`.as("to"))
		.where("c.team_id", "=", teamId)
		.where("c.removed_at", "is", null)
		.where("t.removed_at", "is", null)
		.where("t.archived", "=", false)
		.orderBy("c.at", "desc");
}

/** Of a channel, or of a person in a workspace. */
export function readCorrections(
	tx: Tx,
	of: { teamId: string; limit?: number } & ({ channelId: string } | { personId: string }),
): Promise<Correction[]> {
	const live = selectLive(tx, of.teamId).limit(of.limit ?? MOST_READ);
	return (
		"channelId" in of
			? live.where("c.channel_id", "=", of.channelId)
			: live.where("c.person_id", "=", of.personId)
	).execute();
}

/** A correction as the classifier takes it. */
export interface Learned extends Pick<Correction, "words" | "fromRepositoryId" | "toRepositoryId"> {
	scope: "channel" | "asker";
	by: string;
	daysAgo: number;
}

/** What may tell where a request of this person in this channel belongs: of others only what they moved in it. */
export async function readLearned(
	tx: Tx,
	{ teamId, channelId, personId }: { teamId: string; channelId: string; personId: string | null },
): Promise<Learned[]> {
	const ofChannel = await readCorrections(tx, { teamId, channelId });
	const ofPerson = personId === null ? [] : await readCorrections(tx, { teamId, personId });
	const elsewhere = ofPerson.filter((row) => row.channelId !== channelId);
	return [...ofChannel, ...elsewhere]
		.filter(({ daysAgo }) => daysAgo <= LEARN_FOR_DAYS)
		.map(({ words, fromRepositoryId, toRepositoryId, personName, daysAgo, ...row }) => ({
			...{ words, fromRepositoryId, toRepositoryId, daysAgo },
			by: personName,
			scope: row.channelId === channelId ? ("channel" as const) : ("asker" as const),
		}));
}

export function findCorrection(tx: Tx, id: string) {
	return tx
		.selectFrom("routing_corrections")
		.select(["id", "team_id", "person_id", "session_id", "to_repository_id", "removed_at"])
		.where("id", "=", id)
		.executeTakeFirst();
}

/** False: it was removed before. */
export async function setRemoved(tx: Tx, id: string, at: Date): Promise<boolean> {
	const row = await tx
		.updateTable("routing_corrections")
		.set({ removed_at: at })
		.where("id", "=", id)
		.where("removed_at", "is", null)
		.returning("id")
		.executeTakeFirst();
	return row !== undefined;
}

/** Every time that a session was moved, oldest first. */
export function readMoves(tx: Tx, sessionId: string) {
	return tx
		.selectFrom("routing_corrections as c")
		.innerJoin("repositories as t", "t.id", "c.to_repository_id")
		.leftJoin("repositories as f", "f.id", "c.from_repository_id")
		.leftJoin("people", "people.id", "c.person_id")
		.select(["c.prompt_id as promptId", "c.is_kept as isKept"])
		.select(sql<string | null>`f.owner || '/' || f.name`.as("from"))
		.select(sql<string>`t.owner || '/' || t.name`.as("to"))
		.select(sql<string>`coalesce(people.name, 'somebody')`.as("by"))
		.where("c.session_id", "=", sessionId)
		.orderBy("c.at")
		.execute();
}

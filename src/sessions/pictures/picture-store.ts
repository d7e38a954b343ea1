import { createHash } from "node:crypto";
import type { PictureType } from "../../contract/session.ts";
import type { Tx } from "../../db/client.ts";
import { toStorableText } from "../log/storable.ts";
import type { PictureView } from "../session-view.ts";

/** Undefined: the turn has no picture of these bytes. */
export function findSame(tx: Tx, of: { promptId: string; bytes: Uint8Array }) {
	return tx
		.selectFrom("pictures")
		.select(["id", "title"])
		.where("prompt_id", "=", of.promptId)
		.where("sha256", "=", toSha256(of.bytes))
		.executeTakeFirst();
}

export async function countPictures(
	tx: Tx,
	of: { sessionId: string; promptId: string },
): Promise<{ inTurn: number; inSession: number }> {
	const counted = await tx
		.selectFrom("pictures")
		.select((eb) => [
			eb.fn.countAll<string>().as("inSession"),
			eb.fn.countAll<string>().filterWhere("prompt_id", "=", of.promptId).as("inTurn"),
		])
		.where("session_id", "=", of.sessionId)
		.executeTakeFirstOrThrow();
	return { inTurn: Number(counted.inTurn), inSession: Number(counted.inSession) };
}

export async function insertPicture(
	tx: Tx,
	picture: {
		id: string;
		sessionId: string;
		promptId: string;
		repositoryId: string | null;
		title: string;
		type: PictureType;
		bytes: Uint8Array;
		at: Date;
	},
): Promise<void> {
	await tx
		.insertInto("pictures")
		.values({
			id: picture.id,
			session_id: picture.sessionId,
			prompt_id: picture.promptId,
			repository_id: picture.repositoryId,
			title: toStorableText(picture.title),
			content_type: picture.type,
			sha256: toSha256(picture.bytes),
			bytes: Buffer.from(picture.bytes),
			created_at: picture.at,
		})
		.execute();
}

/** Oldest first, without their bytes. */
export async function listPictures(tx: Tx, sessionId: string): Promise<PictureView[]> {
	const rows = await tx
		.selectFrom("pictures")
		.select(["id", "prompt_id", "title", "content_type"])
		.where("session_id", "=", sessionId)
		.orderBy("created_at")
		.orderBy("id")
		.execute();
	return rows.map((row) => ({
		id: row.id,
		promptId: row.prompt_id,
		title: row.title,
		type: row.content_type,
	}));
}

/** Null: the session has no such picture. */
export async function readPicture(
	tx: Tx,
	of: { sessionId: string; pictureId: string },
): Promise<{ type: PictureType; bytes: Uint8Array } | null> {
	const row = await tx
		.selectFrom("pictures")
		.select(["content_type", "bytes"])
		.where("id", "=", of.pictureId)
		.where("session_id", "=", of.sessionId)
		.executeTakeFirst();
	return row === undefined ? null : { type: row.content_type, bytes: row.bytes };
}

function toSha256(bytes: Uint8Array): string {
	return createHash("sha256").update(bytes).digest("hex");
}

/** The newest of a session that were made in a repository, oldest first; `until` null: until now. */
export async function listMadeIn(
	tx: Tx,
	of: {
		sessionId: string;
		promptId?: string;
		repositoryId: string;
		until: Date | null;
		most: number;
	},
): Promise<{ id: string; title: string; url: string | null }[]> {
	const newest = await tx
		.selectFrom("pictures")
		.leftJoin("github_pictures", "github_pictures.picture_id", "pictures.id")
		.select(["pictures.id", "title", "url"])
		.where("session_id", "=", of.sessionId)
		.where("repository_id", "=", of.repositoryId)
		.$if(of.promptId !== undefined, (query) => query.where("prompt_id", "=", of.promptId ?? ""))
		.$if(of.until !== null, (query) => query.where("created_at", "<=", of.until ?? new Date()))
		.orderBy("created_at", "desc")
		.orderBy("pictures.id", "desc")
		.limit(of.most)
		.execute();
	return newest.reverse();
}

/** Where GitHub has them; of two at once the first counts. */
export async function keepAddresses(
	tx: Tx,
	pictures: { id: string; url: string }[],
	at: Date,
): Promise<void> {
	await tx
		.insertInto("github_pictures")
		.values(pictures.map(({ id, url }) => ({ picture_id: id, url, put_at: at })))
		.onConflict((conflict) => conflict.doNothing())
		.execute();
}

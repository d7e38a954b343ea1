import type { Db } from "../../db/client.ts";
import { AppError, coerceError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import type { PictureHost } from "../ports.ts";
import { keepAddresses, listMadeIn, readPicture } from "./picture-store.ts";
import { EXTENSION_OF } from "./picture-type.ts";

/** So many, the newest, are in one text. */
const MOST_LINKED = 10;

/** A picture where whoever may see its repository sees it. */
export interface PictureLink {
	title: string;
	url: string;
}

export interface LinkPicturesDeps {
	db: Db;
	github: PictureHost;
	now: () => number;
	log: Log;
}

/** Of which turns, and in which repository. */
export interface LinkedPictures {
	sessionId: string;
	/** Left out: of all turns. */
	promptId?: string;
	/** Where they were made, and are put. */
	repositoryId: string;
	owner: string;
	name: string;
	/** Made until then; null: until now. */
	until: Date | null;
}

/**
 * Pictures of a session that were made in a repository; what is not there yet is put there. `pictures` null: there is
 * none. `owed`: some are not there, and it may work later. Never fails for GitHub's sake: what they are shown in is worth
 * more than its pictures.
 */
export async function linkPictures(
	{ db, github, now, log }: LinkPicturesDeps,
	of: LinkedPictures,
): Promise<{ pictures: PictureLink[] | null; owed: AppError | null }> {
	const { sessionId, owner, name } = of;
	const read = () => listMadeIn(db, { ...of, most: MOST_LINKED });
	const missing = (await read()).filter(({ url }) => url === null);
	let owed: AppError | null = null;
	try {
		if (missing.length > 0) await put(missing);
	} catch (error) {
		log.warn({ err: coerceError(error), session: sessionId }, "pictures are not in the repository");
		if (error instanceof AppError && error.retryable) owed = error;
	}
	const all = await read();
	const pictures = all.flatMap(({ title, url }) => (url === null ? [] : [{ title, url }]));
	return { pictures: all.length === 0 ? null : pictures, owed };

	async function put(pictures: { id: string }[]): Promise<void> {
		const files: { id: string; path: string; bytes: Uint8Array }[] = [];
		for (const { id } of pictures) {
			const picture = await readPicture(db, { sessionId, pictureId: id });
			if (picture !== null)
				files.push({ id, path: `${id}.${EXTENSION_OF[picture.type]}`, bytes: picture.bytes });
		}
		const urls = await github.putFiles({
			...{ owner, name, files },
			ref: `bobbin/pictures/${sessionId.slice(0, 8)}`,
			message: `Pictures of session ${sessionId}`,
		});
		const placed = files.map(({ id, path }) => ({ id, url: urls.get(path) ?? "" }));
		await keepAddresses(db, placed, new Date(now()));
	}
}

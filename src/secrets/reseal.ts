import type { Db } from "../db/client.ts";
import { AppError } from "../errors.ts";
import type { Seal } from "./seal.ts";
import { SEALED_COLUMNS } from "./sealed-columns.ts";
import { readSealed, replaceSealed } from "./sealed-store.ts";

const BATCH = 200;
const MOST_ROUNDS = 5;

/**
 * Seals with the current key whatever is sealed with another one. Bobbin may be at work meanwhile: a text is replaced
 * only where it is still the one that was read, and it goes round until nothing is left.
 *
 * @returns how many were sealed anew, and how many cannot be opened with any key that is there
 */
export async function resealAll(
	deps: { db: Db; seal: Seal },
	batch = BATCH,
): Promise<{ resealed: number; unreadable: number }> {
	let resealed = 0;
	for (let round = 1; ; round++) {
		const { done, missed, unreadable } = await goRound(deps, batch);
		resealed += done;
		if ((done === 0 && missed === 0) || round === MOST_ROUNDS) return { resealed, unreadable };
	}
}

async function goRound({ db, seal }: { db: Db; seal: Seal }, batch: number) {
	const count = { done: 0, missed: 0, unreadable: 0 };
	for (const column of SEALED_COLUMNS) {
		let after: string | null = null;
		for (;;) {
			const rows = await readSealed(db, column, { after, limit: batch });
			for (const { key, sealed } of rows) {
				const text = openIfOld(seal, column.purpose, sealed);
				if (text === undefined) count.unreadable++;
				if (text === null || text === undefined) continue;
				const replaced = await replaceSealed(db, column, {
					key,
					before: sealed,
					sealed: seal.seal(column.purpose, text),
				});
				count[replaced ? "done" : "missed"]++;
			}
			if (rows.length < batch) break;
			after = rows.at(-1)?.key ?? null;
		}
	}
	return count;
}

/** Null: it is sealed with the current key. Undefined: no key that is there opens it. */
function openIfOld(seal: Seal, purpose: string, sealed: string): string | null | undefined {
	try {
		return seal.isCurrent(sealed) ? null : seal.open(purpose, sealed);
	} catch (error) {
		if (error instanceof AppError) return undefined;
		throw error;
	}
}

import { z } from "zod";
import type { Tx } from "../db/client.ts";
import type { Seal } from "../secrets/seal.ts";
import { CODE_VERIFIER, UNCONFIRMED } from "../secrets/sealed-columns.ts";

const unconfirmed = z.object({
	/** In which it was given, and in which alone it may be confirmed: who sent the link may have it open too. */
	browser: z.string(),
	grant: z.object({
		accessToken: z.string(),
		accessExpiresAtMs: z.number().nullable(),
		refreshToken: z.string().nullable(),
		refreshExpiresAtMs: z.number().nullable(),
	}),
	account: z.object({ githubId: z.number(), login: z.string() }),
	/** Verified ones. */
	emails: z.array(z.string()),
});

/** What GitHub gave to somebody who has not said yet that the account is theirs. */
export type Unconfirmed = z.infer<typeof unconfirmed>;

/** A sign-in that a person began. */
export interface Link {
	id: string;
	personId: string;
	expiresAt: Date;
	usedAt: Date | null;
	verifier: string;
	unconfirmed: Unconfirmed | null;
}

export async function insertLink(
	tx: Tx,
	seal: Seal,
	link: { id: string; personId: string; stateHash: string; verifier: string; at: Date; expiresAt: Date },
): Promise<void> {
	await tx
		.insertInto("github_links")
		.values({
			id: link.id,
			person_id: link.personId,
			state_hash: link.stateHash,
			code_verifier: seal.seal(CODE_VERIFIER, link.verifier),
			created_at: link.at,
			expires_at: link.expiresAt,
		})
		.execute();
}

export async function findLink(tx: Tx, seal: Seal, stateHash: string): Promise<Link | undefined> {
	const row = await selectLink(tx, stateHash).executeTakeFirst();
	return row && toLink(seal, row);
}

/** The same, the row locked to the end of the transaction. */
export async function lockLink(tx: Tx, seal: Seal, stateHash: string): Promise<Link | undefined> {
	const row = await selectLink(tx, stateHash).forUpdate().executeTakeFirst();
	return row && toLink(seal, row);
}

/** False: the sign-in ended meanwhile. */
export async function saveUnconfirmed(tx: Tx, seal: Seal, id: string, value: Unconfirmed): Promise<boolean> {
	const { numUpdatedRows } = await tx
		.updateTable("github_links")
		.set({ unconfirmed: seal.seal(UNCONFIRMED, JSON.stringify(value)) })
		.where("id", "=", id)
		.where("used_at", "is", null)
		.executeTakeFirst();
	return numUpdatedRows > 0n;
}

/** It is over, whatever became of it: what GitHub gave is not kept here any longer. */
export async function endLink(tx: Tx, id: string, at: Date): Promise<void> {
	await tx.updateTable("github_links").set({ used_at: at, unconfirmed: null }).where("id", "=", id).execute();
}

/** Somebody in words: who a sign-in is for. `teamId` null: they are not known from Slack. */
export function readWho(tx: Tx, personId: string) {
	return tx
		.selectFrom("people")
		.leftJoin("identities", (join) =>
			join.onRef("identities.person_id", "=", "people.id").on("identities.provider", "=", "slack"),
		)
		.select(["people.name", "identities.tenant as teamId"])
		.where("people.id", "=", personId)
		.orderBy("identities.checked_at", (order) => order.desc().nullsLast())
		.executeTakeFirstOrThrow();
}

function selectLink(tx: Tx, stateHash: string) {
	return tx.selectFrom("github_links").selectAll().where("state_hash", "=", stateHash);
}

function toLink(
	seal: Seal,
	row: {
		id: string;
		person_id: string;
		expires_at: Date;
		used_at: Date | null;
		code_verifier: string;
		unconfirmed: string | null;
	},
): Link {
	return {
		id: row.id,
		personId: row.person_id,
		expiresAt: row.expires_at,
		usedAt: row.used_at,
		verifier: seal.open(CODE_VERIFIER, row.code_verifier),
		unconfirmed:
			row.unconfirmed === null
				? null
				: unconfirmed.parse(JSON.parse(seal.open(UNCONFIRMED, row.unconfirmed))),
	};
}

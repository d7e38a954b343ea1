import type { Tx } from "../db/client.ts";
import type { Seal } from "../secrets/seal.ts";
import { ACCESS_TOKEN, REFRESH_TOKEN } from "../secrets/sealed-columns.ts";

/** What GitHub gave for a person who signed in. Times in ms since 1970; null: it does not end. */
export interface Grant {
	accessToken: string;
	accessExpiresAtMs: number | null;
	refreshToken: string | null;
	refreshExpiresAtMs: number | null;
}

/** A person's tokens, opened; undefined: they have none, or the last ones are void. */
export async function readGrant(tx: Tx, seal: Seal, personId: string): Promise<Grant | undefined> {
	const row = await selectLive(tx, personId).executeTakeFirst();
	return row && openGrant(seal, row);
}

/** The same, the row locked to the end of the transaction: whoever refreshes it has it alone, over all instances. */
export async function lockGrant(tx: Tx, seal: Seal, personId: string): Promise<Grant | undefined> {
	const row = await selectLive(tx, personId).forUpdate().executeTakeFirst();
	return row && openGrant(seal, row);
}

export async function saveGrant(
	tx: Tx,
	seal: Seal,
	input: { personId: string; grant: Grant; at: Date },
): Promise<void> {
	const { grant } = input;
	const columns = {
		access_token: seal.seal(ACCESS_TOKEN, grant.accessToken),
		access_expires_at: toDate(grant.accessExpiresAtMs),
		refresh_token: grant.refreshToken === null ? null : seal.seal(REFRESH_TOKEN, grant.refreshToken),
		refresh_expires_at: toDate(grant.refreshExpiresAtMs),
		state: "live" as const,
		updated_at: input.at,
	};
	await tx
		.insertInto("github_tokens")
		.values({ person_id: input.personId, ...columns })
		.onConflict((conflict) => conflict.column("person_id").doUpdateSet(columns))
		.execute();
}

/** Tokens that are void are not kept; the row stays and says that there were some. False: there were no live ones. */
export async function voidGrant(tx: Tx, input: { personId: string; at: Date }): Promise<boolean> {
	const row = await tx
		.updateTable("github_tokens")
		.set({
			access_token: "",
			access_expires_at: null,
			refresh_token: null,
			refresh_expires_at: null,
			state: "revoked",
			updated_at: input.at,
		})
		.where("person_id", "=", input.personId)
		.where("state", "=", "live")
		.returning("person_id")
		.executeTakeFirst();
	return row !== undefined;
}

/** `never`: they have not signed in yet. */
export async function readGrantState(tx: Tx, personId: string): Promise<"live" | "revoked" | "never"> {
	const row = await tx
		.selectFrom("github_tokens")
		.select("state")
		.where("person_id", "=", personId)
		.executeTakeFirst();
	return row?.state ?? "never";
}

function selectLive(tx: Tx, personId: string) {
	return tx
		.selectFrom("github_tokens")
		.select(["access_token", "access_expires_at", "refresh_token", "refresh_expires_at"])
		.where("person_id", "=", personId)
		.where("state", "=", "live");
}

function openGrant(
	seal: Seal,
	row: {
		access_token: string;
		access_expires_at: Date | null;
		refresh_token: string | null;
		refresh_expires_at: Date | null;
	},
): Grant {
	return {
		accessToken: seal.open(ACCESS_TOKEN, row.access_token),
		accessExpiresAtMs: row.access_expires_at?.getTime() ?? null,
		refreshToken: row.refresh_token === null ? null : seal.open(REFRESH_TOKEN, row.refresh_token),
		refreshExpiresAtMs: row.refresh_expires_at?.getTime() ?? null,
	};
}

const toDate = (ms: number | null) => (ms === null ? null : new Date(ms));

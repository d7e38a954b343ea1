import { sql } from "kysely";
import type { Tx } from "../db/client.ts";
import type { SEALED_COLUMNS } from "./sealed-columns.ts";

type SealedColumn = (typeof SEALED_COLUMNS)[number];

/** Sealed texts of a column whose row's key comes after `after`, in the order of the keys. */
export async function readSealed(
	tx: Tx,
	{ table, key, column }: SealedColumn,
	input: { after: string | null; limit: number },
): Promise<{ key: string; sealed: string }[]> {
	const { rows } = await sql<{ key: string; sealed: string }>`
		select ${sql.ref(key)} as key, ${sql.ref(column)} as sealed from ${sql.table(table)}
		where ${sql.ref(column)} <> '' and (${input.after}::uuid is null or ${sql.ref(key)} > ${input.after}::uuid)
		order by ${sql.ref(key)} limit ${input.limit}
	`.execute(tx);
	return rows;
}

/** Puts a text sealed anew in the place of the one that was read. False: somebody wrote another one meanwhile. */
export async function replaceSealed(
	tx: Tx,
	{ table, key, column }: SealedColumn,
	input: { key: string; before: string; sealed: string },
): Promise<boolean> {
	const { numAffectedRows } = await sql`
		update ${sql.table(table)} set ${sql.ref(column)} = ${input.sealed}
		where ${sql.ref(key)} = ${input.key} and ${sql.ref(column)} = ${input.before}
	`.execute(tx);
	return numAffectedRows === 1n;
}

import { sql } from "kysely";
import type { Db, Tx } from "../db/client.ts";
import { recordAudit } from "../people/audit.ts";
import type { PersonInput } from "./sessions.ts";

export function findIdentity(tx: Tx, input: PersonInput) {
	return tx
		.selectFrom("identities")
		.innerJoin("people", "people.id", "identities.person_id")
		.select(["person_id", "identities.name", "identities.email", "kind", "people.role"])
		.where("provider", "=", input.provider)
		.where("tenant", "=", input.tenant)
		.where("external_id", "=", input.externalId)
		.executeTakeFirst();
}

/** Makes a person with this identity, unless somebody else has just done so. */
export async function insertPerson(db: Db, personId: string, input: PersonInput, at: Date): Promise<string> {
	return db.transaction().execute(async (tx) => {
		await sql`select pg_advisory_xact_lock(hashtextextended(${`person:${input.provider}:${input.tenant}:${input.externalId}`}, 0))`.execute(
			tx,
		);
		const known = await findIdentity(tx, input);
		if (known) return known.person_id;
		await tx
			.insertInto("people")
			.values({
				id: personId,
				name: input.name,
				email: input.email,
				...(input.role === undefined ? {} : { role: input.role }),
			})
			.execute();
		await tx
			.insertInto("identities")
			.values({
				provider: input.provider,
				tenant: input.tenant,
				external_id: input.externalId,
				person_id: personId,
				name: input.name,
				email: input.email,
				kind: input.kind,
			})
			.execute();
		if (input.role === "admin") await noteRole(tx, personId, input, at);
		return personId;
	});
}

export async function updatePerson(db: Db, personId: string, input: PersonInput, at: Date): Promise<void> {
	await db.transaction().execute(async (tx) => {
		await tx
			.updateTable("identities")
			.set({ name: input.name, email: input.email, kind: input.kind, checked_at: at })
			.where("provider", "=", input.provider)
			.where("tenant", "=", input.tenant)
			.where("external_id", "=", input.externalId)
			.execute();
		// An address that is not known now may have been known before: it is what commits carry.
		await tx
			.updateTable("people")
			.set({ name: input.name, ...(input.email === null ? {} : { email: input.email }) })
			.where("id", "=", personId)
			.execute();
		if (input.role === undefined) return;
		const changed = await tx
			.updateTable("people")
			.set({ role: input.role })
			.where("id", "=", personId)
			.where("role", "<>", input.role)
			.returning("id")
			.executeTakeFirst();
		if (changed !== undefined) await noteRole(tx, personId, input, at);
	});
}

/** Roles come from where the person is known from. */
function noteRole(tx: Tx, personId: string, { role, provider, name }: PersonInput, at: Date): Promise<void> {
	const act = { personId: null, actor: provider, action: "person.role_changed", subject: name };
	return recordAudit(tx, { ...act, data: { personId, role } }, at);
}

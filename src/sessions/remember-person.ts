import type { Db } from "../db/client.ts";
import { toStorableText } from "./log/storable.ts";
import { findIdentity, insertPerson, updatePerson } from "./person-store.ts";
import type { Sessions } from "./sessions.ts";

export function createRememberPerson(deps: {
	db: Db;
	now: () => number;
	newId: () => string;
}): Sessions["rememberPerson"] {
	return async (given) => {
		const input = { ...given, name: toStorableText(given.name) };
		const known = await findIdentity(deps.db, input);
		const at = new Date(deps.now());
		if (!known) return { personId: await insertPerson(deps.db, deps.newId(), input, at) };
		if (
			known.name !== input.name ||
			known.email !== input.email ||
			known.kind !== input.kind ||
			(input.role ?? known.role) !== known.role
		) {
			await updatePerson(deps.db, known.person_id, input, at);
		}
		return { personId: known.person_id };
	};
}

import type { Db } from "../db/client.ts";
import { findRepositoryByGithubId } from "../sessions/routing/repository-store.ts";
import type { Access } from "./access.ts";
import { findPersonByGithubId } from "./account-store.ts";

/** Takes that GitHub lets people do something else now: what is known of it is dropped, and asked for when it is needed. */
export function createForgetRights({ db, access }: { db: Db; access: Pick<Access, "forget"> }) {
	return async function forgetRights(of: {
		/** null: whoever it is. */
		githubId: number | null;
		/** null: wherever it is. */
		repositoryGithubId: number | null;
	}): Promise<void> {
		const person = of.githubId === null ? undefined : await findPersonByGithubId(db, of.githubId);
		// Of somebody whom nobody here knows nothing is known.
		if (of.githubId !== null && person === undefined) return;
		const repository =
			of.repositoryGithubId === null ? undefined : await findRepositoryByGithubId(db, of.repositoryGithubId);
		if (of.repositoryGithubId !== null && repository === undefined) return;
		await access.forget({
			...(person === undefined ? {} : { personId: person.personId }),
			...(repository === undefined ? {} : { repositoryId: repository.id }),
		});
	};
}

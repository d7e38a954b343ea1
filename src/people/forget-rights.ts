import type { Db } from "../db/client.ts";
import { findRepositoryByGithubId } from "../sessions/routing/repository-store.ts";
import type { Access } from "./access.ts";
import { listPeopleByGithubId } from "./account-store.ts";

/** Takes that GitHub lets people do something else now: what is known of it is dropped, and asked for when it is needed. */
export function createForgetRights({ db, access }: { db: Db; access: Pick<Access, "forget"> }) {
	return async function forgetRights(of: {
		/** null: whoever it is. */
		githubId: number | null;
		/** null: wherever it is. */
		repositoryGithubId: number | null;
	}): Promise<void> {
		// Of somebody whom nobody here knows nothing is known.
		const people = of.githubId === null ? [null] : await listPeopleByGithubId(db, of.githubId);
		if (people.length === 0) return;
		const repository =
			of.repositoryGithubId === null ? undefined : await findRepositoryByGithubId(db, of.repositoryGithubId);
		if (of.repositoryGithubId !== null && repository === undefined) return;
		for (const person of people)
			await access.forget({
				...(person === null ? {} : { personId: person.personId }),
				...(repository === undefined ? {} : { repositoryId: repository.id }),
			});
	};
}

import type { Db } from "../../db/client.ts";
import type { Access } from "../../people/access.ts";
import type { Sessions } from "../sessions.ts";
import { searchRepositories } from "./repository-store.ts";

/** Whoever may use next to nothing of what matches sees less, and no search asks GitHub for ever. */
const MOST_PAGES = 3;

export function createSearchRepositories(deps: {
	db: Db;
	access: Pick<Access, "allowed">;
}): Sessions["searchRepositories"] {
	return async ({ personId, query, limit, need = "read" }) => {
		if (personId === null) return searchRepositories(deps.db, { query, limit, offset: 0 });
		const found: Awaited<ReturnType<typeof searchRepositories>> = [];
		for (let page = 0; page < MOST_PAGES && found.length < limit; page++) {
			const matching = await searchRepositories(deps.db, { query, limit, offset: page * limit });
			const repositoryIds = matching.map(({ repositoryId }) => repositoryId);
			const allowed = await deps.access.allowed({ personId, repositoryIds, need });
			found.push(...matching.filter(({ repositoryId }) => allowed.has(repositoryId)));
			if (matching.length < limit) break;
		}
		return found.slice(0, limit);
	};
}

import { sql } from "kysely";
import type { Tx } from "../../db/client.ts";
import { findLikely, toNames } from "./shortlist-store.ts";

const DESCRIPTION = sql<string>`coalesce(nullif(b.description, ''), r.description)`;
const HINTS = sql<string>`concat_ws(' ', nullif(r.hints, ''), nullif(b.hints, ''))`;

/** A repository that may be worked on, or undefined when it is gone or archived. */
export function findRepository(tx: Tx, repositoryId: string) {
	return tx
		.selectFrom("repositories")
		.selectAll()
		.where("id", "=", repositoryId)
		.where("removed_at", "is", null)
		.where("archived", "=", false)
		.executeTakeFirst();
}

/** The same whatever became of it. */
export function readRepository(tx: Tx, repositoryId: string) {
	return tx
		.selectFrom("repositories")
		.select(["owner", "name", "default_branch", "archived", "removed_at", "size_kib"])
		.where("id", "=", repositoryId)
		.executeTakeFirst();
}

/** A repository that may be worked on, by its name at GitHub. */
export function findRepositoryByName(tx: Tx, repository: { owner: string; name: string }) {
	return tx
		.selectFrom("repositories")
		.select("id")
		.where(isCalled(repository))
		.where("removed_at", "is", null)
		.where("archived", "=", false)
		.executeTakeFirst();
}

/** By GitHub's number, whatever became of it. */
export function findRepositoryByGithubId(tx: Tx, githubId: number) {
	return tx.selectFrom("repositories").select("id").where("github_id", "=", githubId).executeTakeFirst();
}

/**
 * The condition that a row of `repositories` has this name at GitHub, in any case. An index serves it:
 * `repositories_name` for those that we may use, `repositories_any_name` for all.
 */
export function isCalled({ owner, name }: { owner: string; name: string }) {
	return sql<boolean>`lower(repositories.owner) = lower(${owner}) and lower(repositories.name) = lower(${name})`;
}

/** Repositories with what tells them apart: what GitHub says, and what their recipe says. */
export function readCatalogue(tx: Tx, only?: { ids: string[] }) {
	let query = tx
		.selectFrom("repositories as r")
		.leftJoin("repository_builds as b", "b.repository_id", "r.id")
		.select(["r.id", "r.owner", "r.name", "r.aliases", "r.languages", "r.topics"])
		.select([DESCRIPTION.as("description"), HINTS.as("hints")])
		.select("r.former_names as formerNames")
		.where("r.removed_at", "is", null)
		.where("r.archived", "=", false);
	if (only !== undefined) query = query.where("r.id", "=", sql<string>`any(${only.ids}::uuid[])`);
	return query.orderBy("r.owner").orderBy("r.name").execute();
}

/** The same, where there are many (`hasMore`) only those that a text may mean and those that are wanted. */
export async function readCatalogueFor(
	tx: Tx,
	input: { evidence: string[]; wantedIds: string[] },
): Promise<{ repositories: Awaited<ReturnType<typeof readCatalogue>>; hasMore: boolean }> {
	const ids = await findLikely(tx, input);
	if (ids === undefined) return { repositories: await readCatalogue(tx), hasMore: false };
	return { repositories: await readCatalogue(tx, { ids }), hasMore: true };
}

/** Those on which a person has had work done: they know of them whatever became of them. */
export async function readWorkedOn(
	tx: Tx,
	{ personId, repositoryIds }: { personId: string; repositoryIds: string[] },
): Promise<Set<string>> {
	if (repositoryIds.length === 0) return new Set();
	const rows = await tx
		.selectFrom("prompts as p")
		.innerJoin("sessions as s", "s.id", "p.session_id")
		.select("s.repository_id")
		.distinct()
		.where("p.author_id", "=", personId)
		.where("s.repository_id", "in", repositoryIds)
		.execute();
	return new Set(rows.flatMap(({ repository_id }) => repository_id ?? []));
}

/** Repositories that a text may name, as `owner/name` or by the name alone, although they cannot be worked on. */
export function readUnusable(tx: Tx, text: string) {
	const lower = text.toLowerCase();
	return tx
		.selectFrom("repositories")
		.select(["id", "owner", "name", "archived", "removed_at"])
		.where((eb) => eb.or([eb("removed_at", "is not", null), eb("archived", "=", true)]))
		.where(
			sql<boolean>`(strpos(${lower}, lower(owner || '/' || name)) > 0 or lower(name) = any(${toNames(lower)}::text[]))`,
		)
		.execute();
}

export async function readChannelDefault(
	tx: Tx,
	channel: { teamId: string; channelId: string },
): Promise<string | null> {
	const row = await tx
		.selectFrom("channels")
		.select("default_repository_id")
		.where("team_id", "=", channel.teamId)
		.where("channel_id", "=", channel.channelId)
		.executeTakeFirst();
	return row?.default_repository_id ?? null;
}

/** Name first, then alias, then description; the most used first where they match equally well. */
export async function searchRepositories(
	tx: Tx,
	input: { query: string; limit: number; offset: number },
): Promise<{ repositoryId: string; repository: string; description: string }[]> {
	const query = input.query.trim().toLowerCase();
	const { rows } = await sql<{ repositoryId: string; repository: string; description: string }>`
		with scored as (
			select r.id, r.owner || '/' || r.name as repository, ${DESCRIPTION} as description,
				case
					when ${query} = '' then 1
					when lower(r.name) = ${query} or lower(r.owner || '/' || r.name) = ${query} then 6
					when starts_with(lower(r.name), ${query}) then 5
					when strpos(lower(r.owner || '/' || r.name), ${query}) > 0 then 4
					when exists (select 1 from unnest(r.aliases) a where strpos(lower(a), ${query}) > 0) then 3
					when strpos(lower(${DESCRIPTION} || ' ' || ${HINTS}), ${query}) > 0 then 2
					else 0
				end as score,
				coalesce(used.uses, 0) as uses
			from repositories r left join repository_builds b on b.repository_id = r.id
				left join (select repository_id, count(*) as uses from sessions group by repository_id) used
					on used.repository_id = r.id
			where r.removed_at is null and not r.archived
		)
		select id as "repositoryId", repository, description from scored
		where score > 0 order by score desc, uses desc, repository limit ${input.limit} offset ${input.offset}
	`.execute(tx);
	return rows;
}

import { sql } from "kysely";
import type { Tx } from "../../db/client.ts";

/** So many a classifier is given, and so many GitHub is asked of, where there are more. */
export const SHORTLIST = 100;
/** The words of a message come first; a log that was pasted behind them tells little more. */
const MOST_CHARACTERS = 10_000;
const MOST_TERMS = 200;

/**
 * The repositories that a text may mean: those that are wanted, then those that it names as they are called, then those
 * that share words with it, rare words counting more. Undefined: there are so few that all of them are.
 */
export async function findLikely(
	tx: Tx,
	input: { evidence: string[]; wantedIds: string[] },
): Promise<string[] | undefined> {
	const usable = await countUsable(tx);
	if (usable <= SHORTLIST) return undefined;
	const text = input.evidence.join("\n").slice(0, MOST_CHARACTERS).toLowerCase();
	const { rows } = await sql<{ id: string }>`
		with terms as materialized (
			select lexeme from unnest(to_tsvector('english', ${toPlainWords(input.evidence)})) limit ${MOST_TERMS}
		), hits as materialized (
			select t.lexeme, r.id from terms t join repositories r on r.words @@ quote_literal(t.lexeme)::tsquery
			union all
			select t.lexeme, b.repository_id from terms t
				join repository_builds b on b.words @@ quote_literal(t.lexeme)::tsquery
		), rarity as (
			select lexeme, ln(1 + ${usable}::float8 / count(*)) as weight from hits group by lexeme
		), scored as (
			select id, sum(weight) as score from hits join rarity using (lexeme) group by id
		)
		select r.id from repositories r left join scored s on s.id = r.id
			cross join lateral (select
				r.id = any(${input.wantedIds}::uuid[]) as wanted,
				lower(r.name) = any(${toNames(text)}::text[])
					or exists (select 1 from unnest(r.aliases || r.former_names) a where strpos(${text}, lower(a)) > 0)
					as named
			) n
		where r.removed_at is null and not r.archived and (s.score > 0 or n.wanted or n.named)
		order by n.wanted desc, n.named desc, s.score desc nulls last
		limit ${SHORTLIST}
	`.execute(tx);
	return rows.map(({ id }) => id);
}

async function countUsable(tx: Tx): Promise<number> {
	const row = await tx
		.selectFrom("repositories")
		.select((eb) => eb.fn.countAll<number>().as("count"))
		.where("removed_at", "is", null)
		.where("archived", "=", false)
		.executeTakeFirstOrThrow();
	return row.count;
}

/** All of a text that could be a repository's name: `shop` of "acme/shop", of an address, and of "the shop". */
export function toNames(text: string): string[] {
	const words = text.match(/[\p{L}\p{N}._-]+/gu) ?? [];
	return [
		...new Set(words.flatMap((word) => [word, word.replace(/\.git$/, ""), word.replace(/[._-]+$/, "")])),
	];
}

/** As the words of repositories are kept: compound names taken apart. */
function toPlainWords(evidence: string[]): string {
	return evidence
		.join("\n")
		.slice(0, MOST_CHARACTERS)
		.replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2")
		.replace(/[^\p{L}\p{N}]+/gu, " ");
}

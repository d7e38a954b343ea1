import { type Kysely, sql } from "kysely";

/** Where there are thousands of repositories, those that a text may mean are found by their words. */
export async function up(db: Kysely<unknown>): Promise<void> {
	await sql`
		-- array_to_string is only stable by itself, because some types are shown as settings say; text is not
		create function repository_words(named text, told text) returns tsvector
			language sql immutable parallel safe
			return to_tsvector('english', regexp_replace(
				regexp_replace(named, '([[:lower:]])([[:upper:]])', '\\1 \\2', 'g') || ' ' || told, '[^[:alnum:]]+', ' ', 'g'
			));
		create function joined_words(variadic lists text[]) returns text
			language sql immutable parallel safe
			return array_to_string(lists, ' ');

		alter table repositories add column words tsvector generated always as (repository_words(
			owner || ' ' || name || ' ' || joined_words(variadic aliases),
			joined_words(variadic topics) || ' ' || joined_words(variadic languages) || ' ' || description || ' ' || hints
		)) stored;
		create index repositories_words on repositories using gin (words);

		alter table repository_builds add column words tsvector generated always as (
			repository_words('', coalesce(description, '') || ' ' || coalesce(hints, ''))
		) stored;
		create index repository_builds_words on repository_builds using gin (words);
	`.execute(db);
}

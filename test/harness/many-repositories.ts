import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import type { Db } from "../../src/db/client.ts";
import type { RepositoryFacts } from "../../src/github/github.ts";
import { createGithubStore } from "../../src/github/store.ts";

const WORDS =
	"cart checkout payment ledger docs handbook api gateway mobile android ios web search index ranking login auth billing invoice report data pipeline stream kafka cache image video upload email sms push worker queue job cron infra terraform deploy monitor alert trace".split(
		" ",
	);

/** As a large organisation has them: few words in many combinations, so that nearly every text fits thousands. */
export function manyRepositories(count: number): RepositoryFacts[] {
	const word = (index: number) => WORDS[index % WORDS.length] ?? "";
	return Array.from({ length: count }, (_, i) => ({
		githubId: 1_000_000 + i,
		installationId: 1,
		owner: `team${i % 20}`,
		name: `${word(i)}-${word(i * 7 + 3)}-${i}`,
		defaultBranch: "main",
		description: `The ${word(i * 3)} ${word(i * 5)} service that does ${word(i * 11)} for ${word(i * 13)} and all that belongs to it`,
		languages: ["TypeScript"],
		topics: [word(i * 2), word(i * 17)],
		private: true,
		archived: false,
		sizeKib: 100,
	}));
}

export async function saveManyRepositories(db: Db, count: number): Promise<RepositoryFacts[]> {
	const facts = manyRepositories(count);
	await createGithubStore(db).saveRepositories(facts, randomUUID);
	await sql`analyze repositories`.execute(db);
	return facts;
}

import { sql } from "kysely";
import type { Db, Tx } from "../db/client.ts";
import type { RepositoryFacts } from "./github.ts";

export interface InboxRow {
	id: number;
	key: string;
	body: unknown;
	attempts: number;
}

const CLAIM_SECONDS = 60;
const ROWS_AT_ONCE = 500;

/** GitHub's part of the database: its webhooks in the inbox, and the repositories that the App may use. */
export interface GithubStore {
	/** Keeps a webhook. `null`: this delivery is there already. */
	insertDelivery(delivery: { id: string; body: unknown }): Promise<{ id: number } | null>;
	/** Claims a row for this process for a minute. `null`: processed, or somebody else has it. */
	claimDelivery(id: number): Promise<InboxRow | null>;
	finishDelivery(id: number, note: string | null): Promise<void>;
	/** Gives a row back, to be taken again after `waitMs`. */
	postponeDelivery(id: number, input: { error: string; waitMs: number }): Promise<void>;
	listOpenDeliveries(): Promise<{ id: number; claimedUntilMs: number | null }[]>;
	/** What the repository of this number is called, as far as is known; `null`: it is not known. */
	findAddress(githubId: number): Promise<{ owner: string; name: string } | null>;
	/** Makes the table say what GitHub says. Hints and aliases are ours and stay; what is gone keeps its row. */
	saveRepositories(
		facts: RepositoryFacts[],
		newId: () => string,
	): Promise<{ added: number; updated: number; removed: number }>;
}

export function createGithubStore(db: Db): GithubStore {
	return {
		async insertDelivery({ id, body }) {
			const row = await db
				.insertInto("inbox")
				.values({ source: "github", key: id, body: JSON.stringify(body) })
				.onConflict((conflict) => conflict.columns(["source", "key"]).doNothing())
				.returning("id")
				.executeTakeFirst();
			return row ?? null;
		},

		async claimDelivery(id) {
			const row = await db
				.updateTable("inbox")
				.set({
					attempts: sql`attempts + 1`,
					claimed_until: sql`now() + make_interval(secs => ${CLAIM_SECONDS})`,
				})
				.where("id", "=", id)
				.where("processed_at", "is", null)
				.where(sql<boolean>`(claimed_until is null or claimed_until <= now())`)
				.returning(["id", "key", "body", "attempts"])
				.executeTakeFirst();
			return row ?? null;
		},

		async finishDelivery(id, note) {
			await db
				.updateTable("inbox")
				.set({ processed_at: sql`now()`, claimed_until: null, last_error: note })
				.where("id", "=", id)
				.execute();
		},

		async postponeDelivery(id, { error, waitMs }) {
			await db
				.updateTable("inbox")
				.set({
					last_error: error,
					claimed_until: sql`now() + make_interval(secs => ${waitMs / 1000})`,
				})
				.where("id", "=", id)
				.execute();
		},

		async listOpenDeliveries() {
			const rows = await db
				.selectFrom("inbox")
				.select(["id", "claimed_until"])
				.where("source", "=", "github")
				.where("processed_at", "is", null)
				.orderBy("id")
				.execute();
			return rows.map(({ id, claimed_until }) => ({
				id,
				claimedUntilMs: claimed_until === null ? null : claimed_until.getTime(),
			}));
		},

		async findAddress(githubId) {
			const row = await db
				.selectFrom("repositories")
				.select(["owner", "name"])
				.where("github_id", "=", githubId)
				.executeTakeFirst();
			return row ?? null;
		},

		saveRepositories: (facts, newId) =>
			db.transaction().execute(async (tx) => {
				// One at a time, whichever process: two lists must not be mixed.
				await sql`select pg_advisory_xact_lock(4242, 0)`.execute(tx);
				const ids = facts.map(({ githubId }) => githubId);
				const removed = await tx
					.updateTable("repositories")
					.set({ removed_at: sql`now()`, updated_at: sql`now()` })
					.where("removed_at", "is", null)
					.where((where) =>
						where.or([
							where("github_id", "is", null),
							where.not(where("github_id", "=", sql<number>`any(${ids}::bigint[])`)),
						]),
					)
					.returning("id")
					.execute();
				// Names may have moved from one repository to another; out of the way first, they cannot clash on the way.
				const known = await tx
					.updateTable("repositories")
					.set({ removed_at: sql`now()` })
					.where("github_id", "=", sql<number>`any(${ids}::bigint[])`)
					.returning("github_id")
					.execute();
				for (let at = 0; at < facts.length; at += ROWS_AT_ONCE) {
					const batch = facts.slice(at, at + ROWS_AT_ONCE);
					await upsert(
						tx,
						batch.map((fact) => toRow(fact, newId())),
					);
				}
				return {
					added: facts.length - known.length,
					updated: known.length,
					removed: removed.length,
				};
			}),
	};
}

type Row = ReturnType<typeof toRow>;

function toRow(fact: RepositoryFacts, id: string) {
	return {
		id,
		github_id: fact.githubId,
		owner: fact.owner,
		name: fact.name,
		installation_id: fact.installationId,
		default_branch: fact.defaultBranch,
		description: fact.description,
		languages: fact.languages,
		topics: fact.topics,
		private: fact.private,
		archived: fact.archived,
		size_kib: fact.sizeKib,
		removed_at: null,
	};
}

async function upsert(tx: Tx, rows: Row[]): Promise<void> {
	const before = sql<string>`repositories.owner || '/' || repositories.name`;
	const after = sql<string>`excluded.owner || '/' || excluded.name`;
	await tx
		.insertInto("repositories")
		.values(rows)
		.onConflict((conflict) =>
			conflict.column("github_id").doUpdateSet(({ ref }) => ({
				owner: ref("excluded.owner"),
				name: ref("excluded.name"),
				installation_id: ref("excluded.installation_id"),
				default_branch: ref("excluded.default_branch"),
				description: ref("excluded.description"),
				languages: ref("excluded.languages"),
				topics: ref("excluded.topics"),
				private: ref("excluded.private"),
				archived: ref("excluded.archived"),
				size_kib: ref("excluded.size_kib"),
				removed_at: null,
				former_names: sql<string[]>`case
					when ${before} = ${after} then repositories.former_names
					else array_append(array_remove(repositories.former_names, ${before}), ${before})
				end`,
				updated_at: sql<Date>`now()`,
			})),
		)
		.execute();
}

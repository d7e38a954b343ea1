import { sql } from "kysely";
import type { Db, Tx } from "../../db/client.ts";
import type { SandboxesTable } from "../../db/schema/sandboxes.ts";

export type SandboxRow = Pick<
	SandboxesTable,
	| "id"
	| "provider"
	| "name"
	| "token_hash"
	| "branch"
	| "session_id"
	| "repository_id"
	| "image_id"
	| "missed_after_seq"
> & {
	state: SandboxesTable["state"];
	cloned_at: Date | null;
};

const COLUMNS = [
	"id",
	"provider",
	"name",
	"token_hash",
	"branch",
	"session_id",
	"repository_id",
	"image_id",
	"missed_after_seq",
	"state",
	"cloned_at",
] as const;

export function findOfSession(tx: Tx, sessionId: string): Promise<SandboxRow | undefined> {
	return tx
		.selectFrom("sandboxes")
		.select(COLUMNS)
		.where("session_id", "=", sessionId)
		.where("deleted_at", "is", null)
		.executeTakeFirst();
}

/** How many sandboxes a session has had. */
export async function countOfSession(tx: Tx, sessionId: string): Promise<number> {
	const row = await tx
		.selectFrom("sandboxes")
		.select((eb) => eb.fn.countAll<number>().as("count"))
		.where("session_id", "=", sessionId)
		.executeTakeFirstOrThrow();
	return row.count;
}

export function insertSandbox(
	tx: Tx,
	sandbox: {
		id: string;
		session_id: string | null;
		repository_id: string | null;
		provider: string;
		name: string;
		token_hash: string;
	},
): Promise<SandboxRow> {
	return tx
		.insertInto("sandboxes")
		.values({ ...sandbox, state: "creating" })
		.returning(COLUMNS)
		.executeTakeFirstOrThrow();
}

/** The same for a session, under the first of `names` that no other sandbox has. */
export async function insertOfSession(
	tx: Tx,
	sandbox: Omit<Parameters<typeof insertSandbox>[1], "name"> & {
		names: string[];
		image_id: string | null;
	},
): Promise<SandboxRow> {
	const { names, ...rest } = sandbox;
	for (const name of names) {
		const row = await tx
			.insertInto("sandboxes")
			.values({ ...rest, name, state: "creating" })
			.onConflict((conflict) => conflict.column("name").doNothing())
			.returning(COLUMNS)
			.executeTakeFirst();
		if (row) return row;
	}
	throw new Error(`other sandboxes have the names ${names.join(", ")}`);
}

export async function updateSandbox(
	tx: Tx,
	id: string,
	set: {
		state?: SandboxesTable["state"];
		provider_id?: string;
		token_hash?: string;
		branch?: string | null;
		cloned_at?: Date | null;
		synced_sha?: string | null;
		missed_after_seq?: number | null;
		image_id?: string;
		deleted_at?: Date;
	},
): Promise<void> {
	await tx.updateTable("sandboxes").set(set).where("id", "=", id).execute();
}

/** Notes what a checkout was brought to. The base never takes the place of a session's branch: that sync came late. */
export async function setSynced(
	tx: Tx,
	id: string,
	synced: { base: string; branch: string; commitSha: string | null; at: Date },
): Promise<void> {
	const { base, branch } = synced;
	await tx
		.updateTable("sandboxes")
		.set((eb) => ({
			branch,
			synced_sha: synced.commitSha,
			cloned_at: eb.fn.coalesce("cloned_at", eb.val(synced.at)),
		}))
		.where("id", "=", id)
		.$if(branch === base, (query) =>
			query.where((eb) => eb.or([eb("branch", "is", null), eb("branch", "=", base)])),
		)
		.execute();
}

/** Reads a sandbox's row and keeps it locked to the end of the transaction. */
export function lockSandbox(tx: Tx, id: string): Promise<SandboxRow> {
	return tx
		.selectFrom("sandboxes")
		.select(COLUMNS)
		.where("id", "=", id)
		.forNoKeyUpdate()
		.executeTakeFirstOrThrow();
}

/** The agent in a session's sandbox knows of all turns now. */
export async function forgetMissed(tx: Tx, sessionId: string): Promise<void> {
	await tx
		.updateTable("sandboxes")
		.set({ missed_after_seq: null })
		.where("session_id", "=", sessionId)
		.where("deleted_at", "is", null)
		.where("missed_after_seq", "is not", null)
		.execute();
}

/** Names of the sandboxes that must not be cleaned away. */
export async function listLiveSandboxNames(db: Db, provider: string): Promise<string[]> {
	const rows = await db
		.selectFrom("sandboxes")
		.select("name")
		.where("provider", "=", provider)
		.where("deleted_at", "is", null)
		.execute();
	return rows.map((row) => row.name);
}

/** Sessions with a sandbox whose last prompt ended before `before` and that have none to run. */
export async function listIdleSessions(
	db: Db,
	input: {
		provider: string;
		before: Date;
		onlyEnded?: boolean;
		/** Of these sandboxes. Left out: of any. */
		names?: string[];
	},
): Promise<string[]> {
	const rows = await db
		.selectFrom("sandboxes")
		.innerJoin("prompts", "prompts.session_id", "sandboxes.session_id")
		.innerJoin("sessions", "sessions.id", "sandboxes.session_id")
		.select("prompts.session_id")
		.where("sandboxes.provider", "=", input.provider)
		.where("sandboxes.deleted_at", "is", null)
		.$if(input.names !== undefined, (query) =>
			query.where("sandboxes.name", "=", sql<string>`any(${input.names}::text[])`),
		)
		.$if(input.onlyEnded === true, (query) => query.where("sessions.status", "=", "ended"))
		.groupBy("prompts.session_id")
		.having((eb) => eb.fn("bool_and", [eb("prompts.finished_at", "<=", input.before)]), "is", true)
		.execute();
	return rows.map((row) => row.session_id);
}

/** Sandboxes, as their provider names them, whose turn runs and has no owner: it waits for people. */
export async function listResting(
	db: Db,
	provider: string,
): Promise<{ sessionId: string; sandboxId: string }[]> {
	const rows = await db
		.selectFrom("sandboxes")
		.innerJoin("sessions", "sessions.id", "sandboxes.session_id")
		.innerJoin("prompts", "prompts.session_id", "sessions.id")
		.select(["sessions.id as sessionId", "sandboxes.provider_id as sandboxId"])
		.where("sandboxes.provider", "=", provider)
		.where("sandboxes.deleted_at", "is", null)
		.where("prompts.status", "=", "running")
		.where("sessions.owner_instance", "is", null)
		.execute();
	return rows.flatMap(({ sessionId, sandboxId }) => (sandboxId === null ? [] : [{ sessionId, sandboxId }]));
}

/** Who stands behind a gateway token. */
export function findByTokenHash(db: Db, tokenHash: string) {
	return (
		db
			.selectFrom("sandboxes")
			.leftJoin("repositories", "repositories.id", "sandboxes.repository_id")
			.leftJoin("sessions", "sessions.id", "sandboxes.session_id")
			// Whose turn runs, or ran last: processes of a turn may outlive it.
			.leftJoinLateral(
				(eb) =>
					eb
						.selectFrom("prompts")
						.select(["author_id", "origin"])
						.whereRef("prompts.session_id", "=", "sandboxes.session_id")
						.where("prompts.started_at", "is not", null)
						.orderBy((by) => by("prompts.status", "=", "running"), "desc")
						.orderBy("prompts.started_at", "desc")
						.limit(1)
						.as("latest"),
				(join) => join.onTrue(),
			)
			.select(["sandboxes.id", "sandboxes.session_id", "repositories.owner", "repositories.name"])
			.select(["sandboxes.repository_id", "latest.author_id", "latest.origin"])
			.select(["sessions.adopted_branch", "repositories.default_branch"])
			.select(["repositories.former_names", "repositories.removed_at", "repositories.archived"])
			.select((eb) =>
				eb
					.selectFrom("prompts")
					.select("prompts.id")
					.whereRef("prompts.session_id", "=", "sandboxes.session_id")
					.where("prompts.status", "=", "running")
					.limit(1)
					.as("prompt_id"),
			)
			.where("sandboxes.token_hash", "=", tokenHash)
			.where("sandboxes.deleted_at", "is", null)
			.executeTakeFirst()
	);
}

import { Kysely, PostgresDialect, type Transaction } from "kysely";
import pg from "pg";
import type { Schema } from "./schema.ts";

export type Db = Kysely<Schema>;
/** The same interface inside a transaction or outside. */
export type Tx = Transaction<Schema> | Db;

const INT8_OID = 20;

/**
 * What stands in a transaction and says nothing for so long is cut off by the server: a process that froze would hold its
 * locks for ever. No wait of ours is as long; the longest is for a provider that stops a sandbox.
 */
const IDLE_IN_TRANSACTION_MS = 5 * 60_000;

/** PostgreSQL's bigint as a JavaScript number: our sequences stay far below 2^53. */
const types = {
	getTypeParser(oid: number, format?: "text" | "binary") {
		if (oid === INT8_OID && format !== "binary") return (value: string) => Number(value);
		return pg.types.getTypeParser(oid, format as "text");
	},
};

export interface Database {
	db: Db;
	pool: pg.Pool;
	url: string;
	/** A connection of its own, for LISTEN and for advisory locks that live as long as the process. */
	connect(): Promise<pg.Client>;
	close(): Promise<void>;
}

/** Opens a pool of connections. Nothing is connected until the first query. */
export function openDatabase(
	url: string,
	options: { maxConnections?: number; idleInTransactionMs?: number } = {},
): Database {
	const pool = new pg.Pool({
		connectionString: url,
		max: options.maxConnections ?? 12,
		idle_in_transaction_session_timeout: options.idleInTransactionMs ?? IDLE_IN_TRANSACTION_MS,
		types: types as never,
	});
	// A connection that the server cuts must not end the process, whether it is idle or stands between two queries of a
	// transaction (the pool hears only the idle ones): the next query reports the trouble.
	pool.on("error", () => {});
	pool.on("connect", (client) => client.on("error", () => {}));
	const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
	return {
		db,
		pool,
		url,
		async connect() {
			const client = new pg.Client({ connectionString: url, types: types as never, keepAlive: true });
			await client.connect();
			return client;
		},
		close: () => db.destroy(),
	};
}

import type { Database } from "../../src/db/client.ts";
import { PATIENCE_MS } from "../config/patience.ts";

/** Looks at one table again whenever a row of it is written. */
export interface TableWatch {
	/** Resolves with what `find` finds, as soon as it finds anything. */
	until<T>(what: string, find: () => Promise<T | undefined>): Promise<T>;
	stop(): Promise<void>;
}

export async function watchTable(database: Database, table: string): Promise<TableWatch> {
	const channel = `test_${table}`;
	await database.pool.query(`
		create function tell_${table}() returns trigger language plpgsql as
		$$ begin perform pg_notify('${channel}', ''); return null; end $$;
		create trigger tell_${table} after insert or update on ${table} for each statement execute function tell_${table}();
	`);
	const client = await database.connect();
	client.on("error", () => {});
	await client.query(`listen ${channel}`);
	return {
		async until(what, find) {
			const tooLate = Promise.withResolvers<never>();
			const timer = setTimeout(() => tooLate.reject(new Error(`${what}: not seen`)), PATIENCE_MS);
			tooLate.promise.catch(() => {});
			try {
				for (;;) {
					const changed = new Promise<void>((resolve) => client.once("notification", () => resolve()));
					const found = await find();
					if (found !== undefined) return found;
					await Promise.race([changed, tooLate.promise]);
				}
			} finally {
				clearTimeout(timer);
			}
		},
		stop: () => client.end(),
	};
}

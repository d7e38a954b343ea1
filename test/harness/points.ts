import type { Database } from "../../src/db/client.ts";
import { PATIENCE_MS } from "../config/patience.ts";

const TABLES = ["inbox", "prompts", "events", "pull_requests", "slack_messages", "images", "budget_stops"];

/** Tells of each row that is written into the database, the moment that it is committed. */
export interface Points {
	/** Resolves at the next row whose point begins with `point`, counted from this call. */
	next(point: string): Promise<void>;
	stop(): Promise<void>;
}

/**
 * A point is `<table> <type, state or key> <step or tool> <state of the step>`, as far as the row has them. Triggers
 * tell them, so a process can be killed there without asking the database again and again.
 */
export async function watchPoints(database: Database): Promise<Points> {
	await database.pool.query(`
		create function tell_point() returns trigger language plpgsql as $$
		declare line jsonb := to_jsonb(new);
		begin
			perform pg_notify('test_points', concat_ws(' ', tg_table_name, line->>'type', line->>'state', line->>'key',
				line->'data'->>'step', line->'data'->>'tool', line->'data'->>'state'));
			return new;
		end $$`);
	for (const table of TABLES) {
		await database.pool.query(
			`create trigger tell_point after insert on ${table} for each row execute function tell_point()`,
		);
	}
	const waiting = new Set<(point: string) => void>();
	const client = await database.connect();
	client.on("error", () => {});
	client.on("notification", ({ payload = "" }) => {
		for (const tell of waiting) tell(payload);
	});
	await client.query("listen test_points");
	return {
		next(wanted) {
			const seen: string[] = [];
			return new Promise((resolve, reject) => {
				const end = () => {
					clearTimeout(timer);
					waiting.delete(tell);
				};
				const tell = (point: string) => {
					seen.push(point);
					if (!point.startsWith(wanted)) return;
					end();
					resolve();
				};
				const timer = setTimeout(() => {
					end();
					reject(new Error(`"${wanted}" was not reached in ${PATIENCE_MS} ms, but: ${seen.join(", ")}`));
				}, PATIENCE_MS);
				waiting.add(tell);
			});
		},
		stop: () => client.end(),
	};
}

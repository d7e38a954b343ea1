import { sql } from "kysely";
import type pg from "pg";
import type { Database } from "../db/client.ts";
import type { Log } from "../log.ts";

/** After a death (and after a start) so many sweeps also look for jobs that were fetched and never noted as run. */
const ORPHAN_SWEEPS = 4;
const ORPHAN_AGE_SECONDS = 1;

/** First key of the advisory locks that say "this instance lives"; the second is the instance's number. */
const LOCK_SPACE = 4242;

interface InstanceRegistry {
	/** The number under which this instance is registered now; null while it is not. */
	number(): number | null;
	register(): Promise<void>;
	/** Looks for instances that died and hands their jobs to `giveBack` before it forgets them. */
	sweep(): Promise<void>;
	leave(): Promise<void>;
}

/**
 * Knows who is alive. Each instance holds an advisory lock on a connection of its own; PostgreSQL frees it the moment
 * the process dies, and whoever gets it then knows. Two sweepers cannot find the same death: the lock is held
 * meanwhile.
 */
export function createInstanceRegistry(deps: {
	database: Database;
	instanceId: string;
	log: Log;
	giveBack: (queue: string, jobs: { id: string; retryCount?: number }[]) => Promise<void>;
	/** Names of the queues whose jobs are noted. */
	queues: string[];
	/** The lock is lost: others take this instance for dead and take its jobs. */
	onLost: () => void;
}): InstanceRegistry {
	const { db } = deps.database;
	let orphanSweeps = ORPHAN_SWEEPS;
	let held: { client: pg.Client; number: number } | null = null;

	async function register(): Promise<void> {
		const client = await deps.database.connect();
		const onLost = () => {
			if (held?.client !== client) return;
			held = null;
			deps.log.warn("the connection that says this instance lives was lost");
			deps.onLost();
		};
		client.on("error", onLost);
		client.on("end", onLost);
		try {
			held = { client, number: await takeNumber(client) };
		} catch (error) {
			// It is tried again soon: connections must not pile up meanwhile.
			await client.end().catch(() => {});
			throw error;
		}
	}

	/** One transaction: the number is seen by others only once its lock is held. */
	async function takeNumber(client: pg.Client): Promise<number> {
		await client.query("begin");
		const { rows } = await client.query<{ number: number }>(
			`insert into instances (id) values ($1)
			 on conflict (id) do update set number = default, started_at = now(), seen_at = now() returning number`,
			[deps.instanceId],
		);
		const number = rows[0]?.number;
		if (number === undefined) throw new Error("an instance got no number");
		await client.query("select pg_advisory_lock($1, $2)", [LOCK_SPACE, number]);
		await client.query("commit");
		return number;
	}

	async function sweep(): Promise<void> {
		if (held === null) return;
		const { client, number: own } = held;
		const { rows } = await sql<{ number: number }>`
			select number from instances where number <> ${own}
			union select instance_number from job_runs where instance_number <> ${own}
		`.execute(db);
		for (const { number } of rows) {
			const answer = await client.query<{ dead: boolean }>("select pg_try_advisory_lock($1, $2) as dead", [
				LOCK_SPACE,
				number,
			]);
			if (answer.rows[0]?.dead !== true) continue;
			try {
				await bury(number);
			} finally {
				await client.query("select pg_advisory_unlock($1, $2)", [LOCK_SPACE, number]);
			}
			orphanSweeps = ORPHAN_SWEEPS;
		}
		if (orphanSweeps > 0) {
			orphanSweeps--;
			await adoptOrphans();
		}
	}

	/** An instance may die between fetching a job and noting that it runs it. */
	async function adoptOrphans(): Promise<void> {
		const { rows } = await sql<{ id: string; name: string; retryCount: number }>`
			select j.id, j.name, j.retry_count as "retryCount" from pgboss.job j
			where j.state = 'active' and j.started_on < now() - make_interval(secs => ${ORPHAN_AGE_SECONDS})
				and j.name in (${sql.join(deps.queues)})
				and not exists (select 1 from job_runs r where r.job_id = j.id)
		`.execute(db);
		for (const { id, name, retryCount } of rows) await deps.giveBack(name, [{ id, retryCount }]);
	}

	async function bury(number: number): Promise<void> {
		const runs = await db
			.selectFrom("job_runs")
			.select(["job_id", "queue"])
			.where("instance_number", "=", number)
			.execute();
		for (const queue of new Set(runs.map((run) => run.queue))) {
			await deps.giveBack(
				queue,
				runs.filter((run) => run.queue === queue).map((run) => ({ id: run.job_id })),
			);
		}
		await db.deleteFrom("job_runs").where("instance_number", "=", number).execute();
		await db.deleteFrom("instances").where("number", "=", number).execute();
		deps.log.info({ instance: number, jobs: runs.length }, "took over from an instance that is gone");
	}

	return {
		number: () => held?.number ?? null,
		register,
		sweep,
		async leave() {
			if (held === null) return;
			const { client, number } = held;
			held = null;
			await client.query("delete from instances where number = $1", [number]);
			await client.end();
		},
	};
}

import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { type Database, openDatabase } from "../../src/db/client.ts";
import { launchPostgres } from "../../src/db/launcher.ts";
import { migrate } from "../../src/db/migrate.ts";

/** A PostgreSQL of the benchmark's own, with the settings that the embedded one has in use. */
export interface BenchPostgres {
	/** An empty database. */
	createUrl(name: string): Promise<string>;
	/** A migrated database, open. */
	createDatabase(name: string): Promise<Database>;
	stop(): Promise<void>;
}

export async function startBenchPostgres(): Promise<BenchPostgres> {
	const dir = await mkdtemp(join(tmpdir(), "bobbin-bench-"));
	await chmod(dir, 0o755);
	const server = await launchPostgres(dir);
	async function createUrl(name: string): Promise<string> {
		const client = new pg.Client({ connectionString: server.url });
		await client.connect();
		await client.query(`create database ${name}`);
		await client.end();
		return server.url.replace(/\/postgres$/, `/${name}`);
	}
	return {
		createUrl,
		async createDatabase(name) {
			const database = openDatabase(await createUrl(name));
			await migrate(database.db);
			return database;
		},
		async stop() {
			await server.stop();
			await rm(dir, { recursive: true, force: true });
		},
	};
}

import { AppError, coerceError } from "../errors.ts";
import { type Database, openDatabase } from "./client.ts";
import { launchPostgres } from "./launcher.ts";
import { migrate } from "./migrate.ts";

/**
 * Opens the database that is set, or the embedded one, and brings it to the newest schema.
 *
 * @throws AppError `database_unreachable`, `embedded_postgres_unavailable`, `migration_failed`
 */
export async function connectDatabase(options: {
	databaseUrl: string | null;
	sharedDir: string;
}): Promise<Database & { embedded: boolean; foundRunning: boolean; stopServer(): Promise<void> }> {
	const embedded = options.databaseUrl === null ? await launchPostgres(options.sharedDir) : null;
	const database = openDatabase(options.databaseUrl ?? embedded?.url ?? "");
	try {
		await database.pool.query("select 1");
	} catch (cause) {
		await database.close();
		const { host, pathname } = new URL(database.url);
		throw new AppError(
			"database_unreachable",
			`The database ${pathname.slice(1)} at ${host} cannot be used (${coerceError(cause).message || "no answer"}). Mend DATABASE_URL, or leave it empty to use the embedded one.`,
			{ cause },
		);
	}
	await migrate(database.db);
	return {
		...database,
		embedded: embedded !== null,
		foundRunning: embedded?.foundRunning ?? true,
		stopServer: async () => embedded?.stop(),
	};
}

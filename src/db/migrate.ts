import { readdir } from "node:fs/promises";
import { type Migration, type MigrationProvider, Migrator } from "kysely/migration";
import { AppError } from "../errors.ts";
import type { Db } from "./client.ts";

const FOLDER = new URL("../../migrations/", import.meta.url);

const provider: MigrationProvider = {
	async getMigrations() {
		const names = (await readdir(FOLDER)).filter((name) => name.endsWith(".ts")).sort();
		const entries = names.map(async (name) => {
			const migration = (await import(new URL(name, FOLDER).href)) as Migration;
			return [name.slice(0, -".ts".length), migration] as const;
		});
		return Object.fromEntries(await Promise.all(entries));
	},
};

/** Brings the database to the newest schema. Several instances may do this at once: one works, the others wait. */
export async function migrate(db: Db): Promise<void> {
	const { error, results } = await new Migrator({ db, provider }).migrateToLatest();
	if (!error) return;
	const failed = results?.find((result) => result.status === "Error")?.migrationName ?? "unknown";
	throw new AppError(
		"migration_failed",
		`The database could not be brought up to date (migration ${failed}).`,
		{
			cause: error,
		},
	);
}

import { chmod, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { openDatabase } from "../../src/db/client.ts";
import { launchPostgres } from "../../src/db/launcher.ts";
import { migrate } from "../../src/db/migrate.ts";

declare module "vitest" {
	export interface ProvidedContext {
		postgresUrl: string;
		templateDatabase: string;
	}
}

/** One PostgreSQL for the whole run, with a migrated template that each test file clones. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
	const dir = await mkdtemp(join("/tmp", "bobbin-test-"));
	await chmod(dir, 0o755);
	const postgres = await launchPostgres(dir);
	const client = new pg.Client({ connectionString: postgres.url });
	await client.connect();
	await client.query("alter system set fsync = off");
	await client.query("alter system set autovacuum = off");
	await client.query("select pg_reload_conf()");
	await client.query("create database template_bobbin");
	await client.end();
	const template = openDatabase(postgres.url.replace(/\/postgres$/, "/template_bobbin"));
	await migrate(template.db);
	await template.close();
	project.provide("postgresUrl", postgres.url);
	project.provide("templateDatabase", "template_bobbin");
	return async () => {
		await postgres.stop();
		await rm(dir, { recursive: true, force: true });
	};
}

import type { Database } from "../../src/db/client.ts";
import type { Log } from "../../src/log.ts";
import { createTestDatabase } from "./database.ts";
import { joinPlayground, type PlaygroundHuman } from "./playground-client.ts";
import { startApp, type TestApp } from "./start-app.ts";
import { createVendorFaults } from "./vendor-faults.ts";

/** The whole app over the playground, with a database of its own and people who use it. `remove` ends all of it. */
export interface PlaygroundApp<Name extends string> extends TestApp {
	database: Database;
	faults: ReturnType<typeof createVendorFaults>;
	people: Record<Name, PlaygroundHuman>;
}

export async function startPlaygroundApp<Name extends string>(
	names: readonly Name[],
	settings: Record<string, string> = {},
	log?: Log,
): Promise<PlaygroundApp<Name>> {
	const database = await createTestDatabase();
	const app = await startApp({ DATABASE_URL: database.url, LOG_LEVEL: "fatal", ...settings }, log);
	const joined = await Promise.all(names.map((name) => joinPlayground(app.origin, name)));
	return {
		...app,
		database,
		faults: createVendorFaults(app.origin),
		people: Object.fromEntries(names.map((name, index) => [name, joined[index]])) as Record<
			Name,
			PlaygroundHuman
		>,
		async remove() {
			for (const human of joined) human.close();
			await app.remove();
			await database.drop();
		},
	};
}

import { createTestDatabase } from "./database.ts";
import { type Core, createCore } from "./sessions.ts";

export interface StartedCore extends Core {
	/** Stops what runs on it, and drops its database. */
	stop(): Promise<void>;
}

/** A core with a database of the test file's own and its queues. */
export async function startCore(): Promise<StartedCore> {
	const database = await createTestDatabase();
	const core = createCore(database);
	await core.jobs.prepare();
	return {
		...core,
		async stop() {
			await core.jobs.stop();
			await core.eventLog.stop();
			await core.listener.stop();
			await database.drop();
		},
	};
}

import type { Database } from "../../src/db/client.ts";
import { type InstanceProcess, startInstance } from "./instance-process.ts";
import { aPerson, aPrompt, aRepository, aThread, type Core, createCore } from "./sessions.ts";

const PROGRAM = new URL("../faults/sessions-instance.ts", import.meta.url);

/** Sessions over a database, instances that run them and are killed, and an outer world that outlives those. */
export interface Takeover {
	core: Core;
	/** With `pause` it stops for ever, in each session, at the point that was given with it. */
	startInstance(mode?: "pause" | "go"): Promise<InstanceProcess>;
	/** A session that is about to run. */
	startSession(pausePoint?: string): Promise<{ sessionId: string; promptId: string }>;
	/** The agent of the outer world has ended its turn. */
	endTurn(promptId: string): Promise<void>;
	/** Kills all instances and empties the outer world. */
	clear(): Promise<void>;
	stop(): Promise<void>;
}

/** The point `name` of a session, as its instance tells it. */
export const pointOf = (name: string, sessionId: string) => `${name} ${sessionId.slice(0, 8)}`;

export async function prepareTakeover(database: Database): Promise<Takeover> {
	const core = createCore(database);
	await core.listener.start();
	await core.jobs.prepare();
	await database.pool.query(`
		create table world_sandboxes (name text primary key);
		create table world_files (sandbox text, path text, data text, primary key (sandbox, path));
		create table world_sends (prompt_id uuid, attempt int, primary key (prompt_id, attempt));
		create table world_ends (prompt_id uuid primary key);
		create table world_pulls (number int generated always as identity, branch text unique);
	`);
	const authorId = await aPerson(core);
	const instances: InstanceProcess[] = [];
	let started = 0;

	const killAll = async () => {
		await Promise.all(instances.splice(0).map((instance) => instance.kill()));
	};
	return {
		core,
		async startInstance(mode = "go") {
			const instance = await startInstance(PROGRAM, [database.url, `instance-${++started}`, mode]);
			instances.push(instance);
			return instance;
		},
		async startSession(pausePoint = "none") {
			const prompt = aPrompt(authorId, { text: pausePoint });
			const accepted = await core.sessions.acceptThreadPrompt({ thread: aThread(), prompt });
			const repository = await aRepository(database);
			await core.sessions.chooseRepository({
				sessionId: accepted.sessionId,
				personId: null,
				repositoryId: repository.id,
				routing: { how: "picked", reason: "picked", confidence: null },
			});
			return accepted;
		},
		async endTurn(promptId) {
			await database.pool.query("insert into world_ends values ($1) on conflict do nothing", [promptId]);
		},
		async clear() {
			await killAll();
			await database.pool.query(
				"truncate world_sandboxes, world_files, world_sends, world_ends, world_pulls restart identity",
			);
		},
		async stop() {
			await killAll();
			await core.jobs.stop();
			await core.eventLog.stop();
			await core.listener.stop();
		},
	};
}

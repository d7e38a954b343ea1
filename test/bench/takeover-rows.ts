import { fork } from "node:child_process";
import { once } from "node:events";
import {
	aPerson,
	aPrompt,
	aRepository,
	aThread,
	type Core,
	createCore,
	waitForEvent,
} from "../harness/sessions.ts";
import type { BenchPostgres } from "./bench-postgres.ts";
import type { Row } from "./row.ts";

export const TAKEOVER_ROW = "killed instance → its session goes on elsewhere";
const INSTANCE = new URL("../faults/sessions-instance.ts", import.meta.url);

interface Instance {
	reached(point: string): Promise<number>;
	kill(): Promise<void>;
}

/** From SIGKILL of an instance in mid-turn to another instance following the same turn. */
export async function measureTakeovers(postgres: BenchPostgres, runs: number): Promise<Row[]> {
	const database = await postgres.createDatabase("bench_takeover");
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
	const samples: number[] = [];
	let next = await startInstance(database.url, "instance-0");
	for (let run = 1; run <= runs; run++) {
		const owner = next;
		const { sessionId, promptId } = await startSession(core, authorId);
		const following = `following ${sessionId.slice(0, 8)}`;
		await owner.reached(following);
		next = await startInstance(database.url, `instance-${run}`);
		const followedAgain = next.reached(following);
		const killedAtMs = performance.now();
		await owner.kill();
		samples.push((await followedAgain) - killedAtMs);
		const finished = waitForEvent(core, sessionId, ({ type }) => type === "prompt.finished");
		await database.pool.query("insert into world_ends values ($1)", [promptId]);
		await finished;
	}
	await next.kill();
	await core.jobs.stop();
	await core.eventLog.stop();
	await core.listener.stop();
	await database.close();
	return [{ name: TAKEOVER_ROW, unit: "ms", target: 1_500, samples }];
}

async function startSession(core: Core, authorId: string) {
	const accepted = await core.sessions.acceptThreadPrompt({
		thread: aThread(),
		prompt: aPrompt(authorId, { text: "none" }),
	});
	const repository = await aRepository(core.database);
	await core.sessions.chooseRepository({
		sessionId: accepted.sessionId,
		repositoryId: repository.id,
		routing: { how: "picked", reason: "picked", confidence: null },
	});
	return accepted;
}

async function startInstance(url: string, name: string): Promise<Instance> {
	const child = fork(INSTANCE, [url, name, "go"], { stdio: "inherit" });
	const seen = new Map<string, number>();
	const waiting = new Map<string, (atMs: number) => void>();
	child.on("message", ({ point }: { point: string }) => {
		seen.set(point, performance.now());
		waiting.get(point)?.(performance.now());
	});
	const instance: Instance = {
		reached(point) {
			const atMs = seen.get(point);
			return atMs === undefined
				? new Promise((resolve) => waiting.set(point, resolve))
				: Promise.resolve(atMs);
		},
		async kill() {
			child.kill("SIGKILL");
			await once(child, "exit");
		},
	};
	await instance.reached("ready");
	return instance;
}

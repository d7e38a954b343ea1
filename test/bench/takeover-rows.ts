import { waitForEvent } from "../harness/sessions.ts";
import { pointOf, prepareTakeover } from "../harness/takeover.ts";
import type { BenchPostgres } from "./bench-postgres.ts";
import type { Row } from "./row.ts";

export const TAKEOVER_ROW = "killed instance → its session goes on elsewhere";

/** From SIGKILL of an instance in mid-turn to another instance following the same turn. */
export async function measureTakeovers(postgres: BenchPostgres, runs: number): Promise<Row[]> {
	const database = await postgres.createDatabase("bench_takeover");
	const takeover = await prepareTakeover(database);
	const samples: number[] = [];
	let next = await takeover.startInstance();
	for (let run = 1; run <= runs; run++) {
		const owner = next;
		const { sessionId, promptId } = await takeover.startSession();
		const following = pointOf("following", sessionId);
		await owner.reached(following);
		next = await takeover.startInstance();
		const followedAgain = next.reached(following);
		const killedAtMs = performance.now();
		await owner.kill();
		samples.push((await followedAgain) - killedAtMs);
		const finished = waitForEvent(takeover.core, sessionId, ({ type }) => type === "prompt.finished");
		await takeover.endTurn(promptId);
		await finished;
	}
	await takeover.stop();
	await database.close();
	return [{ name: TAKEOVER_ROW, unit: "ms", target: 1_500, samples }];
}

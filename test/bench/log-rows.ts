import { fork } from "node:child_process";
import { once } from "node:events";
import type { BenchPostgres } from "./bench-postgres.ts";
import type { Row } from "./row.ts";

const LOAD = "200 sessions × 20 events/s: event → durable";
const P99 = `${LOAD}, p99 of a run`;
const MANY = "others' p99 beside a session of 4,000 events/s";
const BIG = "others' p99 beside a session of 200 × 16 KB/s";
export const LOG_ROWS = [P99, MANY, BIG];
const SECONDS_PER_RUN = 10;

interface Load {
	median: number;
	p99: number;
	/** In the seconds with noise. */
	noisyP99: number;
}

export async function measureLog(postgres: BenchPostgres, runs: number): Promise<Row[]> {
	const database = await postgres.createDatabase("bench_log");
	const load = async (noise: string): Promise<Load> => {
		const child = fork(new URL("./log-load.ts", import.meta.url), [
			database.url,
			String(SECONDS_PER_RUN),
			noise,
		]);
		const exited = once(child, "exit");
		const [measured] = await Promise.race([
			once(child, "message") as Promise<[Load]>,
			exited.then(([code]) => Promise.reject(new Error(`the load ended with ${code}`))),
		]);
		await exited;
		return measured;
	};
	const quiet: Load[] = [];
	const ratios = { many: [] as number[], big: [] as number[] };
	for (let run = 0; run < runs; run++) {
		quiet.push(await load("none"));
		for (const noise of ["many", "big"] as const) {
			const { p99, noisyP99 } = await load(noise);
			ratios[noise].push(noisyP99 / p99);
		}
	}
	await database.close();
	return [
		{
			name: `${LOAD}, median of a run`,
			unit: "ms",
			target: null,
			samples: quiet.map(({ median }) => median),
		},
		{ name: P99, unit: "ms", target: 40, samples: quiet.map(({ p99 }) => p99) },
		{ name: MANY, unit: "ratio", target: 1.3, samples: ratios.many },
		{ name: BIG, unit: "ratio", target: 1.3, samples: ratios.big },
	];
}

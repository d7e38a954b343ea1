import { listOwnSessions } from "../../src/sessions/own-session-store.ts";
import { readFigures } from "../../src/slack/home/read-figures.ts";
import { seedManySessions } from "../harness/many-sessions.ts";
import { openAccess } from "../harness/open-access.ts";
import type { BenchPostgres } from "./bench-postgres.ts";
import type { Row } from "./row.ts";

const SESSIONS = 10_000;
const FIGURES = "10,000 sessions: the home's figures of 90 days";
const OWN = "10,000 sessions: the home's list of one's own";
export const HOME_ROWS = [FIGURES, OWN];

/** What the App Home reads where there is a year of work. */
export async function measureHome(postgres: BenchPostgres, runs: number): Promise<Row[]> {
	const { db, close } = await postgres.createDatabase("bench_home");
	const teamId = "T1";
	const { personId } = await seedManySessions(db, { sessions: SESSIONS, teamId, nowMs: Date.now() });
	const { allowed } = openAccess;
	const figures = () => readFigures({ db, allowed }, { teamId, personId, days: 90, nowMs: Date.now() });
	const own = () => listOwnSessions(db, { teamId, personId, limit: 10, offset: 0 });
	const rows: Row[] = [
		{ name: FIGURES, unit: "ms", target: 500, samples: await time(runs, figures) },
		{ name: OWN, unit: "ms", target: 100, samples: await time(runs, own) },
	];
	await close();
	return rows;
}

async function time(runs: number, act: () => Promise<unknown>): Promise<number[]> {
	const samples: number[] = [];
	for (let run = 0; run < runs; run++) {
		const begun = performance.now();
		await act();
		samples.push(performance.now() - begun);
	}
	return samples;
}

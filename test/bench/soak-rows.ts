import { soak } from "../harness/soak.ts";
import type { BenchPostgres } from "./bench-postgres.ts";
import { quantile, type Row } from "./row.ts";

const SESSIONS = 200;
const PATIENCE_MS = 120_000;
/** What Slack promises to one app in one workspace, a minute: its tiers 2, 3 and 4. */
const TIERS: Record<string, number> = {
	"chat.update": 50,
	"reactions.add": 50,
	"reactions.remove": 20,
	"conversations.replies": 50,
	"agents.sessions.setStatus": 50,
};

const FINAL = `soak, ${SESSIONS} sessions: end of a turn → its answer in the thread, p95`;
const LOST = `soak, ${SESSIONS} sessions: answers lost`;
const REFUSED = `soak, ${SESSIONS} sessions: 429 from Slack`;
const callsOf = (method: string) => `soak, ${SESSIONS} sessions: ${method} in the busiest minute`;

export const SOAK_ROWS = [FINAL, LOST, REFUSED, ...Object.keys(TIERS).map(callsOf)];

/** Two hundred sessions of one workspace, in the playground that refuses what Slack refuses. */
export async function measureSoak(postgres: BenchPostgres, minutes: number): Promise<Row[]> {
	const opened = await postgres.createDatabase("soak");
	const figures = await soak({
		sessions: SESSIONS,
		durationMs: minutes * 60_000,
		patienceMs: PATIENCE_MS,
		database: { ...opened, drop: opened.close },
	});
	const count = (name: string, value: number, target: number | null): Row => ({
		...{ name, unit: "count", samples: [value], target },
	});
	const { edits, toolCalls, lagMs } = figures;
	return [
		{
			...{ name: FINAL, unit: "ms", target: 10_000, samples: [quantile(figures.finalMs, 0.95)] },
			note: `${toolCalls} tool calls; a status moved ${edits.fewest} to ${edits.most} times; event loop late by ${lagMs} ms at p95`,
		},
		count(LOST, figures.lost, 0),
		count(REFUSED, figures.refused, 0),
		...Object.entries(TIERS).map(([method, limit]) =>
			count(callsOf(method), figures.busiestMinute[method] ?? 0, limit),
		),
	];
}

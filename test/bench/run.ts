import { cpus, loadavg, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { type BenchPostgres, startBenchPostgres } from "./bench-postgres.ts";
import { withDaytonaProvider, withLocalProvider } from "./bench-providers.ts";
import { CATALOGUE_ROWS, measureCatalogue } from "./catalogue-rows.ts";
import { HOME_ROWS, measureHome } from "./home-rows.ts";
import { LOG_ROWS, measureLog } from "./log-rows.ts";
import { type MeasuredApp, startMeasuredApp } from "./measured-app.ts";
import {
	CLASSIFIER_ROW,
	CROWD_ROW,
	FOLLOW_UP_ROW,
	IMAGE_ROW,
	MENTION_ROWS,
	measureClassifier,
	measureCrowd,
	measureFollowUps,
	measureFromImage,
	measureMentions,
	measureRestores,
	measureStops,
	RESTORED_ROW,
	STOP_ROW,
} from "./mention-rows.ts";
import { formatRow, quantile, type Row } from "./row.ts";
import { measureSandboxes, sandboxRows } from "./sandbox-rows.ts";
import { measureSoak, SOAK_ROWS } from "./soak-rows.ts";
import { measureStarts, START_ROW } from "./start-rows.ts";
import { measureTakeovers, TAKEOVER_ROW } from "./takeover-rows.ts";

/** `npm run bench -- [--json] [--only <part of a row's name>] [--runs 20] [--minutes 10]` */
const { values } = parseArgs({
	options: {
		json: { type: "boolean", default: false },
		only: { type: "string", default: "" },
		runs: { type: "string", default: "20" },
		/** Of the soak. */
		minutes: { type: "string", default: "10" },
	},
});
const runs = Math.max(1, Number(values.runs));
/** A run of the log takes half a minute, and has tens of thousands of events. */
const logRuns = Math.min(runs, 3);
/** Each is ten sessions. */
const crowdRuns = Math.min(runs, 3);
const startRuns = Math.min(runs, 10);
const say = (line: string) => console.error(`bench: ${line}`);

interface Bench {
	postgres: BenchPostgres;
	app(): Promise<MeasuredApp>;
}

const sections: { names: string[]; measure(bench: Bench): Promise<Row[]> }[] = [
	{ names: MENTION_ROWS, measure: async (bench) => measureMentions(await bench.app(), runs) },
	{ names: [CLASSIFIER_ROW], measure: async (bench) => measureClassifier(await bench.app(), runs) },
	{ names: [FOLLOW_UP_ROW], measure: async (bench) => measureFollowUps(await bench.app(), runs) },
	{ names: [STOP_ROW], measure: async (bench) => measureStops(await bench.app(), runs) },
	{ names: [IMAGE_ROW], measure: async (bench) => measureFromImage(await bench.app(), runs) },
	{ names: [CROWD_ROW], measure: async (bench) => measureCrowd(await bench.app(), crowdRuns) },
	{ names: [RESTORED_ROW], measure: async (bench) => measureRestores(await bench.app(), runs) },
	{
		names: sandboxRows("local"),
		measure: () => withLocalProvider((provider) => measureSandboxes({ provider, runs, targets: true })),
	},
	{
		names: sandboxRows("daytona"),
		measure: () => withDaytonaProvider((provider) => measureSandboxes({ provider, runs, targets: false })),
	},
	{ names: CATALOGUE_ROWS, measure: ({ postgres }) => measureCatalogue(postgres, runs) },
	{ names: HOME_ROWS, measure: ({ postgres }) => measureHome(postgres, runs) },
	{ names: LOG_ROWS, measure: ({ postgres }) => measureLog(postgres, logRuns) },
	{ names: [TAKEOVER_ROW], measure: ({ postgres }) => measureTakeovers(postgres, runs) },
	{ names: SOAK_ROWS, measure: ({ postgres }) => measureSoak(postgres, Number(values.minutes)) },
	{ names: [START_ROW], measure: () => measureStarts(startRuns) },
];

const wanted = sections.filter(({ names }) => names.some((name) => name.includes(values.only)));
const [cpu] = cpus();
say(
	`${cpus().length} × ${cpu?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}`,
);
say(`${runs} runs a row; a model that answers at once`);

const postgres = await startBenchPostgres();
const apps: Promise<MeasuredApp>[] = [];
const app = () => {
	if (apps.length === 0) apps.push(startMeasuredApp(postgres));
	return apps[0] as Promise<MeasuredApp>;
};
const missed: Row[] = [];
try {
	for (const section of wanted) {
		say(`measuring ${section.names.join("; ")} (load ${loadavg()[0]?.toFixed(1)})`);
		const rows = await section.measure({ postgres, app });
		for (const row of rows) {
			console.log(formatRow(row, values.json));
			if (row.target !== null && !(quantile(row.samples, 0.5) <= row.target)) missed.push(row);
		}
	}
} finally {
	for (const started of apps) await (await started).stop();
	await postgres.stop();
}
for (const { name, unit, samples, target } of missed)
	say(`MISSED: ${name}: ${Math.round(quantile(samples, 0.5) * 100) / 100} ${unit}, target ${target}`);

import { ENDLESS, WRITING } from "./instant-model.ts";
import { type MeasuredApp, REPOSITORY } from "./measured-app.ts";
import type { Row } from "./row.ts";
import { PHASES, splitStartup } from "./startup-split.ts";

const WARM = "mention → first model request, warm sandbox";
const COLD = "mention → first model request, nothing warm";
const FIRST_SIGN = "mention → first sign in the thread";

export const MENTION_ROWS = [FIRST_SIGN, WARM, COLD];
export const IMAGE_ROW = "mention → first model request, from image, nothing warm";
const CROWD = 10;
export const CROWD_ROW = `mention → first model request, from image, nothing warm, ${CROWD} at once`;
export const RESTORED_ROW = "follow-up → model request, restored from snapshot";
export const CLASSIFIER_ROW = "mention → first model request, warm sandbox, fast model asked";
export const FOLLOW_UP_ROW = "follow-up → model request, sandbox running";
export const STOP_ROW = "stop → agent silent";

const named = (marker: string) => `@bobbin in ${REPOSITORY}: say done, ${marker}`;

interface Measured {
	signMs: number;
	requestMs: number;
	split: ReturnType<typeof splitStartup>;
}

/** One mention in a thread of its own, to the end of its turn. */
async function mention(app: MeasuredApp, toText: (marker: string) => string, run: string): Promise<Measured> {
	const marker = `(run ${run})`;
	const turn = app.model.turn(marker);
	const posted = await app.post(toText(marker));
	const [signAtMs, request] = await Promise.all([app.firstSign(posted), turn]);
	await app.settled(posted, "white_check_mark");
	const split = splitStartup({
		events: await app.readEvents(posted),
		postedAtMs: posted.postedAtMs,
		requestedAtMs: request.atMs,
	});
	await app.clear();
	return { signMs: signAtMs - posted.postedAtMs, requestMs: request.atMs - posted.postedAtMs, split };
}

/** The first is not counted: it loads what every later one has. */
async function repeat(runs: number, measure: (run: number) => Promise<Measured>): Promise<Measured[]> {
	const measured: Measured[] = [];
	for (let run = 0; run <= runs; run++) measured.push(await measure(run));
	return measured.slice(1);
}

export async function measureMentions(app: MeasuredApp, runs: number): Promise<Row[]> {
	const warm = await repeat(runs, async (run) => {
		await app.warm();
		return mention(app, named, `warm ${run}`);
	});
	const cold = await repeat(runs, (run) => mention(app, named, `cold ${run}`));
	const ms = "ms" as const;
	return [
		{ name: FIRST_SIGN, unit: ms, target: 150, samples: warm.map((one) => one.signMs) },
		{ name: WARM, unit: ms, target: 400, samples: warm.map((one) => one.requestMs) },
		...toSplitRows("warm", warm),
		{ name: COLD, unit: ms, target: 3_000, samples: cold.map((one) => one.requestMs) },
		...toSplitRows("cold", cold),
	];
}

/** `of`: which row is split. A phase that it has not is left out. */
function toSplitRows(of: string, measured: Pick<Measured, "split">[]): Row[] {
	const rows = PHASES.map((phase) => ({
		name: `  ${of}: ${phase}`,
		unit: "ms" as const,
		target: null,
		samples: measured.map(({ split }) => split[phase]),
	}));
	return rows.filter(({ samples }) => samples.every((sample) => !Number.isNaN(sample)));
}

export async function measureClassifier(app: MeasuredApp, runs: number): Promise<Row[]> {
	const measured = await repeat(runs, async (run) => {
		await app.warm();
		return mention(app, (marker) => `@bobbin say done, ${marker}`, `classified ${run}`);
	});
	return [{ name: CLASSIFIER_ROW, unit: "ms", target: 400, samples: measured.map((one) => one.requestMs) }];
}

/** Replies in one thread, each after the turn before it has ended. */
export async function measureFollowUps(app: MeasuredApp, runs: number): Promise<Row[]> {
	await app.warm();
	const first = await app.post(named("to be followed"));
	await app.settled(first, "white_check_mark");
	const samples: number[] = [];
	const measured: Pick<Measured, "split">[] = [];
	for (let run = 0; run <= runs; run++) {
		const marker = `(follow-up ${run})`;
		const turn = app.model.turn(marker);
		const posted = await app.post(`and once more, ${marker}`, first);
		const request = await turn;
		await app.settled(posted, "white_check_mark");
		if (run === 0) continue;
		samples.push(request.atMs - posted.postedAtMs);
		const { postedAtMs } = posted;
		const events = await app.readEvents(first);
		measured.push({ split: splitStartup({ events, postedAtMs, requestedAtMs: request.atMs }) });
	}
	await app.clear();
	return [{ name: FOLLOW_UP_ROW, unit: "ms", target: 100, samples }, ...toSplitRows("follow-up", measured)];
}

/** Once an image is there every later sandbox of the repository is made from it: to be measured after the others. */
export async function measureFromImage(app: MeasuredApp, runs: number): Promise<Row[]> {
	await app.buildImage();
	const measured = await repeat(runs, (run) => mention(app, named, `image ${run}`));
	const samples = measured.map((one) => one.requestMs);
	return [{ name: IMAGE_ROW, unit: "ms", target: 3_000, samples }, ...toSplitRows("image", measured)];
}

/** Mentions that come in the same moment, each in a thread of its own, nothing warm. */
export async function measureCrowd(app: MeasuredApp, runs: number): Promise<Row[]> {
	await app.buildImage();
	const samples: number[] = [];
	for (let run = 0; run < runs; run++) {
		const markers = Array.from({ length: CROWD }, (_, index) => `(crowd ${run}/${index})`);
		const turns = markers.map((marker) => app.model.turn(marker));
		const posted = await app.postAtOnce(markers.map(named));
		for (const [index, { postedAtMs }] of posted.entries()) {
			const request = await turns[index];
			if (request) samples.push(request.atMs - postedAtMs);
		}
		await Promise.all(posted.map((one) => app.settled(one, "white_check_mark")));
		await app.clear();
	}
	return [{ name: CROWD_ROW, unit: "ms", target: null, samples }];
}

/** Replies in one thread whose sandbox is gone each time, with a turn before each that leaves something to restore. */
export async function measureRestores(app: MeasuredApp, runs: number): Promise<Row[]> {
	const first = await app.post(named("to be restored"));
	await app.settled(first, "white_check_mark");
	const measured: (Pick<Measured, "split"> & { requestMs: number })[] = [];
	for (let run = 0; run <= runs; run++) {
		const writing = `(${WRITING} ${run})`;
		const written = app.model.turn(writing);
		const change = await app.post(`write it down, ${writing}`, first);
		await written;
		await app.settled(change, "white_check_mark");
		await app.snapshotted(change);
		await app.clear();
		const marker = `(restored ${run})`;
		const turn = app.model.turn(marker);
		const posted = await app.post(`and once more, ${marker}`, first);
		const { atMs } = await turn;
		await app.settled(posted, "white_check_mark");
		const { postedAtMs } = posted;
		const split = splitStartup({ events: await app.readEvents(first), postedAtMs, requestedAtMs: atMs });
		measured.push({ requestMs: atMs - postedAtMs, split });
	}
	await app.clear();
	measured.shift();
	const samples = measured.map((one) => one.requestMs);
	return [{ name: RESTORED_ROW, unit: "ms", target: 3_000, samples }, ...toSplitRows("restored", measured)];
}

/** From "stop" in the thread to the moment in which the agent lets go of the model's answer. */
export async function measureStops(app: MeasuredApp, runs: number): Promise<Row[]> {
	await app.warm();
	const first = await app.post(named("to be stopped later"));
	await app.settled(first, "white_check_mark");
	const samples: number[] = [];
	for (let run = 0; run < runs; run++) {
		const marker = `(${ENDLESS} ${run})`;
		const turn = app.model.turn(marker);
		const posted = await app.post(`go on and on, ${marker}`, first);
		const { endedAtMs } = await turn;
		const stop = await app.post("stop", first);
		samples.push((await endedAtMs) - stop.postedAtMs);
		await app.settled(posted, "octagonal_sign");
	}
	await app.clear();
	return [{ name: STOP_ROW, unit: "ms", target: 1_000, samples }];
}

/**
 * One instance that keeps the logs of many sessions at once, in a process of its own so that it has what an instance
 * has. Arguments: database address, seconds, and the noise: `none`, `many` (4,000 events a second from one more session)
 * or `big` (200 events of 16 KB a second). The noise is made in every other second, so that both halves meet the same
 * machine. Sends its parent how long the quiet sessions' events took, in milliseconds from when they were due to when
 * they were durable.
 */
import type { SessionEvent } from "../../src/contract/event.ts";
import { openDatabase } from "../../src/db/client.ts";
import type { LogWriter } from "../../src/sessions/log/event-log.ts";
import { aPerson, aPrompt, aThread, createCore } from "../harness/sessions.ts";
import { quantile } from "./row.ts";

const SESSIONS = 200;
const EVENTS_PER_SECOND = 20;
const TICK_MS = 2;
/** What is still cold at the beginning is not counted. */
const WARM_UP_MS = 1_000;
const PERIOD_MS = 1_000;
/** After a change between quiet and noise. */
const SETTLE_MS = 200;

const [url = "", seconds = "10", noise = "none"] = process.argv.slice(2);
const durationMs = Number(seconds) * 1_000;
const database = openDatabase(url);
const core = createCore(database);
await core.listener.start();
await core.jobs.prepare();
const authorId = await aPerson(core);

const samples = { quiet: [] as number[], noisy: [] as number[] };
let beginMs = 0;

async function openSession(isCounted: boolean) {
	const { sessionId } = await core.sessions.acceptThreadPrompt({
		thread: aThread(),
		prompt: aPrompt(authorId),
	});
	core.eventLog.subscribe(sessionId, ({ type, data }) => {
		if (!isCounted || type !== "text.delta") return;
		const dueMs = Number(data.partId);
		if (dueMs < WARM_UP_MS || dueMs % PERIOD_MS < SETTLE_MS) return;
		samples[isNoisy(dueMs) ? "noisy" : "quiet"].push(performance.now() - beginMs - dueMs);
	});
	const onLost = () => {
		throw new Error("a session was lost");
	};
	return core.eventLog.openWriter({ sessionId, epoch: 0, onLost });
}

function isNoisy(dueMs: number): boolean {
	return noise !== "none" && Math.floor(dueMs / PERIOD_MS) % 2 === 1;
}

/** Names when it was due in place of a part, so that no two are merged. */
const piece = (dueMs: number, text: string): SessionEvent => ({
	type: "text.delta",
	data: { promptId: "bench", partId: String(dueMs), text },
});

interface Stream {
	writer: LogWriter;
	everyMs: number;
	nextMs: number;
	text: string;
	isNoise: boolean;
}
const streams: Stream[] = [];
for (let index = 0; index < SESSIONS; index++) {
	const everyMs = 1_000 / EVENTS_PER_SECOND;
	const startMs = (index * everyMs) / SESSIONS;
	streams.push({
		writer: await openSession(true),
		everyMs,
		nextMs: startMs,
		text: "a few words of it ",
		isNoise: false,
	});
}
const NOISE = {
	none: null,
	many: { everyMs: 0.25, text: "noise" },
	big: { everyMs: 5, text: "x".repeat(16_384) },
};
const maker = NOISE[noise as keyof typeof NOISE];
if (maker !== null) streams.push({ writer: await openSession(false), nextMs: 0, isNoise: true, ...maker });

beginMs = performance.now();
await new Promise<void>((resolve) => {
	const timer = setInterval(() => {
		const nowMs = performance.now() - beginMs;
		for (const stream of streams) {
			for (; stream.nextMs <= nowMs; stream.nextMs += stream.everyMs) {
				if (stream.isNoise && !isNoisy(stream.nextMs)) continue;
				stream.writer.append(piece(stream.nextMs, stream.text));
			}
		}
		if (nowMs < durationMs) return;
		clearInterval(timer);
		resolve();
	}, TICK_MS);
});
await Promise.all(streams.map(({ writer }) => writer.flush()));
const { quiet, noisy } = samples;
process.send?.({ median: quantile(quiet, 0.5), p99: quantile(quiet, 0.99), noisyP99: quantile(noisy, 0.99) });
await core.jobs.stop();
await core.eventLog.stop();
await core.listener.stop();
await database.close();
process.disconnect?.();

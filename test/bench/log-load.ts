/**
 * One instance that keeps the logs of many sessions at once, in a process of its own so that it has what an instance
 * has. Arguments: database address, seconds, and the noise: `none`, `many` (4,000 events a second from one more session)
 * or `big` (200 events of 16 KB a second). Sends its parent the p99 of the quiet sessions' events, in milliseconds from
 * when an event was due to when it was durable.
 */
import type { SessionEvent } from "../../src/contract/event.ts";
import { openDatabase } from "../../src/db/client.ts";
import type { LogWriter } from "../../src/sessions/event-log.ts";
import { aPerson, aPrompt, aThread, createCore } from "../harness/sessions.ts";
import { quantile } from "./row.ts";

const SESSIONS = 200;
const EVENTS_PER_SECOND = 20;
const TICK_MS = 2;
/** What is still cold at the beginning is not counted. */
const WARM_UP_MS = 1_000;

const [url = "", seconds = "10", noise = "none"] = process.argv.slice(2);
const durationMs = Number(seconds) * 1_000;
const database = openDatabase(url);
const core = createCore(database);
await core.listener.start();
await core.jobs.prepare();
const authorId = await aPerson(core);

const samples: number[] = [];
let beginMs = 0;

async function openSession(isCounted: boolean) {
	const { sessionId } = await core.sessions.acceptThreadPrompt({
		thread: aThread(),
		prompt: aPrompt(authorId),
	});
	core.eventLog.subscribe(sessionId, ({ type, data }) => {
		if (!isCounted || type !== "text.delta") return;
		const dueMs = Number(data.partId);
		if (dueMs > WARM_UP_MS) samples.push(performance.now() - beginMs - dueMs);
	});
	const onLost = () => {
		throw new Error("a session was lost");
	};
	return core.eventLog.openWriter({ sessionId, epoch: 0, onLost });
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
}
const streams: Stream[] = [];
for (let index = 0; index < SESSIONS; index++) {
	const everyMs = 1_000 / EVENTS_PER_SECOND;
	const startMs = (index * everyMs) / SESSIONS;
	streams.push({ writer: await openSession(true), everyMs, nextMs: startMs, text: "a few words of it " });
}
const NOISE = {
	none: null,
	many: { everyMs: 0.25, text: "noise" },
	big: { everyMs: 5, text: "x".repeat(16_384) },
};
const noisy = NOISE[noise as keyof typeof NOISE];
if (noisy !== null) streams.push({ writer: await openSession(false), nextMs: 0, ...noisy });

beginMs = performance.now();
await new Promise<void>((resolve) => {
	const timer = setInterval(() => {
		const nowMs = performance.now() - beginMs;
		for (const stream of streams) {
			for (; stream.nextMs <= nowMs; stream.nextMs += stream.everyMs)
				stream.writer.append(piece(stream.nextMs, stream.text));
		}
		if (nowMs < durationMs) return;
		clearInterval(timer);
		resolve();
	}, TICK_MS);
});
await Promise.all(streams.map(({ writer }) => writer.flush()));
process.send?.({ p99: quantile(samples, 0.99), median: quantile(samples, 0.5), events: samples.length });
await core.jobs.stop();
await core.eventLog.stop();
await core.listener.stop();
await database.close();
process.disconnect?.();

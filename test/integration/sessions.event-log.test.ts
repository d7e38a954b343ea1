import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LoggedEvent, SessionEvent } from "../../src/contract/event.ts";
import { createTestDatabase } from "../harness/database.ts";
import { aPerson, aPrompt, aThread, type Core, createCore } from "../harness/sessions.ts";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let core: Core;
let other: Core;
let authorId: string;

beforeAll(async () => {
	database = await createTestDatabase();
	core = createCore(database);
	other = createCore(database);
	await Promise.all([core.listener.start(), other.listener.start()]);
	await core.jobs.prepare();
	authorId = await aPerson(core);
});

afterAll(async () => {
	await core.jobs.stop();
	await Promise.all([core.eventLog.stop(), other.eventLog.stop()]);
	await Promise.all([core.listener.stop(), other.listener.stop()]);
	await database.drop();
});

async function aSession(thread = aThread()) {
	const accepted = await core.sessions.acceptThreadPrompt({ thread, prompt: aPrompt(authorId) });
	return { ...accepted, thread };
}

const tool = (callId: string): SessionEvent => ({
	type: "tool.started",
	data: { promptId: "p", callId, tool: "bash", title: callId, input: {} },
});

const piece = (partId: string, text: string): SessionEvent => ({
	type: "text.delta",
	data: { promptId: "p", partId, text },
});

const noLoss = () => {
	throw new Error("ownership was lost");
};

const calls = (events: LoggedEvent[]) =>
	events.flatMap((event) => (event.type === "tool.started" ? [event.data.callId] : []));

const inOrder = (length: number, from = 1) => Array.from({ length }, (_, index) => from + index);

/** Collects a session's events until there are `length` of them. */
function collect(on: Core, sessionId: string, length: number): Promise<LoggedEvent[]> {
	const events: LoggedEvent[] = [];
	return new Promise((resolve) => {
		const end = on.sessions.subscribe(
			sessionId,
			(event) => {
				events.push(event);
				if (events.length < length) return;
				end();
				resolve(events);
			},
			{ afterSeq: 0 },
		);
	});
}

describe("the log", () => {
	it("has no gap and keeps the order of fifty sessions that write at once, use cases in between", async () => {
		const sessions = await Promise.all(Array.from({ length: 50 }, () => aSession()));
		// Two of the beginning, forty of the run, three of prompts that are queued meanwhile.
		const length = 2 + 40 + 3;
		const followed = sessions.flatMap(({ sessionId }) => [
			collect(core, sessionId, length),
			collect(other, sessionId, length),
		]);
		await Promise.all(
			sessions.map(async ({ sessionId, thread }) => {
				const writer = core.eventLog.openWriter({ sessionId, epoch: 0, onLost: noLoss });
				for (let index = 0; index < 40; index++) {
					writer.append(tool(String(index)));
					if (index % 10 === 9) {
						if (index < 39) await core.sessions.acceptThreadPrompt({ thread, prompt: aPrompt(authorId) });
						await writer.flush();
					}
				}
				writer.close();
			}),
		);
		for (const events of await Promise.all(followed)) {
			expect(events.map((event) => event.seq)).toEqual(inOrder(length));
			expect(calls(events)).toEqual(inOrder(40, 0).map(String));
		}
		const { sessionId } = sessions[0] ?? { sessionId: "" };
		const kept = await core.sessions.readEvents({ sessionId, afterSeq: 0 });
		expect(kept.map((event) => event.seq)).toEqual(inOrder(length));
	});

	it("merges the pieces of one part that come together", async () => {
		const { sessionId } = await aSession();
		const writer = core.eventLog.openWriter({ sessionId, epoch: 0, onLost: noLoss });
		for (const text of ["one ", "two ", "three"]) writer.append(piece("a", text));
		writer.append(piece("b", "other"));
		await writer.flush();
		const events = await core.sessions.readEvents({ sessionId, afterSeq: 2 });
		expect(events.map((event) => event.data)).toEqual([
			{ promptId: "p", partId: "a", text: "one two three" },
			{ promptId: "p", partId: "b", text: "other" },
		]);
	});

	it("keeps output that PostgreSQL would refuse", async () => {
		const { sessionId } = await aSession();
		const writer = core.eventLog.openWriter({ sessionId, epoch: 0, onLost: noLoss });
		writer.append(piece("a", 'nul \u0000, half \ud83d, whole 😀, "\\u0000", line\nend'));
		await writer.flush();
		const [event] = await core.sessions.readEvents({ sessionId, afterSeq: 2 });
		expect(event?.data).toMatchObject({
			text: 'nul \uFFFD, half \uFFFD, whole 😀, "\\u0000", line\nend',
		});
	});

	it("drops what a run writes that has lost its session, and tells it", async () => {
		const { sessionId } = await aSession();
		let lost = 0;
		const writer = core.eventLog.openWriter({ sessionId, epoch: 0, onLost: () => lost++ });
		writer.append(tool("kept"));
		await writer.flush();
		await database.db.updateTable("sessions").set({ epoch: 1 }).where("id", "=", sessionId).execute();
		writer.append(tool("stale"));
		await expect(writer.flush()).rejects.toMatchObject({ code: "lost_ownership" });
		expect(lost).toBe(1);
		writer.append(tool("later"));
		await expect(writer.flush()).rejects.toMatchObject({ code: "lost_ownership" });
		expect(calls(await core.sessions.readEvents({ sessionId, afterSeq: 0 }))).toEqual(["kept"]);
	});

	it("lets no takeover in between a batch and its commit", async () => {
		const { sessionId } = await aSession();
		const client = await database.connect();
		await client.query("begin");
		await client.query("update sessions set epoch = epoch + 1 where id = $1", [sessionId]);
		const writer = core.eventLog.openWriter({ sessionId, epoch: 0, onLost: () => {} });
		writer.append(tool("stale"));
		const flushed = writer.flush();
		flushed.catch(() => {});
		await client.query("commit");
		await client.end();
		await expect(flushed).rejects.toMatchObject({ code: "lost_ownership" });
		expect(calls(await core.sessions.readEvents({ sessionId, afterSeq: 0 }))).toEqual([]);
	});

	it("does not let a session that is locked hold up the others", async () => {
		const [slow, quick] = await Promise.all([aSession(), aSession()]);
		const client = await database.connect();
		await client.query("begin");
		await client.query("select 1 from sessions where id = $1 for update", [slow.sessionId]);
		const open = ({ sessionId }: { sessionId: string }) =>
			core.eventLog.openWriter({ sessionId, epoch: 0, onLost: noLoss });
		const [slowWriter, quickWriter] = [open(slow), open(quick)];
		slowWriter.append(tool("slow"));
		quickWriter.append(tool("quick"));
		const slowFlush = slowWriter.flush();
		await quickWriter.flush();
		expect(calls(await core.sessions.readEvents({ sessionId: quick.sessionId, afterSeq: 0 }))).toEqual([
			"quick",
		]);
		await client.query("commit");
		await client.end();
		await slowFlush;
		expect(calls(await core.sessions.readEvents({ sessionId: slow.sessionId, afterSeq: 0 }))).toEqual([
			"slow",
		]);
	});
});

describe("following", () => {
	it("begins now when no beginning is given, with each later event once", async () => {
		const { sessionId, thread } = await aSession();
		const seen: number[] = [];
		const third = Promise.withResolvers<void>();
		const end = core.sessions.subscribe(sessionId, ({ seq }) => {
			seen.push(seq);
			if (seq === 4) third.resolve();
		});
		await core.sessions.acceptThreadPrompt({ thread, prompt: aPrompt(authorId) });
		const writer = core.eventLog.openWriter({ sessionId, epoch: 0, onLost: noLoss });
		writer.append(tool("one"));
		await writer.flush();
		await third.promise;
		end();
		writer.append(tool("two"));
		await writer.flush();
		// What was committed just before may come too: its notification was still on its way.
		expect(seen.filter((seq) => seq > 2)).toEqual([3, 4]);
		expect(seen).toEqual(seen.toSorted());
	});

	it("goes on without a gap after the listening connection was cut", async () => {
		const { sessionId } = await aSession();
		const seen: LoggedEvent[] = [];
		const arrived = Promise.withResolvers<void>();
		other.sessions.subscribe(
			sessionId,
			(event) => {
				seen.push(event);
				if (calls([event])[0] === "last") arrived.resolve();
			},
			{ afterSeq: 0 },
		);
		await database.pool.query(
			"select pg_terminate_backend(pid) from pg_stat_activity where query ilike 'listen session%' and datname = current_database()",
		);
		const writer = core.eventLog.openWriter({ sessionId, epoch: 0, onLost: noLoss });
		writer.append(tool("missed"));
		writer.append(tool("last"));
		await writer.flush();
		await arrived.promise;
		expect(seen.map((event) => event.seq)).toEqual([1, 2, 3, 4]);
	});
});

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase } from "../harness/database.ts";
import { fastest } from "../harness/fastest.ts";
import { type Core, waitForEvent } from "../harness/sessions.ts";
import { pointOf, prepareTakeover, type Takeover } from "../harness/takeover.ts";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let takeover: Takeover;
let core: Core;

beforeAll(async () => {
	database = await createTestDatabase();
	takeover = await prepareTakeover(database);
	core = takeover.core;
});

afterEach(() => takeover.clear());

afterAll(async () => {
	await takeover.stop();
	await database.drop();
});

const finished = (sessionId: string) => waitForEvent(core, sessionId, (e) => e.type === "prompt.finished");

async function count(sessionId: string, type: string): Promise<number> {
	const events = await core.sessions.readEvents({ sessionId, afterSeq: 0 });
	return events.filter((event) => event.type === type).length;
}

describe("an instance that is killed in mid-turn", () => {
	it("is replaced by another that attaches to the agent: one send, one end", async () => {
		async function takeOne(): Promise<number> {
			const first = await takeover.startInstance();
			const { sessionId, promptId } = await takeover.startSession();
			await first.reached(pointOf("following", sessionId));
			const second = await takeover.startInstance();
			const killedAtMs = performance.now();
			await first.kill();
			await second.reached(pointOf("following", sessionId));
			const tookMs = Math.round(performance.now() - killedAtMs);
			await takeover.endTurn(promptId);
			await finished(sessionId);
			const { rows } = await database.pool.query("select attempt from world_sends where prompt_id = $1", [
				promptId,
			]);
			expect(rows).toEqual([{ attempt: 1 }]);
			expect(await count(sessionId, "prompt.started")).toBe(1);
			expect(await count(sessionId, "prompt.finished")).toBe(1);
			expect((await core.sessions.view(sessionId)).prompts[0]).toMatchObject({ status: "done", attempt: 1 });
			await second.kill();
			return tookMs;
		}
		// Of a job whose instance is not known to be gone, others hear only when it misses its heartbeat.
		const tookOverMs = await fastest(4_000, takeOne);
		expect(tookOverMs).toBeLessThan(4_000);
		console.info(`takeover after SIGKILL: ${tookOverMs} ms`);
	});

	it("is finished as stopped when a person stopped it meanwhile", async () => {
		const first = await takeover.startInstance();
		const { sessionId } = await takeover.startSession();
		await first.reached(pointOf("following", sessionId));
		await first.kill();
		await core.sessions.stop({ sessionId, personId: null });
		await takeover.startInstance();
		const end = await finished(sessionId);
		expect(end.type === "prompt.finished" && end.data.status).toBe("stopped");
	});

	it("hands its turn over at once when it stops in order", async () => {
		const first = await takeover.startInstance();
		const { sessionId, promptId } = await takeover.startSession();
		await first.reached(pointOf("following", sessionId));
		const second = await takeover.startInstance();
		await first.stop();
		await second.reached(pointOf("following", sessionId));
		await takeover.endTurn(promptId);
		await finished(sessionId);
		expect(await count(sessionId, "prompt.finished")).toBe(1);
	});
});

describe("SIGKILL at a point of the run", () => {
	it("is carried on at the next start: one sandbox, one send, one pull request, one end for each session", async () => {
		const points = [
			"job",
			"before-create",
			"after-create",
			"clone",
			"after-send",
			"before-pull-request",
			"after-pull-request",
			"before-finish",
		];
		const first = await takeover.startInstance("pause");
		const sessions = await Promise.all(
			points.map(async (point) => {
				const session = await takeover.startSession(point);
				await takeover.endTurn(session.promptId);
				await first.reached(pointOf(point, session.sessionId));
				return { point, ...session };
			}),
		);
		await first.kill();
		await takeover.startInstance();
		await Promise.all(sessions.map(({ sessionId }) => finished(sessionId)));
		const counts = await Promise.all(
			sessions.map(async ({ point, sessionId, promptId }) => {
				const prefix = sessionId.slice(0, 8);
				const rows = async (text: string, value: string) =>
					(await database.pool.query(text, [value])).rowCount;
				return {
					point,
					sandboxes: await rows("select 1 from world_sandboxes where name like $1", `bobbin-${prefix}%`),
					sends: await rows("select 1 from world_sends where prompt_id = $1", promptId),
					pullRequests: await rows("select 1 from world_pulls where branch like $1", `bobbin/${prefix}%`),
					opened: await count(sessionId, "pull_request.opened"),
					ends: await count(sessionId, "prompt.finished"),
				};
			}),
		);
		expect(counts).toEqual(
			points.map((point) => {
				const pullRequests = point.endsWith("pull-request") ? 1 : 0;
				return { point, sandboxes: 1, sends: 1, pullRequests, opened: pullRequests, ends: 1 };
			}),
		);
	});
});

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { BuildInput } from "../../sandbox/images/build-input.ts";
import { SandboxError } from "../../sandbox/provider.ts";
import { findNewestImage } from "../../src/images/image-store.ts";
import { createBuildImageTask } from "../../src/jobs/tasks/build-image.ts";
import { createGatewayAccess } from "../../src/sessions/sandbox/gateway-access.ts";
import { hashToken } from "../../src/sessions/sandbox/gateway-token.ts";
import { createImageRig, EVERY_MS, failed, ready } from "../harness/images.ts";
import { openAccess } from "../harness/open-access.ts";
import { createCore } from "../harness/sessions.ts";
import { type StartedCore, startCore } from "../harness/start-core.ts";

let core: StartedCore;
let rig: Awaited<ReturnType<typeof createImageRig>>;

beforeAll(async () => {
	core = await startCore();
});
afterAll(() => core.stop());
beforeEach(async () => {
	rig = await createImageRig(core);
	await tellIn("C-shop");
});

/** The repository becomes the channel's own. */
async function tellIn(channelId: string): Promise<void> {
	await core.database.db
		.insertInto("channels")
		.values({
			team_id: "T1",
			channel_id: `${channelId}-${rig.repository.name}`,
			default_repository_id: rig.repository.id,
		})
		.execute();
}

const newest = () => findNewestImage(core.database.db, { repositoryId: rig.repository.id, provider: "fake" });

describe("a build", () => {
	it("leaves an image that new sandboxes begin with, and nothing else", async () => {
		const step = { step: "test" as const, command: "npm test", durationMs: 0, exitCode: null };
		rig.state.play = async (input) => {
			input.onStep(step, "began");
			input.onLog("$ npm test\n\u0000ok\n");
			input.onStep({ ...step, durationMs: 40, exitCode: 0 }, "ended");
			return ready();
		};
		expect(await rig.buildNow("first_use")).toMatchObject({ outcome: "ready" });
		const [row] = await rig.rows();
		expect(row).toMatchObject({
			state: "ready",
			commit_sha: rig.state.head,
			recipe: { source: "file", recipe: { test: ["npm test"] }, editedHash: null },
			steps: [{ step: "test", command: "npm test", durationMs: 40, exitCode: 0 }],
			log: "$ npm test\n\uFFFDok\n",
			size_bytes: 1_000,
			finished_at: expect.any(Date),
		});
		expect(await newest()).toEqual({ id: row?.id, snapshot: row?.snapshot, commit_sha: rig.state.head });
		expect([...rig.made.keys()]).toEqual([]);
		expect([...rig.snapshots.keys()]).toEqual([row?.snapshot]);
		expect(await rig.told()).toEqual([]);
	});

	it("happens again only where something moved", async () => {
		await rig.buildNow("first_use");
		expect(await rig.nextInterval()).toEqual({ outcome: "nothing", why: "up_to_date" });
		rig.state.head = "b".repeat(40);
		expect(await rig.buildNow("schedule")).toMatchObject({ outcome: "ready" });
		expect(await newest()).toMatchObject({ commit_sha: "b".repeat(40) });
		await rig.images.change(rig.repository.id, { recipeText: "test: make test" });
		expect(await rig.buildNow("recipe")).toMatchObject({ outcome: "ready" });
		expect((await rig.rows()).at(-1)?.recipe).toMatchObject({ source: "edited" });
		expect(await rig.buildNow("recipe")).toEqual({ outcome: "nothing", why: "up_to_date" });
		await rig.images.change(rig.repository.id, { recipeText: null });
		expect(await rig.buildNow("recipe")).toMatchObject({ outcome: "ready" });
		expect(rig.state.builds).toBe(4);
	});

	it("keeps the commit that was cloned, where the branch moved on meanwhile", async () => {
		rig.state.cloned = "d".repeat(40);
		await rig.buildNow("first_use");
		expect(await newest()).toMatchObject({ commit_sha: "d".repeat(40) });
	});

	it("lets its sandbox fetch this repository and nothing else", async () => {
		let seen: unknown = null;
		rig.state.play = async (input) => {
			const token = new TextDecoder().decode(
				rig.made.get(input.sandboxName)?.files.get("/run/secrets/token"),
			);
			const gatewayAccess = createGatewayAccess({ db: core.database.db, access: openAccess });
			seen = await gatewayAccess.findSandbox(hashToken(token));
			return ready();
		};
		await rig.buildNow("first_use");
		expect(seen).toMatchObject({
			repository: { owner: "acme", name: rig.repository.name },
			isReadOnly: true,
			promptId: null,
		});
		const rows = await core.database.db
			.selectFrom("sandboxes")
			.select(["state", "deleted_at", "session_id"])
			.where("repository_id", "=", rig.repository.id)
			.execute();
		expect(rows).toEqual([{ state: "deleted", deleted_at: expect.any(Date), session_id: null }]);
	});

	it("is not begun for a repository that has no commit, is archived or is gone", async () => {
		rig.state.head = null;
		expect(await rig.buildNow("first_use")).toEqual({ outcome: "nothing", why: "no_commit" });
		rig.state.head = "a".repeat(40);
		await core.database.db
			.updateTable("repositories")
			.set({ archived: true })
			.where("id", "=", rig.repository.id)
			.execute();
		expect(await rig.buildNow("asked")).toEqual({ outcome: "nothing", why: "gone" });
		expect(rig.state.builds).toBe(0);
	});

	it("is made again where the provider has lost the snapshot", async () => {
		await rig.buildNow("first_use");
		rig.snapshots.clear();
		expect(await rig.nextInterval()).toMatchObject({ outcome: "ready" });
		expect((await rig.rows()).map(({ state }) => state)).toEqual(["deleted", "ready"]);
		expect(await newest()).toMatchObject({ snapshot: [...rig.snapshots.keys()][0] });
	});

	it("follows a default branch that was renamed without a word", async () => {
		rig.state.branch = "trunk";
		expect(await rig.buildNow("schedule")).toMatchObject({ outcome: "ready" });
		expect(rig.state.refreshes).toBe(1);
		await rig.nextInterval();
		expect(rig.state.refreshes).toBe(1);
	});

	it("waits while a person's turn is at work", async () => {
		const sessionId = randomUUID();
		await core.database.db
			.insertInto("sessions")
			.values({
				id: sessionId,
				status: "ready",
				title: "t",
				repository_id: rig.repository.id,
				updated_at: new Date(),
			})
			.execute();
		const prompt = {
			id: randomUUID(),
			session_id: sessionId,
			number: 1,
			text: "x",
			origin: JSON.stringify({ kind: "api" }),
			idempotency_key: randomUUID(),
			status: "running" as const,
		};
		await core.database.db
			.insertInto("prompts")
			.values(prompt as never)
			.execute();
		expect(await rig.buildNow("first_use")).toEqual({ outcome: "later", afterMs: 5_000 });
		await core.database.db
			.updateTable("prompts")
			.set({ status: "done" })
			.where("id", "=", prompt.id)
			.execute();
		expect(await rig.buildNow("first_use")).toMatchObject({ outcome: "ready" });
	});
});

describe("a build that fails", () => {
	it("keeps the image from before, is told once, and is tried later each time", async () => {
		await rig.buildNow("first_use");
		const before = await newest();
		rig.state.head = "b".repeat(40);
		rig.state.play = async () => failed('"npm test" ended with exit code 1.', ["1 failed", "<!channel>"]);
		expect(await rig.nextInterval()).toMatchObject({ outcome: "failed" });
		expect(await newest()).toEqual(before);
		expect(await rig.buildNow("push")).toEqual({ outcome: "nothing", why: "backing_off" });
		expect(await rig.nextInterval()).toMatchObject({ outcome: "failed" });
		expect(await rig.nextInterval()).toEqual({ outcome: "nothing", why: "backing_off" });
		expect(await rig.nextInterval()).toMatchObject({ outcome: "failed" });
		expect(await rig.told()).toEqual([
			expect.objectContaining({
				channelId: `C-shop-${rig.repository.name}`,
				text: expect.stringContaining('the step "test" failed. "npm test" ended with exit code 1.'),
				quote: "1 failed\n<!channel>",
			}),
		]);
		expect((await rig.rows()).at(-1)).toMatchObject({
			state: "failed",
			step: "test",
			problem: { code: "build_failed", message: '"npm test" ended with exit code 1.' },
		});
	});

	it("is told again when it fails in another way, and when it is mended", async () => {
		rig.state.play = async () => failed("one");
		await rig.buildNow("first_use");
		rig.state.play = async () => failed("two");
		await rig.nextInterval();
		rig.state.play = async () => ready();
		await rig.nextInterval("asked");
		await rig.nextInterval("asked");
		expect((await rig.told()).map(({ text }) => text)).toEqual([
			expect.stringContaining("one"),
			expect.stringContaining("two"),
			expect.stringContaining("can be built again"),
		]);
	});

	it("for trouble of a moment is not told to the channel, but stands in its row", async () => {
		rig.state.play = async () => {
			throw new SandboxError("unavailable", "The provider does not answer.", { retryable: true });
		};
		expect(await rig.buildNow("first_use")).toMatchObject({ outcome: "failed" });
		expect(await rig.told()).toEqual([]);
		expect(await rig.rows()).toMatchObject([{ state: "failed", problem: { code: "sandbox_unavailable" } }]);
	});

	it("is told in the channel of the newest session where the repository is no channel's own", async () => {
		await core.database.db
			.deleteFrom("channels")
			.where("default_repository_id", "=", rig.repository.id)
			.execute();
		for (const [index, channelId] of ["C-old", "C-new"].entries()) {
			const id = randomUUID();
			await core.database.db
				.insertInto("sessions")
				.values({
					id,
					status: "ready",
					title: "t",
					repository_id: rig.repository.id,
					created_at: new Date(1_000 + index),
					updated_at: new Date(),
				})
				.execute();
			const thread = { team_id: "T1", channel_id: channelId, thread_ts: randomUUID(), session_id: id };
			await core.database.db.insertInto("threads").values(thread).execute();
		}
		rig.state.play = async () => failed("no");
		await rig.buildNow("first_use");
		expect(await rig.told()).toMatchObject([{ channelId: "C-new" }]);
	});
});

describe("a builder that goes away", () => {
	/** A build that has come as far as its tests and hangs there. */
	async function hang(signal?: AbortSignal, reason: "first_use" | "asked" = "first_use") {
		const reached = Promise.withResolvers<BuildInput>();
		const goOn = Promise.withResolvers<void>();
		rig.state.play = async (input, until) => {
			reached.resolve(input);
			await Promise.race([
				goOn.promise,
				new Promise((_, no) => until.addEventListener("abort", () => no(until.reason))),
			]);
			return ready();
		};
		const result = rig.buildNow(reason, signal);
		result.catch(() => {});
		const input = await reached.promise;
		rig.state.play = async () => ready();
		return { result, input, goOn: () => goOn.resolve() };
	}

	it("is followed by one that begins anew, and what it left is cleared", async () => {
		const { result, input, goOn } = await hang();
		expect(await rig.buildNow("first_use")).toMatchObject({ outcome: "ready" });
		expect((await rig.rows()).map(({ state, problem }) => [state, problem?.code ?? null])).toEqual([
			["failed", "interrupted"],
			["ready", null],
		]);
		// It was only frozen, and thaws.
		input.onLog("late");
		goOn();
		expect(await result).toEqual({ outcome: "lost" });
		expect((await rig.rows())[0]?.log).toBe("");
		expect([...rig.made.keys()]).toEqual([]);
		const builds = await core.database.db
			.selectFrom("repository_builds")
			.select(["failures", "told_problem"])
			.where("repository_id", "=", rig.repository.id)
			.executeTakeFirst();
		expect(builds).toEqual({ failures: 0, told_problem: null });
	});

	it("is followed by one that does the same for whoever asked", async () => {
		const wantedAtMs = rig.state.atMs;
		await hang(undefined, "asked");
		const again = { repositoryId: rig.repository.id, reason: "asked" as const, wantedAtMs };
		const signal = AbortSignal.timeout(60_000);
		expect(await rig.buildImage({ ...again, signal })).toMatchObject({ outcome: "ready" });
		expect(await rig.buildImage({ ...again, signal })).toEqual({ outcome: "nothing", why: "built_since" });
	});

	it("because Bobbin stops takes its sandbox along, and the job is done by the next", async () => {
		const stop = new AbortController();
		const { result } = await hang(stop.signal);
		stop.abort(new Error("this instance stops"));
		await expect(result).rejects.toThrow("this instance stops");
		expect([...rig.made.keys()]).toEqual([]);
		expect(await rig.buildNow("first_use")).toMatchObject({ outcome: "ready" });
	});

	it("leaves nothing behind where the repository is archived meanwhile", async () => {
		const { input } = await hang();
		expect(rig.made.has(input.sandboxName)).toBe(true);
		await core.database.db
			.updateTable("repositories")
			.set({ archived: true })
			.where("id", "=", rig.repository.id)
			.execute();
		expect(await rig.buildNow("schedule")).toEqual({ outcome: "nothing", why: "gone" });
		expect(rig.made.size).toBe(0);
		expect(await rig.rows()).toMatchObject([{ state: "failed" }]);
	});
});

describe("several instances", () => {
	it("look at a repository once in an interval", async () => {
		const looks = async () => {
			const { rows } = await core.database.pool.query<{ count: number }>(
				"select count(*)::int as count from pgboss.job where name = 'build-image' and singleton_key = $1 and data->>'reason' = 'schedule'",
				[rig.repository.id],
			);
			return rows[0]?.count;
		};
		await core.database.db
			.insertInto("repository_builds")
			.values({ repository_id: rig.repository.id, used_at: new Date(rig.state.atMs) })
			.execute();
		await Promise.all([rig.images.sweep(), rig.images.sweep(), rig.images.sweep()]);
		expect(await looks()).toBe(1);
		rig.state.atMs += EVERY_MS;
		await Promise.all([rig.images.sweep(), rig.images.sweep()]);
		expect(await looks()).toBe(2);
		rig.state.atMs += 20 * 86_400_000;
		await rig.images.sweep();
		expect(await looks()).toBe(2);
	});

	it("build a repository once, however often it is wanted", async () => {
		const other = createCore(core.database);
		await other.jobs.prepare();
		let [atOnce, most] = [0, 0];
		rig.state.play = async () => {
			most = Math.max(most, ++atOnce);
			await new Promise((resolve) => setTimeout(resolve, 100));
			atOnce--;
			return ready();
		};
		let done = 0;
		const all = Promise.withResolvers<void>();
		const counted: typeof rig.buildImage = async (input) => {
			// Left by another test.
			if (input.repositoryId !== rig.repository.id) return { outcome: "nothing", why: "off" };
			const result = await rig.buildImage(input);
			if (++done === 12) all.resolve();
			return result;
		};
		for (const one of [core, other])
			await one.jobs.work([createBuildImageTask({ ...rig.deps, buildImage: counted })]);
		await Promise.all(Array.from({ length: 12 }, () => rig.images.wanted(rig.repository.id, "push")));
		await all.promise;
		await other.jobs.stop();
		expect({ builds: rig.state.builds, most }).toEqual({ builds: 1, most: 1 });
	});
});

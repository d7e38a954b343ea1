import { randomBytes, randomUUID } from "node:crypto";
import type { BuildInput, BuildOutcome } from "../../sandbox/images/build-input.ts";
import { EMPTY_RECIPE } from "../../sandbox/images/recipe.ts";
import { createBuildImage } from "../../src/images/build-image.ts";
import { createImages } from "../../src/images/create-images.ts";
import type { BuildPlace } from "../../src/images/ports.ts";
import { createFakeSandboxes } from "./run-edges.ts";
import { aRepository, type Core } from "./sessions.ts";

export const EVERY_MS = 30 * 60_000;

/** Images over a real database, with an engine, a GitHub and a clock that the test plays. */
export async function createImageRig(core: Core) {
	const { made, snapshots, sandboxes: fake } = createFakeSandboxes();
	const repository = await aRepository(core.database);
	const state = {
		atMs: Date.now(),
		/** What the default branch is at; null: it has no commit. */
		head: "a".repeat(40) as string | null,
		/** Plays what comes after the clone. */
		play: async (_input: BuildInput, _signal: AbortSignal): Promise<BuildOutcome> => ready(),
		/** Where the clone finds the branch, if it moved on meanwhile. */
		cloned: null as string | null,
		/** What the default branch is called at GitHub. */
		branch: "main",
		refreshes: 0,
		builds: 0,
	};
	const sandboxes: BuildPlace = {
		...fake,
		exec: async (id, command) => ({
			...(await fake.exec(id, command)),
			stdout: command.command.includes("sync.sh") ? `head ${state.cloned ?? state.head}\n` : "",
		}),
	};
	const shared = {
		db: core.database.db,
		enqueue: core.jobs.enqueue,
		sandboxes,
		everyMs: EVERY_MS,
		log: core.log,
		now: () => state.atMs,
	};
	const deps = {
		...shared,
		engine: async (input: BuildInput, signal: AbortSignal) => {
			state.builds++;
			const sandbox = await fake.create({ name: input.sandboxName });
			const { directory } = await input.prepare(sandbox, signal);
			await input.warmAgent(sandbox, directory, signal);
			const outcome = await state.play(input, signal);
			if (outcome.outcome === "ready") await fake.snapshot(sandbox.id, input.snapshot);
			return outcome;
		},
		limits: { stepMs: 1_000, totalMs: 5_000, logBytes: 10_000 },
		prepareAgent: async () => {},
		readBranchHead: async ({ branch }: { branch: string }) => (branch === state.branch ? state.head : null),
		refreshRepositories: async () => {
			state.refreshes++;
			await shared.db
				.updateTable("repositories")
				.set({ default_branch: state.branch })
				.where("id", "=", repository.id)
				.execute();
		},
		newId: () => randomUUID(),
		newToken: () => randomBytes(8).toString("hex"),
	};
	const buildImage = createBuildImage(deps);
	return {
		repository,
		state,
		made,
		snapshots,
		snapshot: fake.snapshot,
		deps,
		buildImage,
		images: createImages({ ...shared, activeMs: 14 * 86_400_000 }),
		/** One look of the schedule, the interval later. */
		async nextInterval(reason: Parameters<typeof buildImage>[0]["reason"] = "schedule") {
			state.atMs += EVERY_MS;
			return buildNow(reason);
		},
		buildNow,
		async rows() {
			return core.database.db
				.selectFrom("images")
				.selectAll()
				.where("repository_id", "=", repository.id)
				.orderBy("started_at")
				.execute();
		},
		/** What channels are told, in order. */
		async told() {
			const { rows } = await core.database.pool.query<{
				data: { channelId: string; text: string; quote: string | null; deliveryId: string };
			}>("select data from pgboss.job where name = 'tell-channel' order by created_on");
			return rows.map(({ data }) => data).filter(({ text }) => text.includes(repository.name));
		},
	};

	function buildNow(
		reason: Parameters<typeof buildImage>[0]["reason"],
		signal = AbortSignal.timeout(60_000),
	) {
		state.atMs += 1_000;
		return buildImage({ repositoryId: repository.id, reason, wantedAtMs: state.atMs, signal });
	}
}

export function ready(fields: Partial<Extract<BuildOutcome, { outcome: "ready" }>> = {}): BuildOutcome {
	return {
		outcome: "ready",
		steps: [],
		log: "",
		recipe: { ...EMPTY_RECIPE, test: ["npm test"] },
		found: ["package.json has a test script"],
		ports: [],
		commitSha: "",
		sizeBytes: 1_000,
		...fields,
	};
}

export function failed(message: string, lastLines: string[] = []): BuildOutcome {
	return { outcome: "failed", step: "test", message, lastLines, steps: [], log: lastLines.join("\n") };
}

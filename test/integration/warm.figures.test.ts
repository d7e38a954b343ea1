import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readWarmFigures } from "../../src/warm/figures-store.ts";
import { createTestDatabase } from "../harness/database.ts";
import { aRepository } from "../harness/sessions.ts";

const START = Date.UTC(2026, 10, 22, 12);
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let repositoryId: string;

beforeAll(async () => {
	database = await createTestDatabase();
	repositoryId = (await aRepository(database)).id;
});
afterAll(() => database.drop());

const at = (seconds: number | undefined) => (seconds === undefined ? null : new Date(START + seconds * 1000));

async function aSandbox(seconds: { made: number; warm?: number; claimed?: number; gone?: number }) {
	const id = randomUUID();
	await database.db
		.insertInto("sandboxes")
		.values({
			id,
			session_id: null,
			repository_id: repositoryId,
			provider: "fake",
			name: id,
			state: "deleted",
			token_hash: id,
			created_at: new Date(START + seconds.made * 1000),
			warmed_at: at(seconds.warm),
			claimed_at: at(seconds.claimed),
			deleted_at: at(seconds.gone),
		})
		.execute();
}

async function aHint(source: "typing" | "mention", outcome: "made" | "present" | "refused", hit: boolean) {
	await database.db
		.insertInto("warm_hints")
		.values({
			id: randomUUID(),
			person_id: null,
			repository_id: repositoryId,
			source,
			outcome,
			at: new Date(START),
			hit_at: hit ? new Date(START + 1_000) : null,
		})
		.execute();
}

it("counts nothing where nothing was", async () => {
	expect(await readWarmFigures(database.db, new Date(START))).toEqual({
		hints: [],
		hits: [],
		sandboxes: { made: 0, claimed: 0 },
		wastedSeconds: 0,
		medianMakingSeconds: null,
	});
});

it("counts hints, hits, and the life of what nobody claimed", async () => {
	await aHint("typing", "made", true);
	await aHint("typing", "present", false);
	await aHint("typing", "refused", false);
	await aHint("mention", "refused", false);
	await aSandbox({ made: 0, warm: 2, claimed: 10, gone: 600 });
	await aSandbox({ made: 0, warm: 4, gone: 90 });
	await aSandbox({ made: 0, warm: 6 });
	// It never became warm; and this one was before.
	await aSandbox({ made: 0, gone: 50 });
	await aSandbox({ made: -10, warm: -5, gone: 1_000 });
	expect(await readWarmFigures(database.db, new Date(START))).toEqual({
		hints: [
			{ source: "mention", made: 0, present: 0, refused: 1, failed: 0 },
			{ source: "typing", made: 1, present: 1, refused: 1, failed: 0 },
		],
		hits: [
			{ source: "mention", hits: 0, share: null },
			{ source: "typing", hits: 1, share: 0.5 },
		],
		sandboxes: { made: 3, claimed: 1 },
		wastedSeconds: 90,
		medianMakingSeconds: 4,
	});
});

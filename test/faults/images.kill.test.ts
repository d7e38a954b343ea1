import { afterAll, beforeAll, expect, test } from "vitest";
import { type AppProcess, createAppProcess } from "../harness/app-process.ts";
import { createTestDatabase } from "../harness/database.ts";
import { type Points, watchPoints } from "../harness/points.ts";

const END_TIMEOUT_MS = 100_000;

const database = await createTestDatabase();
let app: AppProcess;
let points: Points;

beforeAll(async () => {
	app = await createAppProcess({ DATABASE_URL: database.url });
	points = await watchPoints(database);
	await app.start();
});
afterAll(async () => {
	await points?.stop();
	await app?.remove();
	await database.drop();
});

interface ImageRow {
	state: string;
	step: string | null;
	snapshot: string;
	code: string | null;
}

async function readImages(): Promise<ImageRow[]> {
	const { rows } = await database.pool.query<ImageRow>(
		"select state, step, snapshot, problem->>'code' as code from images order by started_at",
	);
	return rows;
}

async function until<T>(find: () => Promise<T | undefined | false>): Promise<T> {
	const deadline = Date.now() + END_TIMEOUT_MS;
	for (;;) {
		const found = await find();
		if (found) return found;
		if (Date.now() > deadline) throw new Error(`not in time: ${JSON.stringify(await readImages())}`);
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
}

test("a build goes on through kills, begun anew each time, and leaves one image and nothing else", {
	timeout: 200_000,
}, async () => {
	const { repositories } = (await (await fetch(`${app.origin}/api/repositories`)).json()) as {
		repositories: { repositoryId: string; repository: string }[];
	};
	const at = `${app.origin}/api/repositories/${repositories.find(({ repository }) => repository === "acme/docs-site")?.repositoryId}`;
	const body = JSON.stringify({ recipeText: "setup: echo ready\nbuild: []\ntest: []\nstart: null\n" });
	expect((await fetch(`${at}/recipe`, { method: "PUT", body })).status).toBe(200);

	const begun = points.next("images building", END_TIMEOUT_MS);
	await fetch(`${at}/images`, { method: "POST" });
	await begun;
	await app.kill();
	await app.start();
	// Its sandbox is there and works.
	await until(async () =>
		(await readImages()).some(({ state, step }) => state === "building" && step === "agent"),
	);
	await app.kill();
	await app.start();
	const images = await until(async () => {
		const rows = await readImages();
		return rows.some(({ state }) => state === "ready") && rows;
	});
	expect(images.map(({ state, code }) => [state, code])).toEqual([
		["failed", "interrupted"],
		["failed", "interrupted"],
		["ready", null],
	]);
	const left = await until(async () => {
		const { rows } = await database.pool.query(
			"select 1 from sandboxes where state = 'building' or deleted_at is null",
		);
		return rows.length === 0 && (await fetch(`${at}/recipe`)).json();
	});
	expect(left).toMatchObject({
		failures: 0,
		imageInUse: { state: "ready" },
		newestImage: { state: "ready" },
	});
	const { rows: told } = await database.pool.query("select 1 from pgboss.job where name = 'tell-channel'");
	expect(told).toEqual([]);
});

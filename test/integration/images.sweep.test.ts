import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findImageSnapshot, findNewestImage } from "../../src/images/image-store.ts";
import { createImageRig, EVERY_MS, failed, ready } from "../harness/images.ts";
import { aPerson, aPrompt, aThread } from "../harness/sessions.ts";
import { type StartedCore, startCore } from "../harness/start-core.ts";

const DAY_MS = 86_400_000;
let core: StartedCore;
let rig: Awaited<ReturnType<typeof createImageRig>>;

beforeAll(async () => {
	core = await startCore();
});
afterAll(() => core.stop());
beforeEach(async () => {
	rig = await createImageRig(core);
});

/** Builds an image of the next commit. */
async function buildNext(): Promise<{ id: string; snapshot: string }> {
	rig.state.head = randomUUID().replaceAll("-", "").padEnd(40, "0");
	await rig.nextInterval();
	const image = await findNewestImage(core.database.db, {
		repositoryId: rig.repository.id,
		provider: "fake",
	});
	if (!image) throw new Error("no image");
	return image;
}

async function addSandbox(imageId: string, sessionId: string | null): Promise<string> {
	const id = randomUUID();
	await core.database.db
		.insertInto("sandboxes")
		.values({
			id,
			session_id: sessionId,
			repository_id: rig.repository.id,
			provider: "fake",
			name: `s-${id}`,
			state: "ready",
			token_hash: id,
			image_id: imageId,
		})
		.execute();
	return id;
}

const remove = (sandboxId: string) =>
	core.database.db
		.updateTable("sandboxes")
		.set({ state: "deleted", deleted_at: new Date() })
		.where("id", "=", sandboxId)
		.execute();

async function addSession(): Promise<string> {
	const id = randomUUID();
	await core.database.db
		.insertInto("sessions")
		.values({ id, status: "ready", title: "t", repository_id: rig.repository.id, updated_at: new Date() })
		.execute();
	return id;
}

const states = async () => (await rig.rows()).map(({ state }) => state);

describe("an image with a successor", () => {
	it("is removed when nothing uses it, after a while; the newest stays", async () => {
		const first = await buildNext();
		const second = await buildNext();
		await rig.images.sweep();
		expect(await states()).toEqual(["ready", "ready"]);
		rig.state.atMs += 11 * 60_000;
		await rig.images.sweep();
		expect(await states()).toEqual(["deleted", "ready"]);
		expect([...rig.snapshots.keys()]).toEqual([second.snapshot]);
		expect(await findImageSnapshot(core.database.db, first.id)).toBeUndefined();
		expect(await findImageSnapshot(core.database.db, second.id)).toEqual({ snapshot: second.snapshot });
	});

	it("stays while a sandbox or a session's snapshot builds on it", async () => {
		const first = await buildNext();
		const sessionId = await addSession();
		const sandboxId = await addSandbox(first.id, sessionId);
		await buildNext();
		rig.state.atMs += DAY_MS;
		await rig.images.sweep();
		expect(await states()).toEqual(["ready", "ready"]);
		const snapshot = { id: randomUUID(), session_id: sessionId, sandbox_id: sandboxId, prompt_id: null };
		await core.database.db
			.insertInto("session_snapshots")
			.values({
				...snapshot,
				provider: "fake",
				name: `n-${snapshot.id}`,
				state: "ready",
				seq: 1,
				reason: "turn",
			})
			.execute();
		await remove(sandboxId);
		await rig.images.sweep();
		expect(await states()).toEqual(["ready", "ready"]);
		await core.database.db
			.updateTable("session_snapshots")
			.set({ state: "deleted" })
			.where("id", "=", snapshot.id)
			.execute();
		await rig.images.sweep();
		expect(await states()).toEqual(["deleted", "ready"]);
	});

	it("is removed by a later sweep where the provider does not answer", async () => {
		const first = await buildNext();
		await buildNext();
		rig.state.atMs += DAY_MS;
		const { deleteSnapshot } = rig.deps.sandboxes;
		rig.deps.sandboxes.deleteSnapshot = async () => {
			throw new Error("not now");
		};
		await rig.images.sweep();
		expect(rig.snapshots.has(first.snapshot)).toBe(true);
		rig.deps.sandboxes.deleteSnapshot = deleteSnapshot;
		await rig.images.sweep();
		expect(rig.snapshots.has(first.snapshot)).toBe(false);
	});
});

describe("what is left over", () => {
	it("of a build that failed after its snapshot goes", async () => {
		const kept = await buildNext();
		rig.state.play = async (input) => {
			await rig.snapshot(input.sandboxName, input.snapshot);
			return failed("The snapshot does not start.");
		};
		rig.state.head = "f".repeat(40);
		await rig.nextInterval();
		expect(rig.snapshots.size).toBe(2);
		await rig.images.sweep();
		expect([...rig.snapshots.keys()]).toEqual([kept.snapshot]);
	});

	it("of a repository that was taken away goes after a day, also its last image", async () => {
		await buildNext();
		await core.database.db
			.updateTable("repositories")
			.set({ removed_at: new Date(rig.state.atMs) })
			.where("id", "=", rig.repository.id)
			.execute();
		await rig.images.sweep();
		expect(await states()).toEqual(["ready"]);
		rig.state.atMs += DAY_MS;
		await rig.images.sweep();
		expect(await states()).toEqual(["deleted"]);
		expect(rig.snapshots.size).toBe(0);
	});

	it("in logs of what is not in use goes after two weeks", async () => {
		rig.state.play = async (input) => {
			input.onLog("said");
			return rig.state.builds === 1 ? ready() : failed("no");
		};
		await buildNext();
		rig.state.head = "f".repeat(40);
		await rig.nextInterval();
		rig.state.atMs += 15 * DAY_MS;
		await rig.images.sweep();
		expect((await rig.rows()).map(({ log }) => log)).toEqual(["said", ""]);
	});
});

describe("what has an image built", () => {
	const wanted = async () => {
		const { rows } = await core.database.pool.query<{ reason: string }>(
			"select data->>'reason' as reason from pgboss.job where name = 'build-image' and singleton_key = $1 order by created_on",
			[rig.repository.id],
		);
		return rows.map(({ reason }) => reason);
	};
	async function beginSession(): Promise<void> {
		const { sessionId } = await core.sessions.acceptThreadPrompt({
			thread: aThread(),
			prompt: aPrompt(await aPerson(core)),
		});
		const routing = { how: "picked" as const, reason: "picked", confidence: null };
		await core.sessions.chooseRepository({
			sessionId,
			personId: null,
			repositoryId: rig.repository.id,
			routing,
		});
	}

	it("is the first session on a repository, and then the schedule", async () => {
		await beginSession();
		await beginSession();
		expect(await wanted()).toEqual(["first_use"]);
		await rig.images.sweep();
		expect(await wanted()).toEqual(["first_use"]);
		rig.state.atMs += EVERY_MS + 60_000;
		await rig.images.sweep();
		expect(await wanted()).toEqual(["first_use", "schedule"]);
	});

	it("is a push to the default branch where people want that, whatever the branch is called by now", async () => {
		const push = (ref: string, name = rig.repository.name) => rig.images.onPush({ owner: "ACME", name, ref });
		await push("refs/heads/main");
		expect(await wanted()).toEqual([]);
		await rig.images.change(rig.repository.id, { buildsOnPush: true });
		await push("refs/heads/bobbin/1a2b3c4d-fix");
		await push("refs/tags/main");
		await push("refs/heads/main", "another");
		expect(await wanted()).toEqual([]);
		await push("refs/heads/main");
		await core.database.db
			.updateTable("repositories")
			.set({ default_branch: "trunk", name: `${rig.repository.name}-renamed` })
			.where("id", "=", rig.repository.id)
			.execute();
		await push("refs/heads/trunk", `${rig.repository.name}-renamed`);
		await push("refs/heads/main", `${rig.repository.name}-renamed`);
		expect(await wanted()).toEqual(["push", "push"]);
	});
});

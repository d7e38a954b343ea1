import { randomUUID } from "node:crypto";
import { Hono } from "hono";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { guessByRules } from "../../classifier/classify.ts";
import { createWarmRoutes } from "../../src/http/routes/warm.ts";
import { findRepositoryByName } from "../../src/sessions/routing/repository-store.ts";
import { createGatewayAccess } from "../../src/sessions/sandbox/gateway-access.ts";
import { claimWarmSandbox } from "../../src/sessions/sandbox/warm-claim-store.ts";
import { createWarm, type Warm } from "../../src/warm/warm.ts";
import { createFakeSandboxes } from "../harness/run-edges.ts";
import { aPerson, aPrompt, aRepository, aThread } from "../harness/sessions.ts";
import { type StartedCore, startCore } from "../harness/start-core.ts";
import { type TableWatch, watchTable } from "../harness/table-watch.ts";

let core: StartedCore;
let hints: TableWatch;
let warm: Warm;
let app: Hono;
let mia: string;

beforeAll(async () => {
	core = await startCore();
	hints = await watchTable(core.database, "warm_hints");
});

afterAll(async () => {
	await hints.stop();
	await core.stop();
});

beforeEach(async () => {
	mia = await aPerson(core);
	warm = start(50);
});

/** Nobody keeps the pool: what a hint answers does not wait for that. */
function start(sandboxes: number): Warm {
	const { sandboxes: place } = createFakeSandboxes();
	const created = createWarm({
		database: core.database,
		access: core.access,
		sandboxes: { ...place, name: `fake-${randomUUID()}` },
		connectAgent: async () => ({ warmUp: async () => {}, close: async () => {} }),
		guessRepository: guessByRules,
		limits: {
			...{ sandboxes, memoryMiB: null, usdPerHour: null, makingAtOnce: 1 },
			each: { memoryMiB: 0, usdPerHour: 0 },
		},
		instanceId: core.instanceId,
		log: core.log,
		now: Date.now,
		newId: randomUUID,
		newToken: randomUUID,
	});
	app = new Hono().route(
		"/",
		createWarmRoutes({
			warm: created,
			findRepositoryId: async (name) => (await findRepositoryByName(core.database.db, name))?.id ?? null,
			historyMs: 90 * 86_400_000,
			now: Date.now,
		}),
	);
	return created;
}

const post = (body: unknown) =>
	app.request("/api/warm", {
		method: "POST",
		body: typeof body === "string" ? body : JSON.stringify(body),
	});

const hint = (repositoryId: string, personId: string | null = mia) =>
	warm.hint({ repositoryId, personId, source: "typing" });

it("takes ten hints a minute from one person, however many come at once", async () => {
	const { id } = await aRepository(core.database);
	const answers = await Promise.all(Array.from({ length: 25 }, () => hint(id)));
	expect(answers.filter(({ outcome }) => outcome !== "refused")).toHaveLength(10);
	expect(answers.filter((answer) => "reason" in answer && answer.reason === "too_many_hints")).toHaveLength(
		15,
	);
	const rows = await core.database.db
		.selectFrom("warm_hints")
		.select("id")
		.where("person_id", "=", mia)
		.execute();
	expect(rows).toHaveLength(11);
	expect(await hint(id, await aPerson(core, "Noah"))).toEqual({ outcome: "made" });
});

it("makes at most three for one person that nobody has used", async () => {
	const repositories = await Promise.all(Array.from({ length: 4 }, () => aRepository(core.database)));
	const answers: unknown[] = [];
	for (const { id } of repositories) answers.push(await hint(id));
	expect(answers).toEqual([
		...Array.from({ length: 3 }, () => ({ outcome: "made" })),
		{ outcome: "refused", reason: "too_many_unused" },
	]);
});

it("refuses where others need the room more", async () => {
	warm = start(1);
	const [wanted, other] = [await aRepository(core.database), await aRepository(core.database)];
	for (const name of ["Ada", "Ben", "Cleo"]) await hint(wanted.id, await aPerson(core, name));
	expect(await hint(other.id)).toEqual({ outcome: "refused", reason: "pool_full" });
});

it("answers over HTTP by id and by name", async () => {
	const { id, owner, name } = await aRepository(core.database);
	const byId = await post({ repositoryId: id, source: "typing" });
	expect([byId.status, await byId.json()]).toEqual([202, { outcome: "made" }]);
	const byName = await post({ repository: `${owner.toUpperCase()}/${name}` });
	expect([byName.status, await byName.json()]).toEqual([202, { outcome: "made" }]);
	const figures = (await (await app.request("/api/warm/figures?days=1")).json()) as { hints: unknown[] };
	expect(figures.hints).toContainEqual(expect.objectContaining({ source: "typing" }));
});

it.each([
	["no JSON", "{", 400, "bad_request"],
	["nothing", {}, 400, "bad_request"],
	["both names", { repository: "a/b", repositoryId: randomUUID() }, 400, "bad_request"],
	["an unknown field", { repository: "a/b", person: "mia" }, 400, "bad_request"],
	["a source that is not theirs", { repository: "a/b", source: "mention" }, 400, "bad_request"],
	["half a name", { repository: "web-shop" }, 400, "bad_request"],
	["an unknown name", { repository: "acme/none" }, 404, "repository_not_found"],
	["an unknown id", { repositoryId: randomUUID() }, 404, "repository_not_found"],
])("refuses %s in words", async (_what, body, status, code) => {
	const answer = await post(body);
	expect(answer.status).toBe(status);
	expect(await answer.json()).toMatchObject({ error: { code, message: expect.stringMatching(/\w/) } });
});

it("says over HTTP when there are too many", async () => {
	const { id } = await aRepository(core.database);
	let answer = await post({ repositoryId: id });
	for (let sent = 1; sent <= 10; sent++) answer = await post({ repositoryId: id });
	expect(answer.status).toBe(429);
	expect(answer.headers.get("retry-after")).toBe("60");
	expect(await answer.json()).toMatchObject({ error: { code: "too_many_hints", retryable: true } });
});

it.each(["days=0", "days=x", "days=1000"])("refuses figures of %s", async (query) => {
	expect((await app.request(`/api/warm/figures?${query}`)).status).toBe(400);
});

it("warms what a mention names, else what its channel worked on last, else nothing", async () => {
	const [named, last] = [await aRepository(core.database), await aRepository(core.database)];
	const channelId = randomUUID();
	const thread = { ...aThread(), channelId };
	const { sessionId } = await core.sessions.acceptThreadPrompt({ thread, prompt: aPrompt(mia) });
	const routing = { how: "picked" as const, reason: "", confidence: null };
	await core.sessions.chooseRepository({ sessionId, personId: null, repositoryId: last.id, routing });
	const mention = async (text: string, channel: string) => {
		const personId = await aPerson(core);
		warm.mentioned({ personId, text, teamId: thread.teamId, channelId: channel });
		return hints.until(`the hint of "${text}"`, async () => {
			const row = await core.database.db
				.selectFrom("warm_hints")
				.select(["repository_id", "source"])
				.where("person_id", "=", personId)
				.executeTakeFirst();
			return row;
		});
	};
	expect(await mention(`fix it in acme/${named.name}`, channelId)).toEqual({
		repository_id: named.id,
		source: "mention",
	});
	expect(await mention("fix the cart", channelId)).toMatchObject({ repository_id: last.id });

	const stranger = await aPerson(core);
	warm.mentioned({ personId: stranger, text: "fix the cart", teamId: "T1", channelId: randomUUID() });
	warm.mentioned({ personId: stranger, text: "fix it in acme/nowhere", teamId: "T1", channelId });
	warm.visited({ personId: stranger });
	await warm.stop();
	const none = core.database.db.selectFrom("warm_hints").select("id").where("person_id", "=", stranger);
	expect(await none.execute()).toEqual([]);
});

it("lets a sandbox that waits fetch its repository, and do more only for a session", async () => {
	const { id: repositoryId } = await aRepository(core.database);
	const access = createGatewayAccess({ db: core.database.db, access: core.access });
	const token_hash = randomUUID();
	await core.database.db
		.insertInto("sandboxes")
		.values({
			id: randomUUID(),
			session_id: null,
			repository_id: repositoryId,
			provider: "fake",
			name: token_hash,
			state: "warm",
			token_hash,
		})
		.execute();
	expect(await access.findSandbox(token_hash)).toMatchObject({ isReadOnly: true });
	const { sessionId } = await core.sessions.acceptThreadPrompt({ thread: aThread(), prompt: aPrompt(mia) });
	await claimWarmSandbox(core.database.db, { sessionId, repositoryId, provider: "fake" });
	expect(await access.findSandbox(token_hash)).toMatchObject({ isReadOnly: false, sessionId });
});

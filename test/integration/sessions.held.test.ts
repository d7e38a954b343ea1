import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Tx } from "../../src/db/client.ts";
import type { Enqueue } from "../../src/jobs/queue.ts";
import { createAskToLinkTask } from "../../src/jobs/tasks/ask-to-link.ts";
import { giveAccount } from "../../src/people/identity-store.ts";
import { createSetWorkspaceRule } from "../../src/people/set-workspace-rule.ts";
import { saveGrant, voidGrant } from "../../src/people/token-store.ts";
import { saveWorkspaceRules } from "../../src/people/workspace-store.ts";
import { createSeal } from "../../src/secrets/seal.ts";
import { createSessions } from "../../src/sessions/create-sessions.ts";
import { claimPrompt } from "../../src/sessions/queue/claim-prompt.ts";
import { createReleaseHeld } from "../../src/sessions/queue/release-held.ts";
import { readRoutingInput } from "../../src/sessions/routing/routing-input.ts";
import type { Sessions } from "../../src/sessions/sessions.ts";
import { createTestDatabase } from "../harness/database.ts";
import { openAccess } from "../harness/open-access.ts";
import { aPerson, aPrompt, aRepository, aThread, type Core, createCore } from "../harness/sessions.ts";

const seal = createSeal(() => [{ id: "k1", bytes: new Uint8Array(32) }]);
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let core: Core;
let sessions: Sessions;
let queued: { name: string; sessionId: string; personId?: string }[] = [];
/** Jobs are noted, not run. */
const enqueue: Enqueue = async (_tx, kind, payload) => {
	queued.push({ name: kind.name, ...(payload as { sessionId: string; personId?: string }) });
};
const release = (personId: string) =>
	database.db.transaction().execute((tx) => createReleaseHeld({ enqueue, now: Date.now })(tx, personId));
let githubId = 1;

beforeAll(async () => {
	database = await createTestDatabase();
	core = createCore(database);
	sessions = createSessions({
		db: database.db,
		eventLog: core.eventLog,
		enqueue,
		access: openAccess,
		mask: core.mask,
		canLink: true,
		now: Date.now,
		newId: randomUUID,
	});
});
afterAll(() => database.drop());
beforeEach(() => {
	queued = [];
});

async function link(personId: string, tx: Tx = database.db): Promise<void> {
	const at = new Date();
	await giveAccount(tx, { personId, githubId: githubId++, login: `login${githubId}`, email: null, at });
	const grant = { accessToken: "t", accessExpiresAtMs: null, refreshToken: null, refreshExpiresAtMs: null };
	await saveGrant(tx, seal, { personId, grant, at });
}
async function linked(name: string): Promise<string> {
	const personId = await aPerson(core, name);
	await link(personId);
	return personId;
}
const claim = (sessionId: string) =>
	claimPrompt(
		{ db: database.db, enqueue, instanceId: randomUUID(), now: Date.now, newId: randomUUID, canLink: true },
		sessionId,
	);
async function settle(sessionId: string): Promise<void> {
	const repository = await aRepository(database);
	await sessions.chooseRepository({
		sessionId,
		personId: null,
		repositoryId: repository.id,
		routing: { how: "picked", reason: "", confidence: null },
	});
}
const names = () => queued.map(({ name }) => name);
const types = async (sessionId: string) =>
	(await core.sessions.readEvents({ sessionId, afterSeq: 0 })).map(({ type }) => type);

describe("a prompt of somebody without an account", () => {
	it("is kept with its session, and only its author is asked", async () => {
		const author = await aPerson(core, "Mia");
		const { sessionId, outcome } = await sessions.acceptThreadPrompt({
			thread: aThread(),
			prompt: aPrompt(author),
		});
		expect(outcome).toBe("started");
		expect(await types(sessionId)).toEqual(["session.created", "prompt.queued", "prompt.held"]);
		expect(queued).toEqual([
			expect.objectContaining({ name: "ask-to-link", sessionId, personId: author }),
			expect.objectContaining({ name: "show-thread", sessionId }),
		]);
		expect(await readRoutingInput(database.db, sessionId)).toBeNull();
	});

	it("is passed over by what others want, whose words alone say which repository is meant", async () => {
		const thread = aThread();
		const held = await sessions.acceptThreadPrompt({
			thread,
			prompt: aPrompt(await aPerson(core, "Mia"), { text: "secret plans" }),
		});
		const noah = await linked("Noah");
		const other = await sessions.acceptThreadPrompt({
			thread,
			prompt: aPrompt(noah, { text: "fix the docs" }),
		});
		const input = await readRoutingInput(database.db, held.sessionId);
		expect(input?.text).toBe("fix the docs");
		await settle(held.sessionId);
		expect((await claim(held.sessionId))?.promptId).toBe(other.promptId);
		const { prompts } = await sessions.view(held.sessionId);
		expect(prompts.map(({ held, status }) => [held, status])).toEqual([
			["link", "queued"],
			[null, "running"],
		]);
	});

	it("is cancelled with the rest by a stop", async () => {
		const author = await aPerson(core, "Mia");
		const { sessionId } = await sessions.acceptThreadPrompt({ thread: aThread(), prompt: aPrompt(author) });
		expect(await sessions.stop({ sessionId, personId: author })).toMatchObject({ cancelledPrompts: 1 });
		await link(author);
		expect(await release(author)).toEqual({ sessionIds: [] });
	});

	it("that was taken for talk begins when it is wanted after all and its author has an account by then", async () => {
		const author = await aPerson(core, "Mia");
		const prompt = aPrompt(author);
		const { sessionId, promptId } = await sessions.acceptThreadPrompt({ thread: aThread(), prompt });
		await settle(sessionId);
		const { idempotencyKey } = prompt;
		await sessions.withdrawPrompt({ idempotencyKey, personId: author, why: "talk" });
		await link(author);
		await release(author);
		await sessions.retryPrompt({ promptId, personId: author });
		expect((await claim(sessionId))?.promptId).toBe(promptId);
	});

	it("that was written at GitHub, or by Bobbin itself, waits for nothing", async () => {
		const author = await aPerson(core, "Mia");
		const origin = { kind: "bobbin" as const, why: "a check failed" };
		const { sessionId } = await sessions.acceptThreadPrompt({
			thread: aThread(),
			prompt: aPrompt(author, { origin }),
		});
		expect((await sessions.view(sessionId)).prompts[0]?.held).toBeNull();
	});
});

describe("where an admin says that nobody needs an account", () => {
	/** By an admin of T1. */
	async function choose(unlinked: "app" | "hold"): Promise<void> {
		const admin = await aPerson(core, "Ada");
		await database.db.updateTable("people").set({ role: "admin" }).where("id", "=", admin).execute();
		const setRule = createSetWorkspaceRule({
			db: database.db,
			release: createReleaseHeld({ enqueue, now: Date.now }),
			now: Date.now,
		});
		await setRule({ personId: admin, teamId: "T1", change: { unlinked } });
	}
	const heldOf = async (sessionId: string) =>
		(await sessions.view(sessionId)).prompts.map(({ held }) => held);
	afterEach(() => choose("hold"));

	it("what waited for one goes on, there and nowhere else", async () => {
		const here = await sessions.acceptThreadPrompt({
			thread: aThread(),
			prompt: aPrompt(await aPerson(core, "Mia")),
		});
		const { personId } = await core.sessions.rememberPerson({
			...{ provider: "slack", tenant: "T2", externalId: randomUUID(), kind: "member" },
			...{ name: "Yuki", email: null },
		});
		const elsewhere = await sessions.acceptThreadPrompt({
			thread: { ...aThread(), teamId: "T2" },
			prompt: aPrompt(personId, {
				origin: { kind: "slack", teamId: "T2", channelId: "C1", messageTs: "1.0" },
			}),
		});
		queued = [];
		await choose("app");
		expect(await heldOf(here.sessionId)).toEqual([null]);
		expect(await types(here.sessionId)).toContain("prompt.released");
		expect(queued.filter(({ sessionId }) => sessionId === here.sessionId).map(({ name }) => name)).toEqual([
			"route-session",
			"show-thread",
		]);
		expect(await heldOf(elsewhere.sessionId)).toEqual(["link"]);
	});

	it("what was being held in that moment is let go by the job that would have asked", async () => {
		const personId = await aPerson(core, "Mia");
		const { sessionId } = await sessions.acceptThreadPrompt({ thread: aThread(), prompt: aPrompt(personId) });
		await saveWorkspaceRules(database.db, "T1", { unlinked: "app" }, new Date());
		const asked: string[] = [];
		const task = createAskToLinkTask({
			...{ db: database.db, enqueue, release: createReleaseHeld({ enqueue, now: Date.now }) },
			askToLink: async (input) => {
				asked.push(input.personId);
				return { outcome: "shown" };
			},
		});
		await task.run({ version: 1, sessionId, personId }, { signal: new AbortController().signal });
		expect(asked).toEqual([]);
		expect(await heldOf(sessionId)).toEqual([null]);
	});
});

describe("a turn", () => {
	it("does not begin for somebody whose connection ended while they waited; the next one does", async () => {
		const [mia, noah] = [await linked("Mia"), await linked("Noah")];
		const thread = aThread();
		const first = await sessions.acceptThreadPrompt({ thread, prompt: aPrompt(mia) });
		const second = await sessions.acceptThreadPrompt({ thread, prompt: aPrompt(noah) });
		await settle(first.sessionId);
		await voidGrant(database.db, { personId: mia, at: new Date() });
		queued = [];

		const claimed = await claim(first.sessionId);

		expect(claimed?.promptId).toBe(second.promptId);
		expect(await types(first.sessionId)).toContain("prompt.held");
		expect(queued).toContainEqual(expect.objectContaining({ name: "ask-to-link", personId: mia }));
	});

	it("begins for nobody while all wait, and the wait is kept", async () => {
		const mia = await linked("Mia");
		const { sessionId } = await sessions.acceptThreadPrompt({ thread: aThread(), prompt: aPrompt(mia) });
		await settle(sessionId);
		await voidGrant(database.db, { personId: mia, at: new Date() });
		expect(await claim(sessionId)).toBeNull();
		expect((await sessions.view(sessionId)).prompts[0]?.held).toBe("link");
	});
});

describe("connecting", () => {
	it.each([
		["while the repository is not known", async (_sessionId: string) => {}, "route-session"],
		["where it is settled", settle, "run-prompt"],
		[
			"where its pull request was merged meanwhile",
			async (sessionId: string) => {
				await settle(sessionId);
				await database.db
					.updateTable("sessions")
					.set({ status: "ended" })
					.where("id", "=", sessionId)
					.execute();
			},
			"run-prompt",
		],
	])("lets it go on %s", async (_when, prepare, job) => {
		const mia = await aPerson(core, "Mia");
		const { sessionId } = await sessions.acceptThreadPrompt({ thread: aThread(), prompt: aPrompt(mia) });
		await prepare(sessionId);
		queued = [];
		await link(mia);

		expect(await release(mia)).toEqual({ sessionIds: [sessionId] });

		expect(names()).toEqual([job, "show-thread"]);
		expect(await types(sessionId)).toContain("prompt.released");
		expect(await release(mia)).toEqual({ sessionIds: [] });
	});

	it("in the moment in which a prompt is held leaves none behind: the job that asks lets it go on", async () => {
		const mia = await aPerson(core, "Mia");
		const { sessionId } = await sessions.acceptThreadPrompt({ thread: aThread(), prompt: aPrompt(mia) });
		await link(mia);
		const asked: unknown[] = [];
		const task = createAskToLinkTask({
			db: database.db,
			enqueue,
			release: (_tx, personId) => release(personId),
			askToLink: async (input) => {
				asked.push(input);
				return { outcome: "shown" };
			},
		});

		await task.run({ version: 1, sessionId, personId: mia }, {
			signal: new AbortController().signal,
		} as never);

		expect(asked).toEqual([]);
		expect((await sessions.view(sessionId)).prompts[0]?.held).toBeNull();
	});
});

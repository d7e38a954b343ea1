import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAcceptThreadPrompt } from "../../src/sessions/queue/accept-thread-prompt.ts";
import { aPerson, aPrompt, aRepository, aThread } from "../harness/sessions.ts";
import { type StartedCore, startCore } from "../harness/start-core.ts";

let core: StartedCore;
let authorId: string;
const routing = { how: "picked" as const, reason: "picked", confidence: null };

beforeAll(async () => {
	core = await startCore();
	await core.listener.start();
	authorId = await aPerson(core);
});

afterAll(() => core.stop());

/** Queued jobs of a session by queue, as another instance would find them. */
async function queuedJobs(sessionId: string): Promise<Record<string, number>> {
	const { rows } = await core.database.pool.query<{ name: string; count: number }>(
		"select name, count(*)::int as count from pgboss.job where singleton_key = $1 group by 1",
		[sessionId],
	);
	return Object.fromEntries(rows.map((row) => [row.name, row.count]));
}

async function seqs(sessionId: string): Promise<number[]> {
	return (await core.sessions.readEvents({ sessionId, afterSeq: 0 })).map((event) => event.seq);
}

describe("accepting a prompt", () => {
	it("makes one session of twenty racing mentions in one thread", async () => {
		const thread = aThread();
		const results = await Promise.all(
			Array.from({ length: 20 }, () =>
				core.sessions.acceptThreadPrompt({ thread, prompt: aPrompt(authorId) }),
			),
		);
		expect(new Set(results.map((result) => result.sessionId)).size).toBe(1);
		expect(results.filter((result) => result.outcome === "started")).toHaveLength(1);
		const view = await core.sessions.view(results[0]?.sessionId ?? "");
		expect(view.prompts.map((prompt) => prompt.number)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
		expect(view.prompts.map((prompt) => prompt.position)).toEqual(
			Array.from({ length: 20 }, (_, i) => i + 1),
		);
		expect(await seqs(view.id)).toEqual(Array.from({ length: 21 }, (_, i) => i + 1));
		expect(await queuedJobs(view.id)).toEqual({ "route-session": 1, "show-thread": 20 });
	});

	it("takes the same message once however often it comes", async () => {
		const thread = aThread();
		const prompt = aPrompt(authorId);
		const results = await Promise.all(
			Array.from({ length: 10 }, () => core.sessions.acceptThreadPrompt({ thread, prompt })),
		);
		expect(new Set(results.map((result) => result.promptId)).size).toBe(1);
		expect(results.filter((result) => result.outcome === "duplicate")).toHaveLength(9);
	});

	it("gives no session an id that begins like another's, since branches are named after that", async () => {
		const ids = ["1a2b3c4d-0000-4000-8000-000000000001", "1a2b3c4d-ffff-4000-8000-000000000002"];
		const take = (sequence: string[]) =>
			createAcceptThreadPrompt({
				...core,
				db: core.database.db,
				enqueue: core.jobs.enqueue,
				newId: () => `${sequence.shift()}`,
			})({
				thread: aThread(),
				prompt: aPrompt(authorId),
			});
		const [first = "", second = ""] = ids;
		const other = core.newId();
		expect((await take([core.newId(), first])).sessionId).toBe(first);
		expect((await take([core.newId(), second, other])).sessionId).toBe(other);
	});

	it("keeps text that PostgreSQL cannot hold as it is", async () => {
		const { sessionId } = await core.sessions.acceptThreadPrompt({
			thread: aThread(),
			prompt: aPrompt(authorId, { text: "nul \u0000 half \ud800 end", context: { channelName: "a\u0000b" } }),
		});
		const view = await core.sessions.view(sessionId);
		expect(view.prompts[0]?.text).toBe("nul \uFFFD half \uFFFD end");
	});

	it("remembers a person once in a race and brings the name up to date", async () => {
		const input = {
			provider: "slack" as const,
			tenant: "T1",
			externalId: "U-race",
			name: "Noah",
			email: null,
			kind: "member" as const,
		};
		const made = await Promise.all(Array.from({ length: 8 }, () => core.sessions.rememberPerson(input)));
		expect(new Set(made.map((person) => person.personId)).size).toBe(1);
		await core.sessions.rememberPerson({ ...input, name: "Noah B." });
		const row = await core.database.db
			.selectFrom("people")
			.select("name")
			.where("id", "=", made[0]?.personId ?? "")
			.executeTakeFirst();
		expect(row?.name).toBe("Noah B.");
	});
});

describe("choosing the repository", () => {
	it("counts the first choice only and queues one run for each waiting prompt", async () => {
		const thread = aThread();
		const { sessionId } = await core.sessions.acceptThreadPrompt({ thread, prompt: aPrompt(authorId) });
		await core.sessions.acceptThreadPrompt({ thread, prompt: aPrompt(authorId) });
		const shop = await aRepository(core.database);
		const docs = await aRepository(core.database);
		const outcomes = await Promise.all(
			[shop, docs, shop, docs].map(({ id }) =>
				core.sessions.chooseRepository({ sessionId, personId: null, repositoryId: id, routing }),
			),
		);
		expect(outcomes.filter((outcome) => outcome.outcome === "chosen")).toHaveLength(1);
		expect(await queuedJobs(sessionId)).toMatchObject({ "run-prompt": 2 });
		const view = await core.sessions.view(sessionId);
		expect(view.status).toBe("ready");
		expect([`acme/${shop.name}`, `acme/${docs.name}`]).toContain(view.repository?.fullName);
		const events = await core.sessions.readEvents({ sessionId, afterSeq: 0 });
		expect(events.filter((event) => event.type === "session.routed")).toHaveLength(1);
	});

	it("refuses a repository that is gone and leaves the question open", async () => {
		const { sessionId } = await core.sessions.acceptThreadPrompt({
			thread: aThread(),
			prompt: aPrompt(authorId),
		});
		const shop = await aRepository(core.database);
		await core.database.db
			.updateTable("repositories")
			.set({ removed_at: new Date() })
			.where("id", "=", shop.id)
			.execute();
		const candidates = [{ repositoryId: shop.id, repository: `acme/${shop.name}` }];
		expect(await core.sessions.askRepository({ sessionId, reason: "two fit", candidates })).toEqual({
			outcome: "asked",
		});
		expect(
			await core.sessions.chooseRepository({ sessionId, personId: null, repositoryId: shop.id, routing }),
		).toEqual({
			outcome: "repository_gone",
		});
		const view = await core.sessions.view(sessionId);
		expect(view.status).toBe("asking");
		expect(view.candidates).toEqual(candidates);
		await core.sessions.chooseRepository({ sessionId, personId: null, repositoryId: null, routing });
		expect((await core.sessions.view(sessionId)).candidates).toEqual([]);
		expect(await core.sessions.askRepository({ sessionId, reason: "late", candidates })).toEqual({
			outcome: "already_chosen",
		});
	});
});

describe("the queue", () => {
	it("cancels one prompt, and all that wait when stopped", async () => {
		const thread = aThread();
		const first = await core.sessions.acceptThreadPrompt({ thread, prompt: aPrompt(authorId) });
		const second = await core.sessions.acceptThreadPrompt({ thread, prompt: aPrompt(authorId) });
		await core.sessions.acceptThreadPrompt({ thread, prompt: aPrompt(authorId) });
		const cancel = { promptId: second.promptId, personId: authorId };
		expect(await core.sessions.cancelPrompt(cancel)).toEqual({ outcome: "cancelled" });
		expect(await core.sessions.cancelPrompt(cancel)).toEqual({ outcome: "too_late" });
		const { sessionId } = first;
		expect((await core.sessions.view(sessionId)).prompts.map((prompt) => prompt.position)).toEqual([1, 0, 2]);
		expect(await core.sessions.stop({ sessionId, personId: authorId })).toEqual({
			outcome: "stopping",
			cancelledPrompts: 2,
		});
		expect(await core.sessions.stop({ sessionId, personId: authorId })).toEqual({
			outcome: "nothing_runs",
			cancelledPrompts: 0,
		});
		const view = await core.sessions.view(sessionId);
		expect(view.prompts.map((prompt) => prompt.status)).toEqual(["cancelled", "cancelled", "cancelled"]);
	});

	it("looks for the repository again when all that waited for it was cancelled", async () => {
		const thread = aThread();
		const { sessionId, promptId } = await core.sessions.acceptThreadPrompt({
			thread,
			prompt: aPrompt(authorId),
		});
		await core.sessions.cancelPrompt({ promptId, personId: authorId });
		await core.sessions.acceptThreadPrompt({ thread, prompt: aPrompt(authorId) });
		expect(await queuedJobs(sessionId)).toMatchObject({ "route-session": 2 });
	});

	it("throws session_not_found for a session that does not exist", async () => {
		await expect(core.sessions.view(core.newId())).rejects.toMatchObject({ code: "session_not_found" });
	});
});

describe("searching repositories", () => {
	it("ranks names before aliases before descriptions and takes wildcards literally", async () => {
		const billing = await aRepository(core.database, "billing-api");
		await core.database.db
			.updateTable("repositories")
			.set({ aliases: ["money"] })
			.where("id", "=", billing.id)
			.execute();
		const ledger = await aRepository(core.database, "ledger");
		await core.database.db
			.updateTable("repositories")
			.set({ description: "Where billing books its money" })
			.where("id", "=", ledger.id)
			.execute();
		const found = async (query: string) =>
			(await core.sessions.searchRepositories({ personId: null, query, limit: 10 })).map(
				(entry) => entry.repository,
			);
		expect(await found("billing")).toEqual(["acme/billing-api", "acme/ledger"]);
		expect(await found("MONEY")).toEqual(["acme/billing-api", "acme/ledger"]);
		expect(await found("%")).toEqual([]);
		expect((await core.sessions.searchRepositories({ personId: null, query: "", limit: 2 })).length).toBe(2);
	});
});

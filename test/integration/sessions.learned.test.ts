import { afterAll, beforeAll, expect, it } from "vitest";
import { type ClassifyInput, createClassifier } from "../../classifier/classify.ts";
import type { FastModel } from "../../classifier/fast-model.ts";
import { createRouteSessionTask } from "../../src/jobs/tasks/route-session.ts";
import { createCompleteMove } from "../../src/sessions/routing/complete-move.ts";
import { createCorrections } from "../../src/sessions/routing/corrections.ts";
import { readRoutingAccuracy } from "../../src/stats/routing-accuracy.ts";
import { openAccess } from "../harness/open-access.ts";
import { aPerson, aPrompt, aRepository } from "../harness/sessions.ts";
import { type StartedCore, startCore } from "../harness/start-core.ts";

const ABOUT = "the voucher budget report counts cancelled vouchers";
const ALIKE = "the voucher budget report is empty";

let core: StartedCore;
let people: { mia: string; noah: string };
let repositories: { shop: string; office: string };
/** What a person may not read. */
const barred = new Map<string, Set<string>>();
const access: typeof openAccess = {
	...openAccess,
	allowed: async ({ personId, repositoryIds }) =>
		new Set(repositoryIds.filter((id) => !barred.get(personId)?.has(id))),
};
let lastInput: ClassifyInput | null = null;
const requests: string[] = [];
/** Knows nothing, so that what is chosen was chosen by a rule. */
const model: FastModel = {
	name: "test",
	ask: async ({ user }) => {
		requests.push(user);
		const answer = { decision: "unknown", repository: null, confidence: 0.1, reason: "?", candidates: [] };
		return { outcome: "answered", input: answer };
	},
};

beforeAll(async () => {
	core = await startCore();
	people = { mia: await aPerson(core, "Mia"), noah: await aPerson(core, "Noah") };
	const [shop, office] = [
		await aRepository(core.database, "web-shop"),
		await aRepository(core.database, "office"),
	];
	repositories = { shop: shop.id, office: office.id };
});
afterAll(() => core.stop());

const corrections = () => createCorrections({ db: core.database.db, access, now: Date.now });

async function ask(by: keyof typeof people, channelId: string, text: string, topic = "") {
	const thread = { teamId: "T1", channelId, threadTs: `${Math.random()}` };
	const context = { channelName: "sales", channelTopic: topic };
	const prompt = aPrompt(people[by], { text, context });
	const { sessionId } = await core.sessions.acceptThreadPrompt({ thread, prompt });
	const { classify } = createClassifier({ model });
	const task = createRouteSessionTask({
		...{ db: core.database.db, access, sessions: core.sessions, newId: core.newId },
		classify: (input, signal) => {
			lastInput = input;
			return classify(input, signal);
		},
	});
	await task.run({ version: 1, sessionId }, { signal: new AbortController().signal });
	return { sessionId, ...(await core.sessions.view(sessionId)) };
}

async function move(by: keyof typeof people, sessionId: string, repositoryId: string) {
	await core.sessions.moveSession({ sessionId, personId: people[by], repositoryId });
	await createCompleteMove({
		...{ ...core, db: core.database.db, enqueue: core.jobs.enqueue },
		sandboxes: { delete: async () => {} },
	})({ sessionId, kept: { outcome: "no_sandbox" } });
}

it("learns from a move, for the channel and for the person, and forgets on demand", async () => {
	const first = await ask("mia", "C1", `${ABOUT} in web-shop`);
	expect(first.repository?.id).toBe(repositories.shop);
	expect((await ask("noah", "C1", ALIKE)).status).toBe("asking");
	await move("mia", first.sessionId, repositories.office);

	// Anybody in the channel, by a rule.
	expect(await ask("noah", "C1", ALIKE)).toMatchObject({
		repository: { id: repositories.office },
		routing: { how: "learned", reason: "Mia moved a similar request of this channel here today" },
	});
	// Another matter there.
	expect((await ask("noah", "C1", "the voucher field is too narrow")).status).toBe("asking");
	// Nobody else elsewhere, not even the model.
	requests.length = 0;
	expect((await ask("noah", "C2", ALIKE)).status).toBe("asking");
	expect(lastInput?.corrections).toEqual([]);
	expect(requests.join()).not.toContain("<corrections>");
	// Whoever moved it elsewhere: as a hint, of which the place's words stay where they are.
	expect(await ask("mia", "C2", ALIKE)).toMatchObject({
		status: "asking",
		candidates: [{ repositoryId: repositories.office }],
	});
	expect(requests.at(-1)).toContain("<corrections>");
	expect(requests.at(-1)).not.toContain("cancelled");

	const list = () => corrections().listCorrections({ teamId: "T1", viewerId: people.noah, channelId: "C1" });
	const [listed] = await list();
	expect(listed).toMatchObject({ from: "acme/web-shop", to: "acme/office", personName: "Mia" });
	expect(
		await corrections().listCorrections({ teamId: "T1", viewerId: people.mia, personId: people.mia }),
	).toHaveLength(1);
	expect(
		await corrections().listCorrections({ teamId: "T2", viewerId: people.mia, channelId: "C1" }),
	).toEqual([]);
	const id = listed?.id ?? "";
	const remove = (teamId = "T1") =>
		corrections().removeCorrection({ correctionId: id, teamId, personId: people.noah });
	expect(await remove("T2")).toEqual({ outcome: "not_found" });
	expect(await remove()).toEqual({ outcome: "removed" });
	expect(await remove()).toEqual({ outcome: "removed" });
	expect(await list()).toEqual([]);
	expect((await ask("noah", "C1", ALIKE)).status).toBe("asking");
});

it("hints at no repository that whoever asks may not use, and shows none to who may not see it", async () => {
	const first = await ask("mia", "C3", `${ABOUT} in web-shop`);
	await move("mia", first.sessionId, repositories.office);
	barred.set(people.noah, new Set([repositories.office]));
	const asked = await ask("noah", "C3", ALIKE);
	// Of two repositories one is left.
	expect(asked).toMatchObject({ routing: { how: "only" }, repository: { id: repositories.shop } });
	const viewed = { teamId: "T1", viewerId: people.noah, channelId: "C3" };
	expect(await corrections().listCorrections(viewed)).toEqual([]);
	const [row] = await corrections().listCorrections({ ...viewed, viewerId: people.mia });
	const removal = { correctionId: row?.id ?? "", teamId: "T1", personId: people.noah };
	expect(await corrections().removeCorrection(removal)).toEqual({ outcome: "not_found" });
	barred.clear();
});

it("takes only the last of two moves of one session for the truth", async () => {
	const first = await ask("mia", "C4", `${ABOUT} in web-shop`);
	await move("mia", first.sessionId, repositories.office);
	await move("mia", first.sessionId, repositories.shop);
	expect(await ask("noah", "C4", ALIKE)).toMatchObject({
		routing: { how: "learned" },
		repository: { id: repositories.shop },
	});
});

it("goes by the channel's topic, unless whoever asks may not use what it names", async () => {
	const topic = "Sales. repo:acme/office";
	expect(await ask("noah", "C5", "something is odd", topic)).toMatchObject({
		routing: { how: "topic", reason: "this channel's topic names it" },
		repository: { id: repositories.office },
	});
	barred.set(people.noah, new Set([repositories.office]));
	const { routing, askReason } = await ask("noah", "C5", "something is odd", topic);
	expect(routing?.how).toBe("only");
	expect(`${routing?.reason}${askReason}`).not.toContain("office");
	barred.clear();
});

it("counts how often the first choice stood", async () => {
	const period = { since: new Date(Date.now() - 3_600_000), until: new Date(Date.now() + 3_600_000) };
	const figures = await readRoutingAccuracy(core.database.db, period);
	const named = figures.rungs.find(({ how }) => how === "named");
	// Three were named, and each was moved.
	expect(named).toEqual({ how: "named", routed: 3, moved: 3, share: 0 });
	const learned = figures.rungs.find(({ how }) => how === "learned");
	expect(learned).toMatchObject({ moved: 0, share: 1 });
	const total = figures.rungs.filter(({ how }) => how !== "picked");
	expect(figures.routed).toBe(total.reduce((sum, { routed }) => sum + routed, 0));
	expect(figures.share).toBeCloseTo((figures.routed - 3) / figures.routed);
	expect(await readRoutingAccuracy(core.database.db, { since: new Date(0), until: new Date(1) })).toEqual({
		...{ routed: 0, moved: 0, share: null, rungs: [] },
	});
});

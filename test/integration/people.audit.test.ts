import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { AuditAnswer } from "../../src/contract/audit.ts";
import { createAuditRoutes } from "../../src/http/routes/audit.ts";
import { createImages } from "../../src/images/create-images.ts";
import { readAudit } from "../../src/people/audit-store.ts";
import { aPerson, aPrompt, aRepository, aThread } from "../harness/sessions.ts";
import { type StartedCore, startCore } from "../harness/start-core.ts";

let core: StartedCore;

beforeAll(async () => {
	core = await startCore();
});

afterAll(() => core.stop());

async function ask(query: Record<string, string>): Promise<AuditAnswer> {
	const routes = createAuditRoutes({ readAudit: (question) => readAudit(core.database.db, question) });
	const answer = await routes.request(`/api/audit?${new URLSearchParams(query)}`);
	expect(answer.status).toBe(200);
	return (await answer.json()) as AuditAnswer;
}

const actions = ({ acts }: AuditAnswer) => acts.map(({ action }) => action).reverse();

it("each act in a session has its row, with who did it", async () => {
	const [mia, noah] = [await aPerson(core), await aPerson(core, "Noah")];
	const repository = await aRepository(core.database);
	const thread = aThread();
	const prompt = aPrompt(mia);
	const { sessionId } = await core.sessions.acceptThreadPrompt({ thread, prompt });
	await core.sessions.acceptThreadPrompt({ thread, prompt });
	const { promptId } = await core.sessions.acceptThreadPrompt({ thread, prompt: aPrompt(noah) });
	const routing = { how: "picked" as const, reason: "picked", confidence: null };
	const choice = { sessionId, personId: noah, repositoryId: repository.id, routing };
	await core.sessions.chooseRepository(choice);
	await core.sessions.chooseRepository(choice);
	await core.sessions.cancelPrompt({ promptId, personId: mia });
	await core.sessions.cancelPrompt({ promptId, personId: mia });
	await core.sessions.stop({ sessionId, personId: noah });
	await core.sessions.stop({ sessionId, personId: noah });

	const { acts } = await ask({ session: sessionId });
	expect(acts.map(({ action, person }) => [person?.name, action]).reverse()).toEqual([
		["Mia", "prompt.accepted"],
		["Noah", "prompt.accepted"],
		["Noah", "session.repository_chosen"],
		["Mia", "prompt.cancelled"],
		["Noah", "session.stopped"],
	]);
	expect(acts.find(({ action }) => action === "session.repository_chosen")).toMatchObject({
		repository: `acme/${repository.name}`,
		subject: `acme/${repository.name}`,
		data: { how: "picked" },
	});
	expect(JSON.stringify(acts)).not.toContain(prompt.text);
});

it("an act that did not happen leaves no row", async () => {
	const before = (await ask({})).acts.length;
	const prompt = { ...aPrompt(randomUUID()), text: "by nobody" };
	await expect(core.sessions.acceptThreadPrompt({ thread: aThread(), prompt })).rejects.toThrow();
	expect((await ask({})).acts).toHaveLength(before);
});

it("whoever becomes an admin is noted once, and so is who is none any more", async () => {
	const known = { provider: "slack" as const, tenant: "T1", externalId: "U-priya", name: "Priya" };
	const as = (role: "admin" | "member") =>
		core.sessions.rememberPerson({ ...known, email: null, kind: "member", role });
	for (const role of ["admin", "admin", "member", "member"] as const) await as(role);
	const { acts } = await ask({});
	const changes = acts.filter(
		({ action, subject }) => action === "person.role_changed" && subject === "Priya",
	);
	expect(changes.map(({ actor, data }) => [actor, data.role]).reverse()).toEqual([
		["slack", "admin"],
		["slack", "member"],
	]);
});

it("who asks for an image or edits how one is built is whoever sits at this machine", async () => {
	const { db } = core.database;
	const repository = await aRepository(core.database);
	const sandboxes = { name: "local", delete: async () => {}, deleteSnapshot: async () => {} };
	const images = createImages({
		...{ db, sandboxes, enqueue: core.jobs.enqueue, log: core.log, now: core.now },
		...{ everyMs: 0, activeMs: 0 },
	});
	await images.wanted(repository.id, "push");
	await images.wanted(repository.id, "asked");
	await images.change(repository.id, { recipeText: "build: npm run build", buildsOnPush: true });
	await images.change(repository.id, { recipeText: "nonsense: 1" });
	const { acts } = await ask({});
	const ofIt = acts.filter((act) => act.repository === `acme/${repository.name}`).reverse();
	expect(ofIt.map(({ actor, action, data }) => [actor, action, data])).toEqual([
		["local", "image.asked", {}],
		["local", "repository.builds_changed", { recipe: "edited", buildsOnPush: true }],
	]);
});

it("is read page by page, of a session or of a person", async () => {
	const personId = await aPerson(core, "Omar");
	const thread = aThread();
	for (let i = 0; i < 5; i++) await core.sessions.acceptThreadPrompt({ thread, prompt: aPrompt(personId) });
	const seen: number[] = [];
	let before: number | null | undefined;
	let pages = 0;
	while (before !== null) {
		const page = await ask({ person: personId, limit: "2", ...(before ? { before: `${before}` } : {}) });
		seen.push(...page.acts.map(({ id }) => id));
		before = page.before;
		pages++;
	}
	expect(pages).toBe(3);
	expect(new Set(seen).size).toBe(5);
	expect(seen).toEqual(seen.toSorted((a, b) => b - a));
	expect(actions(await ask({ person: personId, session: randomUUID() }))).toEqual([]);
});

it.each(["session=1", "before=x", "limit=0", "limit=501", "everything=1"])(
	"?%s is refused",
	async (query) => {
		const routes = createAuditRoutes({ readAudit: () => Promise.reject(new Error("asked")) });
		const answer = await routes.request(`/api/audit?${query}`);
		expect(answer.status).toBe(400);
		expect(await answer.json()).toMatchObject({ error: { code: "bad_request" } });
	},
);

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createClassifier } from "../../classifier/classify.ts";
import type { RepositoryFacts } from "../../src/github/github.ts";
import { createRouteSessionTask } from "../../src/jobs/tasks/route-session.ts";
import { readCatalogueFor } from "../../src/sessions/routing/repository-store.ts";
import { SHORTLIST } from "../../src/sessions/routing/shortlist-store.ts";
import { createTestDatabase } from "../harness/database.ts";
import { saveManyRepositories } from "../harness/many-repositories.ts";
import { aPerson, aPrompt, aThread, createCore } from "../harness/sessions.ts";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let facts: RepositoryFacts[];

beforeAll(async () => {
	database = await createTestDatabase();
	facts = await saveManyRepositories(database.db, 1_000);
});
afterAll(() => database.drop());

const nth = (index: number) => {
	const fact = facts[index];
	if (fact === undefined) throw new Error(`there is no repository ${index}`);
	return fact;
};
const shortlist = (text: string, wantedIds: string[] = []) =>
	readCatalogueFor(database.db, { evidence: [text], wantedIds }).then(({ repositories }) => repositories);
const namesOf = async (text: string, wantedIds?: string[]) =>
	(await shortlist(text, wantedIds)).map(({ name }) => name);

async function idOf({ name }: RepositoryFacts): Promise<string> {
	const row = await database.db
		.selectFrom("repositories")
		.select("id")
		.where("name", "=", name)
		.executeTakeFirstOrThrow();
	return row.id;
}

it("of very many repositories so many are taken as may be meant", async () => {
	expect(await shortlist("the cart total in checkout is wrong")).toHaveLength(SHORTLIST);
	expect(await shortlist("quux zzyzx")).toEqual([]);
});

it("those that are named are among them, however common their words are", async () => {
	const { owner, name } = nth(500);
	for (const text of [
		`fix the cart of ${owner}/${name}, please`,
		`see https://github.com/${owner}/${name}.git`,
		`the deploy of ${name.toUpperCase()} fails.`,
		`${name}.`,
	]) {
		expect(await namesOf(text)).toContain(name);
	}
});

it("those that are called so otherwise are among them: by an alias, by a name they had", async () => {
	const [byAlias, byFormer] = [nth(700), nth(800)];
	const set = database.db.updateTable("repositories");
	await set
		.set({ aliases: ["Money Machine"] })
		.where("name", "=", byAlias.name)
		.execute();
	await set
		.set({ former_names: ["old/house"] })
		.where("name", "=", byFormer.name)
		.execute();
	expect(await namesOf("mend the money machine")).toContain(byAlias.name);
	expect(await namesOf("mend old/house")).toContain(byFormer.name);
});

it("a rare word counts more than many common ones, also one of a recipe", async () => {
	const [told, built] = [nth(123), nth(321)];
	const set = database.db.updateTable("repositories").set({ description: "The thermometer service" });
	await set.where("name", "=", told.name).execute();
	await database.db
		.insertInto("repository_builds")
		.values({ repository_id: await idOf(built), hints: "barometers" })
		.execute();
	const text = "the cart checkout payment ledger api gateway web search of the";
	expect(await namesOf(`${text} thermometer`)).toContain(told.name);
	expect(await namesOf(`${text} barometer`)).toContain(built.name);
});

it("the channel's own is among them although nothing speaks for it, an archived one never", async () => {
	const [own, archived] = [nth(42), nth(43)];
	expect(await namesOf("quux zzyzx", [await idOf(own)])).toEqual([own.name]);
	const set = database.db.updateTable("repositories").set({ archived: true });
	await set.where("name", "=", archived.name).execute();
	expect(await namesOf(`fix ${archived.name}`)).not.toContain(archived.name);
});

describe("of very many repositories", () => {
	/** What a thread is told, or works on, where its author may read these alone. */
	async function route(text: string, readable: string[]): Promise<string> {
		const access = {
			permissionOf: async () => "write" as const,
			allowed: async ({ repositoryIds }: { repositoryIds: string[] }) =>
				new Set(repositoryIds.filter((id) => readable.includes(id))),
			forget: async () => {},
		};
		const core = createCore(database, { access });
		await core.jobs.prepare();
		const prompt = aPrompt(await aPerson(core), { text });
		const { sessionId } = await core.sessions.acceptThreadPrompt({ thread: aThread(randomUUID()), prompt });
		const { classify } = createClassifier({ model: null });
		const task = createRouteSessionTask({ ...core, db: database.db, access, classify });
		await task.run({ version: 1, sessionId }, { signal: new AbortController().signal });
		const { repository, askReason } = await core.sessions.view(sessionId);
		await core.jobs.stop();
		return repository?.fullName ?? askReason ?? "";
	}

	it("one that a text only resembles is not taken for the only one there is", async () => {
		const { owner, name } = nth(600);
		await database.db
			.updateTable("repositories")
			.set({ description: "A barograph" })
			.where("name", "=", name)
			.execute();
		const readable = [await idOf(nth(600))];
		expect(await namesOf("the barograph")).toEqual([name]);
		expect(await route("the barograph", readable)).toMatch(/could not tell which/);
		expect(await route(`the barograph of ${owner}/${name}`, readable)).toBe(`${owner}/${name}`);
	});

	it("one that its author may not read is as if it were not there", async () => {
		const { owner, name } = nth(610);
		for (const text of ["fix repo NAME", "see https://github.com/NAME", "NAME"]) {
			const said = async (fullName: string) =>
				(await route(text.replace("NAME", fullName), [])).replace(fullName, "it");
			expect(await said(`${owner}/${name}`)).toBe(await said("quux/zzyzx"));
		}
	});
});

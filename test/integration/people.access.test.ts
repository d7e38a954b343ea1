import { randomUUID } from "node:crypto";
import { App } from "@octokit/app";
import { Octokit } from "@octokit/core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { AppError } from "../../src/errors.ts";
import { forgetOldAnswers } from "../../src/people/access-store.ts";
import { createSetWorkspaceRule } from "../../src/people/set-workspace-rule.ts";
import { type AccessRig, createAccessRig, GITHUB_IDS } from "../harness/access.ts";
import { createTestDatabase } from "../harness/database.ts";
import { type RunningGithub, startPlaygroundGithub } from "../harness/playground-github.ts";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let github: RunningGithub;
let rig: AccessRig;
let adapterAheadMs = 0;
let shop: string;
let docs: string;

beforeAll(async () => {
	database = await createTestDatabase();
	github = await startPlaygroundGithub({ adapterNow: () => Date.now() + adapterAheadMs });
	rig = await createAccessRig(database, github);
	shop = await rig.repository("shop");
	docs = await rig.repository("docs");
});
afterAll(async () => {
	await github.stop();
	await database.drop();
});
beforeEach(() => {
	rig.asked.length = 0;
	rig.state.beforeAnswer = async () => {};
	github.playground.setFault(null);
});

const ask = (personId: string, repositoryId = shop) => rig.access.permissionOf({ personId, repositoryId });
const outage = (times: number) =>
	github.playground.setFault({ kind: "unavailable", times, status: 503, retryAfterSeconds: 1 });

describe("what GitHub says", () => {
	it("is believed for five minutes and not longer, by every instance", async () => {
		const personId = await rig.person({ login: "noah" });
		expect(await ask(personId)).toBe("write");
		rig.clock.aheadMs += 4 * 60_000;
		expect(await rig.create().permissionOf({ personId, repositoryId: shop })).toBe("write");
		expect(rig.asked).toHaveLength(1);
		rig.clock.aheadMs += 60_001;
		expect(await ask(personId)).toBe("write");
		expect(rig.asked).toHaveLength(2);
	});

	it("is asked once by all who want to know it at the same moment", async () => {
		const personId = await rig.person({ login: "noah" });
		const answers = await Promise.all(Array.from({ length: 20 }, () => ask(personId)));
		expect(new Set(answers)).toEqual(new Set(["write"]));
		expect(rig.asked).toHaveLength(1);
	});

	it("is asked of ten repositories at a time", async () => {
		const personId = await rig.person({ login: "mia" });
		const row = await database.db
			.selectFrom("repositories")
			.selectAll()
			.where("id", "=", shop)
			.executeTakeFirstOrThrow();
		const many = Array.from({ length: 30 }, (_, index) => ({ id: randomUUID(), name: `many-${index}` }));
		const { words: _, ...columns } = row as typeof row & { words: unknown };
		await database.db
			.insertInto("repositories")
			.values(many.map((one, index) => ({ ...columns, ...one, github_id: 900_000 + index })))
			.execute();
		const tenAsked = Promise.withResolvers<void>();
		const answer = Promise.withResolvers<void>();
		let count = 0;
		const access = rig.createWith(async (question) => {
			if (++count === 10) tenAsked.resolve();
			await answer.promise;
			return { outcome: "answered", permission: question.name.endsWith("1") ? "read" : "none", login: "mia" };
		});
		const repositoryIds = many.map(({ id }) => id);
		const asking = access.allowed({ personId, repositoryIds, need: "read" });
		await tenAsked.promise;
		await database.db.selectFrom("repositories").select("id").execute();
		expect(count).toBe(10);
		answer.resolve();
		expect(await asking).toEqual(new Set(many.filter(({ name }) => name.endsWith("1")).map(({ id }) => id)));
		expect(count).toBe(30);
		await database.db.deleteFrom("repository_access").execute();
		await database.db.deleteFrom("repositories").where("id", "in", repositoryIds).execute();
	});

	it("is asked again at once when it was forgotten: of the person, of the repository, of all", async () => {
		const personId = await rig.person({ login: "omar" });
		const other = await rig.person({ login: "zoe" });
		const know = () => Promise.all([ask(personId), ask(personId, docs), ask(other)]);
		await know();
		for (const [of, again] of [
			[{ personId }, ["omar acme/docs", "omar acme/shop"]],
			[{ repositoryId: shop }, ["omar acme/shop", "zoe acme/shop"]],
			[{ personId, repositoryId: docs }, ["omar acme/docs"]],
			[{}, ["omar acme/docs", "omar acme/shop", "zoe acme/shop"]],
		] as const) {
			rig.asked.length = 0;
			await rig.access.forget(of);
			await know();
			expect(rig.asked.toSorted()).toEqual(again);
		}
	});

	it("is not believed where it was forgotten on its way here", async () => {
		const personId = await rig.person({ login: "omar" });
		rig.state.beforeAnswer = async () => {
			rig.state.beforeAnswer = async () => {};
			await rig.atGithub("DELETE", "/repos/acme/shop/collaborators/omar");
			// As another instance does when the webhook comes.
			await rig.create().forget({ repositoryId: shop });
		};
		expect(await ask(personId)).toBe("none");
		expect(rig.asked).toHaveLength(2);
		expect(await ask(personId)).toBe("none");
		expect(rig.asked).toHaveLength(2);
		await rig.atGithub("PUT", "/repos/acme/shop/collaborators/omar", { permission: "push" });
	});

	it("is not believed where somebody asked anew after it was forgotten, and was not answered yet", async () => {
		const personId = await rig.person({ login: "omar" });
		const [secondAsks, firstIsTold] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
		const other = rig.createWith(async () => {
			secondAsks.resolve();
			await firstIsTold.promise;
			throw new AppError("github_unavailable", "GitHub is not there.", { retryable: true });
		});
		let second: Promise<unknown> = Promise.resolve();
		rig.state.beforeAnswer = async () => {
			rig.state.beforeAnswer = async () => {};
			await rig.atGithub("DELETE", "/repos/acme/shop/collaborators/omar");
			await other.forget({ repositoryId: shop });
			second = other.permissionOf({ personId, repositoryId: shop });
			second.catch(() => {});
			await secondAsks.promise;
		};
		expect(await ask(personId)).toBe("none");
		firstIsTold.resolve();
		await expect(second).rejects.toMatchObject({ code: "access_unknown" });
		expect(await ask(personId)).toBe("none");
		await rig.atGithub("PUT", "/repos/acme/shop/collaborators/omar", { permission: "push" });
	});

	it("is not believed of the account that somebody had before", async () => {
		const personId = await rig.person({ login: "mia" });
		rig.state.beforeAnswer = async () => {
			rig.state.beforeAnswer = async () => {};
			await database.db
				.updateTable("identities")
				.set({ external_id: String(GITHUB_IDS.priya), name: "priya" })
				.where("person_id", "=", personId)
				.where("provider", "=", "github")
				.execute();
		};
		expect(await ask(personId)).toBe("write");
		expect(rig.asked).toEqual(["mia acme/shop", "priya acme/shop"]);
		expect(await ask(personId)).toBe("write");
	});

	it("is neither yes nor no while GitHub does not answer, and not kept", async () => {
		const personId = await rig.person({ login: "noah" });
		outage(1);
		await expect(ask(personId)).rejects.toMatchObject({ code: "access_unknown", retryable: true });
		outage(1);
		const both = { personId, repositoryIds: [shop, docs], need: "read" as const };
		await expect(rig.access.allowed(both)).rejects.toMatchObject({ code: "access_unknown" });
		expect(await rig.access.allowed(both)).toEqual(new Set([shop, docs]));
	});

	it("is not asked for while GitHub wants to be left alone", async () => {
		const personId = await rig.person({ login: "noah" });
		github.playground.setFault({
			kind: "secondary_rate_limit",
			times: 1,
			status: 403,
			retryAfterSeconds: 60,
		});
		await expect(ask(personId)).rejects.toMatchObject({ code: "access_unknown" });
		// GitHub would answer again.
		await expect(ask(personId, docs)).rejects.toMatchObject({ code: "access_unknown" });
		adapterAheadMs = 61_000;
		expect(await ask(personId, docs)).toBe("write");
	});

	it("is not the old answer while GitHub does not answer, once that is too old", async () => {
		const personId = await rig.person({ login: "noah" });
		await ask(personId);
		outage(1);
		expect(await ask(personId)).toBe("write");
		rig.clock.aheadMs += 5 * 60_000;
		await expect(ask(personId)).rejects.toMatchObject({ code: "access_unknown" });
	});

	it("is nothing of an account that was deleted", async () => {
		const personId = await rig.person({ login: "noah" });
		await database.db
			.updateTable("identities")
			.set({ external_id: "59999999", name: "long-gone" })
			.where("person_id", "=", personId)
			.where("provider", "=", "github")
			.execute();
		expect(await ask(personId)).toBe("none");
	});
});

it("what nobody believes any more is deleted, the rest stays", async () => {
	const personId = await rig.person({ login: "noah" });
	await ask(personId);
	rig.clock.aheadMs += 60 * 60_000;
	await ask(personId, docs);
	await forgetOldAnswers(database.db, new Date(rig.now() - 30 * 60_000));
	const rows = database.db.selectFrom("repository_access").select("repository_id");
	expect(await rows.where("person_id", "=", personId).execute()).toEqual([{ repository_id: docs }]);
});

describe("people and repositories with other names", () => {
	it("are the same people: the number counts, and the login is brought up to date", async () => {
		const personId = await rig.person({ login: "noah" });
		await rig.atGithub("POST", "/playground/logins", { login: "noah", new_login: "noah-silva" });
		expect(await ask(personId)).toBe("write");
		const { name } = await database.db
			.selectFrom("identities")
			.select("name")
			.where("external_id", "=", String(GITHUB_IDS.noah))
			.executeTakeFirstOrThrow();
		expect(name).toBe("noah-silva");
	});

	it("are not whoever took their old login", async () => {
		const personId = await rig.person({ login: "zoe" });
		await rig.atGithub("POST", "/playground/logins", { login: "zoe", new_login: "zoe-laurent" });
		await rig.atGithub("POST", "/playground/logins", { login: "mia", new_login: "zoe" });
		expect(await ask(personId)).toBe("read");
		await rig.atGithub("POST", "/playground/logins", { login: "zoe", new_login: "mia" });
		await rig.atGithub("POST", "/playground/logins", { login: "zoe-laurent", new_login: "zoe" });
		await rig.atGithub("POST", "/playground/logins", { login: "noah-silva", new_login: "noah" });
	});

	it("are the same repositories", async () => {
		const personId = await rig.person({ login: "mia" });
		await rig.atGithub("PATCH", "/repos/acme/docs", { name: "handbook" });
		expect(await ask(personId, docs)).toBe("admin");
		await rig.atGithub("PATCH", "/repos/acme/handbook", { name: "docs" });
		await rig.sync();
	});
});

describe("an installation", () => {
	it("that is suspended is no answer; after it people may do what they could", async () => {
		const personId = await rig.person({ login: "noah" });
		const { appId, privateKey, apiUrl: baseUrl } = github.playground.connection;
		const { octokit } = new App({ appId, privateKey, Octokit: Octokit.defaults({ baseUrl }) });
		const installation = { installation_id: 61_000_001 };
		expect(await ask(personId)).toBe("write");
		await octokit.request("PUT /app/installations/{installation_id}/suspended", installation);
		rig.clock.aheadMs += 5 * 60_000;
		await expect(ask(personId)).rejects.toMatchObject({ code: "access_unknown", retryable: true });
		await octokit.request("DELETE /app/installations/{installation_id}/suspended", installation);
		expect(await ask(personId)).toBe("write");
	});
});

describe("a repository that the App was denied", () => {
	it("is said to be gone, and is none of those that people may use", async () => {
		const personId = await rig.person({ login: "mia" });
		const { github_id } = await database.db
			.selectFrom("repositories")
			.select("github_id")
			.where("id", "=", docs)
			.executeTakeFirstOrThrow();
		const grant = `/user/installations/61000001/repositories/${github_id}`;
		await rig.atGithub("DELETE", grant);
		await expect(ask(personId, docs)).rejects.toMatchObject({ code: "repository_not_found" });
		const question = { personId, repositoryIds: [shop, docs], need: "read" as const };
		expect(await rig.access.allowed(question)).toEqual(new Set([shop]));
		await rig.atGithub("PUT", grant);
		await rig.sync();
		expect(await ask(personId, docs)).toBe("admin");
	});
});

describe("the rules of a workspace", () => {
	const setRule = () => createSetWorkspaceRule({ db: database.db, now: rig.now, release: async () => {} });

	it("are set by its admins, counted at once and noted", async () => {
		const guest = await rig.person({ kind: "guest", teamId: "T7", login: "noah" });
		const admin = await rig.person({ teamId: "T7" });
		await database.db.updateTable("people").set({ role: "admin" }).where("id", "=", admin).execute();
		expect(await ask(guest)).toBe("none");
		expect(rig.asked).toEqual([]);
		await setRule()({ personId: admin, teamId: "T7", change: { allowGuests: true } });
		expect(await ask(guest)).toBe("write");
		await setRule()({ personId: admin, teamId: "T7", change: { allowGuests: false, unlinked: "app" } });
		expect(await ask(guest)).toBe("none");
		expect(await ask(admin)).toBe("write");
		const acts = await database.db
			.selectFrom("audit_log")
			.select(["person_id", "action", "subject", "data"])
			.where("subject", "=", "T7")
			.orderBy("id")
			.execute();
		expect(acts).toMatchObject([
			{ person_id: admin, action: "workspace.changed", data: { change: { allowGuests: true } } },
			{ data: { before: { allowGuests: true }, change: { allowGuests: false, unlinked: "app" } } },
		]);
	});

	it("are not for members, nor for admins of another workspace", async () => {
		const member = await rig.person({ teamId: "T7" });
		const elsewhere = await rig.person({ teamId: "T8" });
		await database.db.updateTable("people").set({ role: "admin" }).where("id", "=", elsewhere).execute();
		for (const personId of [member, elsewhere]) {
			const tried = setRule()({ personId, teamId: "T7", change: { allowBots: true } });
			await expect(tried).rejects.toMatchObject({ code: "forbidden" });
		}
	});
});

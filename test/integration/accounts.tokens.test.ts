import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { isLinked } from "../../src/people/account-store.ts";
import { createAccountsFixture } from "../harness/accounts.ts";
import { eventually } from "../harness/eventually.ts";
import { aPerson } from "../harness/sessions.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let fixture: Awaited<ReturnType<typeof createAccountsFixture>>;
let mia: string;
beforeAll(async () => {
	fixture = await createAccountsFixture();
	mia = await aPerson(fixture.core, "Mia");
});
afterAll(() => fixture.close());
beforeEach(async () => {
	await fixture.link(mia, "mia");
});
afterEach(() => fixture.proxy.spoil(null));

const get = (personId = mia) => fixture.accounts.userTokens.get(personId);
const refreshes = () => fixture.proxy.calls.filter(({ grantType }) => grantType === "refresh_token").length;
const user = (token: string) =>
	fetch(`${fixture.github.playground.connection.apiUrl}/user`, {
		headers: { authorization: `Bearer ${token}` },
	});
async function tokenOf(personId = mia): Promise<string> {
	const answer = await get(personId);
	if (answer.outcome !== "token") throw new Error("unlinked");
	return answer.token;
}
const lastAct = () =>
	fixture.database.db
		.selectFrom("audit_log")
		.select(["action", "data"])
		.where("person_id", "=", mia)
		.orderBy("id", "desc")
		.executeTakeFirst();

describe("a person's token", () => {
	it("is the same until shortly before it ends, without a call", async () => {
		const before = refreshes();
		const first = await tokenOf();
		fixture.advance(7 * HOUR_MS);
		expect(await tokenOf()).toBe(first);
		expect(refreshes()).toBe(before);
	});

	it("is refreshed once, however many ask on however many instances", async () => {
		const old = await tokenOf();
		const before = refreshes();
		fixture.advance(9 * HOUR_MS);
		const instances = [fixture.accounts, fixture.createInstance(), fixture.createInstance()];

		const answers = await Promise.all(
			[...instances, ...instances].map(({ userTokens }) => userTokens.get(mia)),
		);

		expect(refreshes() - before).toBe(1);
		const tokens = new Set(answers.map((answer) => (answer.outcome === "token" ? answer.token : "")));
		expect(tokens.size).toBe(1);
		expect(tokens.has(old)).toBe(false);
		expect((await user([...tokens][0] ?? "")).status).toBe(200);
	});

	it("stays as it is while GitHub does not answer, and is had afterwards", async () => {
		await tokenOf();
		fixture.advance(9 * HOUR_MS);
		fixture.proxy.spoil(() => "unavailable");
		await expect(get()).rejects.toMatchObject({ code: "github_unavailable", retryable: true });
		fixture.proxy.spoil(null);
		expect((await get()).outcome).toBe("token");
	});

	it("stays as it is where GitHub does not know the App's client id: a wrong setting disconnects nobody", async () => {
		await tokenOf();
		fixture.advance(9 * HOUR_MS);
		fixture.proxy.spoil(() => "unknown_client");
		await expect(get()).rejects.toMatchObject({ code: "github_unauthorized" });
		fixture.proxy.spoil(null);
		expect((await get()).outcome).toBe("token");
	});

	it("that is being refreshed while its person disconnects ends too", async () => {
		await tokenOf();
		fixture.advance(9 * HOUR_MS);
		const refreshed = get();
		await eventually(() => expect(fixture.proxy.calls.at(-1)?.grantType).toBe("refresh_token"));

		await fixture.linking.unlink(mia);

		const answer = await refreshed;
		expect((await user(answer.outcome === "token" ? answer.token : "")).status).toBe(401);
		expect(await get()).toEqual({ outcome: "unlinked" });
	});

	it("is gone where GitHub refreshed it and its answer was lost: the person is to connect anew", async () => {
		fixture.advance(9 * HOUR_MS);
		fixture.proxy.spoil((path) => (path.endsWith("/access_token") ? "drop" : null));
		await expect(get()).rejects.toMatchObject({ code: "github_unavailable", retryable: true });
		fixture.proxy.spoil(null);

		expect(await get()).toEqual({ outcome: "unlinked" });
		expect(await isLinked(fixture.database.db, mia)).toBe(false);
		expect((await fixture.linking.stateOf(mia)).state).toBe("revoked");
		expect(await lastAct()).toEqual({
			action: "github.connection_ended",
			data: { why: "refresh_refused" },
		});
	});

	it("is not asked for anew after half a year without use", async () => {
		fixture.advance(200 * DAY_MS);
		const before = refreshes();
		expect(await get()).toEqual({ outcome: "unlinked" });
		expect(refreshes()).toBe(before);
		expect((await lastAct())?.data).toEqual({ why: "expired" });
	});

	it("is void after GitHub refused it, unless another one has taken its place", async () => {
		const old = await tokenOf();
		fixture.advance(9 * HOUR_MS);
		const fresh = await tokenOf();
		await fixture.accounts.userTokens.refused({ personId: mia, token: old });
		expect(await tokenOf()).toBe(fresh);
		await fixture.accounts.userTokens.refused({ personId: mia, token: fresh });
		expect(await get()).toEqual({ outcome: "unlinked" });
	});

	it("is nobody's who never signed in", async () =>
		expect(await get(await aPerson(fixture.core, "New"))).toEqual({ outcome: "unlinked" }));
});

describe("an authorization that was taken back at GitHub", () => {
	const revoke = () =>
		fetch(`${fixture.github.playground.connection.url}/settings/apps/authorizations`, {
			method: "POST",
			body: new URLSearchParams({ login: "mia" }),
			redirect: "manual",
		});

	it("is told by a webhook, and ends the connection", async () => {
		const told: unknown[] = [];
		fixture.github.onWebhook(async (request) => {
			if (request.headers.get("x-github-event") === "github_app_authorization")
				told.push(await request.json());
			return new Response(null, { status: 202 });
		});
		const token = await tokenOf();

		await revoke();
		await fixture.github.playground.settleWebhooks();

		expect(told).toEqual([
			expect.objectContaining({ action: "revoked", sender: expect.objectContaining({ id: 51_000_001 }) }),
		]);
		expect((await user(token)).status).toBe(401);
		await fixture.accounts.userTokens.forgetAuthorization(51_000_001);
		expect(await get()).toEqual({ outcome: "unlinked" });
	});

	it("ends nothing where the webhook comes late and the person has connected anew", async () => {
		await revoke();
		await fixture.link(mia, "mia");
		await fixture.accounts.userTokens.forgetAuthorization(51_000_001);
		expect((await get()).outcome).toBe("token");
	});

	it("of somebody unknown is nothing to us", async () => {
		await expect(fixture.accounts.userTokens.forgetAuthorization(1)).resolves.toBeUndefined();
	});
});

it("leaves no token in any table, job, event or log line, whatever went wrong", async () => {
	expect(fixture.proxy.tokens.size).toBeGreaterThan(10);
	const everything = `${await fixture.dump()}\n${fixture.logged.join("\n")}`;
	for (const secret of fixture.proxy.tokens) expect(everything.includes(secret)).toBe(false);
});

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findGithubAccount, isLinked, listPeopleByGithubId } from "../../src/people/account-store.ts";
import { createBrowser } from "../../src/playground/browser.ts";
import { createAccountsFixture } from "../harness/accounts.ts";
import { hasChromium, launchChromium, takeScreenshot } from "../harness/chromium.ts";
import { aPerson, aPrompt, aRepository, aThread } from "../harness/sessions.ts";

let fixture: Awaited<ReturnType<typeof createAccountsFixture>>;
beforeAll(async () => {
	fixture = await createAccountsFixture();
});
afterAll(() => fixture.close());

const person = (name: string) => aPerson(fixture.core, name);
const db = () => fixture.database.db;
const acts = async (personId: string) =>
	(
		await db()
			.selectFrom("audit_log")
			.select("action")
			.where("person_id", "=", personId)
			.orderBy("id")
			.execute()
	).map(({ action }) => action);
const invite = async (personId: string) => (await fixture.linking.invite(personId)).url;
async function tokenOf(personId: string): Promise<string> {
	const given = await fixture.accounts.userTokens.get(personId);
	if (given.outcome !== "token") throw new Error("no token");
	return given.token;
}
const askWho = (token: string) =>
	fetch(`${fixture.github.playground.connection.apiUrl}/user`, {
		headers: { authorization: `Bearer ${token}` },
	});
const statusOf = async (token: string) => (await askWho(token)).status;

describe("signing in", () => {
	it("joins a person with the account that they confirmed, sealed tokens and all", async () => {
		const personId = await person("Mia Berg");
		const browser = createBrowser();

		const question = await fixture.goToQuestion(browser, await invite(personId), "mia");

		expect(question.status).toBe(200);
		for (const word of [
			"mia",
			"Mia Berg",
			"Acme",
			"51000001+mia@users.noreply.github.com",
			"mia@acme.example",
		])
			expect(question.html).toContain(word);
		expect(question.headers.get("x-frame-options")).toBe("DENY");
		expect(question.headers.get("cache-control")).toBe("no-store");
		expect(await isLinked(db(), personId)).toBe(false);

		const done = await fixture.answer(browser, question, { answer: "yes", email: "" });

		expect(done.html).toContain("is connected");
		expect(await isLinked(db(), personId)).toBe(true);
		expect(await findGithubAccount(db(), personId)).toEqual({
			githubId: 51_000_001,
			login: "mia",
			email: "51000001+mia@users.noreply.github.com",
		});
		expect(await acts(personId)).toEqual(["github.linked"]);
		const answer = await askWho(await tokenOf(personId));
		expect(await answer.json()).toMatchObject({ login: "mia" });
	});

	it("lets commits carry a verified address only if it was chosen", async () => {
		const [chosen, madeUp] = [await person("Omar"), await person("Priya")];
		const browser = createBrowser();
		const ask = async (personId: string, login: string) =>
			fixture.goToQuestion(browser, await invite(personId), login);

		await fixture.answer(browser, await ask(chosen, "omar"), { answer: "yes", email: "omar@acme.example" });
		await fixture.answer(browser, await ask(madeUp, "priya"), { answer: "yes", email: "ceo@acme.example" });

		expect((await findGithubAccount(db(), chosen))?.email).toBe("omar@acme.example");
		expect((await findGithubAccount(db(), madeUp))?.email).toBe("51000005+priya@users.noreply.github.com");
	});

	it("shows the address that their commits carry already when they connect anew", async () => {
		const personId = await person("Rita");
		const browser = createBrowser();
		const ask = async () => fixture.goToQuestion(browser, await invite(personId), "zoe");
		const CHECKED = /value="([^"]*)" checked/;
		const first = await ask();
		expect(CHECKED.exec(first.html)?.[1]).toBe("");
		await fixture.answer(browser, first, { answer: "yes", email: "zoe@acme.example" });
		await fixture.linking.unlink(personId);

		expect(CHECKED.exec((await ask()).html)?.[1]).toBe("zoe@acme.example");
	});

	it("shows the question again when its page is loaded again, without a second call for the code", async () => {
		const browser = createBrowser();
		const question = await fixture.goToQuestion(browser, await invite(await person("Zoe")), "zoe");
		const calls = fixture.proxy.calls.length;

		const again = await browser.open(question.url);

		expect(again.html).toBe(question.html);
		expect(fixture.proxy.calls).toHaveLength(calls);
	});

	it("connects nothing, and gives the token back, when the person says no", async () => {
		const personId = await person("Zoe");
		const browser = createBrowser();
		const question = await fixture.goToQuestion(browser, await invite(personId), "zoe");

		const page = await fixture.answer(browser, question, { answer: "no" });

		expect(page.html).toContain("Nothing was connected");
		expect(await isLinked(db(), personId)).toBe(false);
		expect(fixture.proxy.calls.at(-1)?.path).toMatch(/\/applications\/.*\/token$/);
		const replay = await fixture.answer(browser, question, { answer: "yes" });
		expect(replay.status).toBe(410);
		expect(await isLinked(db(), personId)).toBe(false);
	});
});

describe.skipIf(!hasChromium())("in a real browser", () => {
	it("leads from the link to the end, by clicks alone", async () => {
		const [owner] = await db()
			.selectFrom("identities")
			.select("person_id")
			.where("name", "=", "mia")
			.execute();
		if (owner) await fixture.linking.unlink(owner.person_id);
		const personId = await person("Mia Berg");
		await using browser = await launchChromium();
		const page = await browser.newPage({ viewport: { width: 800, height: 640 } });

		await page.goto(await invite(personId));
		await page.getByRole("button", { name: /Go on as Mia/ }).click();
		await page.getByRole("radio", { name: "mia@acme.example" }).check();
		await takeScreenshot(page, "connect-github");
		await page.getByRole("button", { name: "Yes, connect mia" }).click();
		await page.getByRole("heading", { name: "Connected" }).waitFor();

		expect((await findGithubAccount(db(), personId))?.email).toBe("mia@acme.example");
	});
});

describe("a sign-in that is not right", () => {
	it.each<[string, (url: string) => Promise<{ status: number; html: string }>, number, RegExp]>([
		[
			"a made-up link",
			(url) => createBrowser().open(url.replace(/state=.*/, `state=${"x".repeat(43)}`)),
			404,
			/no sign-in/,
		],
		["no state at all", (url) => createBrowser().open(url.replace(/\?.*/, "")), 404, /no sign-in/],
		[
			"a callback in another browser",
			async (url) => {
				const begun = createBrowser();
				const authorize = (await begun.open((await begun.open(url)).next())).next();
				const callback = (await begun.open(authorize, { form: { login: "zoe" } })).next();
				return createBrowser().open(callback);
			},
			403,
			/another browser/,
		],
		[
			"a no at GitHub",
			async (url) => {
				const browser = createBrowser();
				await browser.open(url);
				const state = new URL(url).searchParams.get("state");
				return browser.open(`${fixture.github.origin}/github/callback?error=access_denied&state=${state}`);
			},
			200,
			/You said no/,
		],
		[
			"a callback address that GitHub does not know",
			async (url) => {
				const browser = createBrowser();
				await browser.open(url);
				const state = new URL(url).searchParams.get("state");
				return browser.open(
					`${fixture.github.origin}/github/callback?error=redirect_uri_mismatch&state=${state}`,
				);
			},
			502,
			/not set up right/,
		],
		[
			"a client id that GitHub does not know",
			async (url) => {
				fixture.proxy.spoil(() => "unknown_client");
				const page = await fixture.goToQuestion(createBrowser(), url, "zoe");
				fixture.proxy.spoil(null);
				return page;
			},
			502,
			/not set up right/,
		],
		[
			"a key that was lost",
			async (url) => {
				const sealed = { code_verifier: "s1.lost.AAAA" };
				await db().updateTable("github_links").set(sealed).execute();
				return createBrowser().open(url);
			},
			500,
			/inside Bobbin/,
		],
		[
			"a made-up code",
			async (url) => {
				const browser = createBrowser();
				await browser.open(url);
				const state = new URL(url).searchParams.get("state");
				return browser.open(`${fixture.github.origin}/github/callback?code=abc&state=${state}`);
			},
			400,
			/used before or is too old/,
		],
		[
			"GitHub down",
			async (url) => {
				fixture.proxy.spoil(() => "unavailable");
				const page = await fixture.goToQuestion(createBrowser(), url, "zoe");
				fixture.proxy.spoil(null);
				return page;
			},
			503,
			/load this page again/,
		],
		[
			"a form of another site",
			async (url) => {
				const browser = createBrowser();
				const question = await fixture.goToQuestion(browser, url, "zoe");
				const state = new URL(question.url).searchParams.get("state") ?? "";
				return browser.open(`${fixture.github.origin}/github/connect/confirm`, {
					form: { state, answer: "yes" },
					origin: "https://evil.example",
				});
			},
			403,
			/another site/,
		],
		[
			"one that took longer than ten minutes",
			async (url) => {
				fixture.advance(11 * 60_000);
				return createBrowser().open(url);
			},
			410,
			/ten minutes/,
		],
	])("is told what to do after %s, and connects nothing", async (_what, act, status, words) => {
		const personId = await person("Somebody");

		const page = await act(await invite(personId));

		expect(page.html).toMatch(words);
		expect(page.status).toBe(status);
		expect(await isLinked(db(), personId)).toBe(false);
	});

	it("is refused after it was finished, wherever it is taken up again", async () => {
		const personId = await person("Noah");
		const url = await invite(personId);
		const browser = createBrowser();
		const question = await fixture.goToQuestion(browser, url, "noah");
		await fixture.answer(browser, question, { answer: "yes" });

		const replays = [
			await browser.open(url),
			await browser.open(question.url),
			await fixture.answer(browser, question, { answer: "yes" }),
		];

		expect(replays.map(({ status }) => status)).toEqual([410, 410, 410]);
		expect(await acts(personId)).toEqual(["github.linked"]);
	});
});

describe("a link that was handed on", () => {
	it("is confirmed only where the account signed in, though its sender has it open too", async () => {
		const senderId = await person("Sender");
		const url = await invite(senderId);
		const [sender, other] = [createBrowser(), createBrowser()];
		await sender.open(url);
		const question = await fixture.goToQuestion(other, url, "zoe");

		const peeked = await sender.open(question.url);
		const confirmed = await fixture.answer(sender, question, { answer: "yes" });

		expect(peeked.html).not.toContain("zoe");
		expect(confirmed.status).toBe(403);
		expect(confirmed.html).toMatch(/another browser/);
		expect(await isLinked(db(), senderId)).toBe(false);
		expect((await other.open(question.url)).html).toBe(question.html);
	});

	it("asks whoever came last, and gives back what the one before got", async () => {
		const personId = await person("Zoe");
		const url = await invite(personId);
		const [first, second] = [createBrowser(), createBrowser()];
		const left = await fixture.goToQuestion(first, url, "noah");
		const question = await fixture.goToQuestion(second, url, "zoe");
		expect(fixture.proxy.calls.at(-1)?.path).toMatch(/\/applications\/.*\/token$/);

		expect((await fixture.answer(first, left, { answer: "yes" })).status).toBe(403);
		expect((await fixture.answer(second, question, { answer: "yes" })).status).toBe(200);

		expect((await findGithubAccount(db(), personId))?.login).toBe("zoe");
		await fixture.linking.unlink(personId);
	});

	it("may be opened again in the same browser", async () => {
		const url = await invite(await person("Zoe"));
		const browser = createBrowser();
		await fixture.goToQuestion(browser, url, "zoe");
		expect((await fixture.goToQuestion(browser, url, "noah")).html).toContain("noah");
	});
});

describe("one account and two people", () => {
	it("stays with who works with it; the other is told whose it is and what to do", async () => {
		const [first, second] = [await person("Owner One"), await person("Second")];
		await fixture.link(first, "zoe");

		const page = await fixture.link(second, "zoe");

		expect(page.status).toBe(409);
		expect(page.html).toContain("Owner One");
		expect(page.html).toContain("Disconnect GitHub");
		expect(await isLinked(db(), second)).toBe(false);
		expect(await isLinked(db(), first)).toBe(true);
		expect((await fixture.accounts.userTokens.get(first)).outcome).toBe("token");
		expect(await acts(second)).toEqual(["github.link_refused"]);
		await fixture.linking.unlink(first);
	});

	it("goes to one of two who confirm at the same moment", async () => {
		const people = [await person("Left"), await person("Right")];
		const asked = await Promise.all(
			people.map(async (personId) => {
				const browser = createBrowser();
				return { browser, question: await fixture.goToQuestion(browser, await invite(personId), "zoe") };
			}),
		);

		const pages = await Promise.all(
			asked.map(({ browser, question }) => fixture.answer(browser, question, { answer: "yes" })),
		);

		expect(pages.map(({ status }) => status).sort()).toEqual([200, 409]);
		const linked = await Promise.all(people.map((personId) => isLinked(db(), personId)));
		expect(linked.filter(Boolean)).toHaveLength(1);
		for (const personId of people) await fixture.linking.unlink(personId);
	});

	it("is one human where the other is known from GitHub only: what they did there is theirs", async () => {
		await db().deleteFrom("identities").where("external_id", "=", "51000003").execute();
		const fresh = randomUUID();
		await db().insertInto("people").values({ id: fresh, name: "zoe", email: null }).execute();
		await db()
			.insertInto("identities")
			.values({
				provider: "github",
				tenant: "",
				external_id: "51000003",
				person_id: fresh,
				name: "zoe",
				email: null,
			})
			.execute();
		const prompt = aPrompt(fresh, {
			origin: {
				kind: "github",
				owner: "acme",
				name: "shop",
				number: 1,
				comment: "issue_comment",
				commentId: 1,
				url: "https://github.com/acme/shop/pull/1",
			},
		});
		const { promptId } = await fixture.core.sessions.acceptThreadPrompt({ thread: aThread(), prompt });
		const personId = await person("Zoe Laurent");

		const page = await fixture.link(personId, "zoe");

		expect(page.status).toBe(200);
		const row = await db()
			.selectFrom("prompts")
			.select("author_id")
			.where("id", "=", promptId)
			.executeTakeFirst();
		expect(row?.author_id).toBe(personId);
		await fixture.linking.unlink(personId);
	});
});

describe("the same account once more", () => {
	it("has one token only: the one before ends", async () => {
		const personId = await person("Again");
		await fixture.link(personId, "zoe");
		const before = await tokenOf(personId);

		await fixture.link(personId, "zoe");

		expect(await statusOf(before)).toBe(401);
		expect(await statusOf(await tokenOf(personId))).toBe(200);
		await fixture.linking.unlink(personId);
	});
});

describe("the same account in another workspace", () => {
	it("is connected there too, with a token of its own; in one workspace it stays with who works with it", async () => {
		const here = await person("Zoe of Acme");
		const { personId: there } = await fixture.core.sessions.rememberPerson({
			...{ provider: "slack", tenant: "T2", externalId: "U2", name: "Zoe of Globex", email: null },
			kind: "member",
		});
		const { personId: colleague } = await fixture.core.sessions.rememberPerson({
			...{ provider: "slack", tenant: "T2", externalId: "U3", name: "Ana of Globex", email: null },
			kind: "member",
		});
		await fixture.link(here, "zoe");
		await fixture.link(there, "zoe");
		const [tokenHere, tokenThere] = [await tokenOf(here), await tokenOf(there)];
		expect([await statusOf(tokenHere), await statusOf(tokenThere)]).toEqual([200, 200]);
		expect(tokenHere).not.toBe(tokenThere);
		const githubId = (await findGithubAccount(db(), here))?.githubId ?? 0;
		expect((await findGithubAccount(db(), there))?.githubId).toBe(githubId);
		expect(await listPeopleByGithubId(db(), githubId)).toEqual([{ personId: here }, { personId: there }]);

		expect((await fixture.link(colleague, "zoe")).html).toContain("Zoe of Globex");
		expect(await findGithubAccount(db(), colleague)).toBeUndefined();

		// Each ends by itself.
		await fixture.linking.unlink(here);
		expect([await statusOf(tokenHere), await statusOf(tokenThere)]).toEqual([401, 200]);
		await fixture.link(here, "zoe");
		expect(await statusOf(tokenThere)).toBe(200);
		await Promise.all([here, there].map((personId) => fixture.linking.unlink(personId)));
	});
});

describe("another account of the same person", () => {
	it("takes the place of the one before, whose token ends", async () => {
		const personId = await person("Mover");
		await fixture.link(personId, "zoe");
		const before = await tokenOf(personId);
		const [taken] = await db()
			.selectFrom("identities")
			.select("person_id")
			.where("name", "=", "priya")
			.execute();
		if (taken) await fixture.linking.unlink(taken.person_id);
		const browser = createBrowser();

		const question = await fixture.goToQuestion(browser, await invite(personId), "priya");
		expect(question.html).toMatch(/takes the place of <strong>zoe/);
		await fixture.answer(browser, question, { answer: "yes" });

		expect((await findGithubAccount(db(), personId))?.login).toBe("priya");
		expect(await statusOf(before)).toBe(401);
		await fixture.linking.unlink(personId);
	});
});

describe("what waits for an account", () => {
	it("is held, lets others pass, and goes on in the moment of the confirmation", async () => {
		const { core } = fixture;
		const sessions = fixture.holdingSessions;
		const waiting = await person("Waiter");
		const thread = aThread();
		const held = await sessions.acceptThreadPrompt({ thread, prompt: aPrompt(waiting) });
		const { sessionId } = held;
		const jobs = () => fixture.openJobs(sessionId);
		expect(await jobs()).toEqual(["ask-to-link", "show-thread"]);
		const view = await sessions.view(sessionId);
		expect(view.prompts[0]).toMatchObject({ held: "link", position: 0, status: "queued" });
		const linked = await person("Linked");
		const [owner] = await db()
			.selectFrom("identities")
			.select("person_id")
			.where("name", "=", "omar")
			.execute();
		if (owner) await fixture.linking.unlink(owner.person_id);
		await fixture.link(linked, "omar");
		await sessions.acceptThreadPrompt({ thread, prompt: aPrompt(linked) });
		expect(await jobs()).toContain("route-session");
		const repository = await aRepository(fixture.database);
		await sessions.chooseRepository({
			sessionId,
			personId: null,
			repositoryId: repository.id,
			routing: { how: "picked", reason: "", confidence: null },
		});
		const runsBefore = (await jobs()).filter((name) => name === "run-prompt").length;

		const page = await fixture.link(waiting, "zoe");

		expect(page.html).toContain("goes on by itself");
		const events = await core.sessions.readEvents({ sessionId, afterSeq: 0 });
		expect(events.map(({ type }) => type)).toContain("prompt.released");
		expect((await sessions.view(sessionId)).prompts[0]).toMatchObject({ held: null, position: 1 });
		const names = await jobs();
		expect(names.filter((name) => name === "run-prompt")).toHaveLength(runsBefore + 1);
		expect(names).toContain("tell-linked");
	});

	it("is not held where the workspace says that the App works for everybody", async () => {
		await db().insertInto("workspaces").values({ team_id: "T-app", unlinked: "app" }).execute();
		const thread = { ...aThread(), teamId: "T-app" };
		const origin = { kind: "slack" as const, teamId: "T-app", channelId: "C1", messageTs: "9.9" };
		const prompt = aPrompt(await person("Free"), { origin });

		const { sessionId } = await fixture.holdingSessions.acceptThreadPrompt({ thread, prompt });

		expect((await fixture.holdingSessions.view(sessionId)).prompts[0]?.held).toBeNull();
	});
});

describe("disconnecting", () => {
	it("ends the token here and at GitHub, and keeps whose account it was", async () => {
		const personId = await person("Leaver");
		const [owner] = await db()
			.selectFrom("identities")
			.select("person_id")
			.where("name", "=", "noah")
			.execute();
		if (owner) await fixture.linking.unlink(owner.person_id);
		await fixture.link(personId, "noah");
		const before = await tokenOf(personId);

		expect(await fixture.linking.unlink(personId)).toEqual({ outcome: "unlinked", login: "noah" });
		expect(await fixture.linking.unlink(personId)).toEqual({ outcome: "not_linked" });

		expect(await fixture.accounts.userTokens.get(personId)).toEqual({ outcome: "unlinked" });
		expect((await findGithubAccount(db(), personId))?.login).toBe("noah");
		expect(await statusOf(before)).toBe(401);
		expect(await acts(personId)).toEqual(["github.linked", "github.unlinked"]);
	});
});

it("leaves no token in any table, job, event or log line", async () => {
	expect(fixture.proxy.tokens.size).toBeGreaterThan(10);
	const everything = `${await fixture.dump()}\n${fixture.logged.join("\n")}`;
	const { clientSecret } = fixture.github.playground.connection;
	for (const secret of [...fixture.proxy.tokens, clientSecret])
		expect(everything.includes(secret)).toBe(false);
});

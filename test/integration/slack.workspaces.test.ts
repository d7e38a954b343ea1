import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readWorkspaceRules, saveWorkspaceRules } from "../../src/people/workspace-store.ts";
import { createBrowser, type Page } from "../../src/playground/browser.ts";
import { resealAll } from "../../src/secrets/reseal.ts";
import { createSeal } from "../../src/secrets/seal.ts";
import { findListedSession, listSessions } from "../../src/sessions/session-list-store.ts";
import { readChannelSettings, saveChannelSettings } from "../../src/settings/settings-store.ts";
import { readSessionFunnel } from "../../src/stats/session-funnel.ts";
import { eventually } from "../harness/eventually.ts";
import { createSlackWorkspace, type SlackWorkspace, type ThreadMessage } from "../harness/slack-workspace.ts";

const GLOBEX = "T0GLOBEX01";
const INITECH = ["T0INITECH1", "T0INITECH2"] as const;

let workspace: SlackWorkspace;
/** Of Slack and of all instances: it can be stopped and put forward. */
const clock = { stoppedAtMs: null as number | null, aheadMs: 0 };

beforeAll(async () => {
	const now = () => (clock.stoppedAtMs ?? Date.now()) + clock.aheadMs;
	workspace = await createSlackWorkspace({ showJobs: true, now });
	await workspace.slack.start();
});
afterAll(() => workspace[Symbol.asyncDispose]());

const userId = (name: string) => `U0${name.toUpperCase().padEnd(8, "0")}`;

/** Goes the whole way as a person: our page, Slack's, and back. */
async function install(who: string, kind: "workspace" | "organisation" = "workspace"): Promise<Page> {
	const browser = createBrowser();
	expect((await browser.open(`${workspace.origin}/slack/install`)).html).toContain("Add to Slack");
	const atSlack = (await browser.open(`${workspace.origin}/slack/install/go`)).next();
	const form = { answer: "allow", choice: `${userId(who)} ${kind}` };
	return browser.open((await browser.open(atSlack, { form })).next());
}

const installationOf = (id: string) =>
	workspace.database.db
		.selectFrom("slack_installations")
		.selectAll()
		.where((eb) => eb.or([eb("team_id", "=", id), eb("enterprise_id", "=", id)]))
		.executeTakeFirst();

async function channelOf(who: string): Promise<string> {
	const { channels = [] } = await workspace.human(who).conversations.list({ types: "public_channel" });
	return channels.find(({ is_general, is_ext_shared }) => is_general && !is_ext_shared)?.id ?? "";
}

async function invite(who: string, channel: string): Promise<void> {
	const { app } = (await workspace.readPage(who, "state")) as { app: { bot_user_id: string } };
	await workspace.human(who).conversations.invite({ channel, users: app.bot_user_id });
}

async function mention(who: string, channel: string, text: string) {
	const posted = await workspace.human(who).chat.postMessage({ channel, text: `@bobbin ${text}` });
	return { channelId: channel, threadTs: posted.ts ?? "" };
}

const thread = (who: string, at: { channelId: string; threadTs: string }) => workspace.thread(at, who);

async function botSpeaks(who: string, at: { channelId: string; threadTs: string }): Promise<ThreadMessage> {
	return eventually(async () => {
		const said = (await thread(who, at)).find(({ bot_id }) => bot_id !== undefined);
		if (said === undefined) throw new Error("the app says nothing");
		return said;
	});
}

async function sessionIn(teamId: string, at: { channelId: string; threadTs: string }): Promise<string> {
	return eventually(async () => {
		const found = await workspace.sessions.findByThread({ teamId, ...at });
		if (found === null) throw new Error("no session yet");
		return found.sessionId;
	});
}

const until = (condition: () => Promise<boolean>, what: string) =>
	eventually(async () => {
		if (!(await condition())) throw new Error(`not yet: ${what}`);
	});

test("the workspace of SLACK_BOT_TOKEN is one installation, whose token is not in the database", async () => {
	const { teamId } = workspace.playground.connection;
	await saveWorkspaceRules(workspace.database.db, teamId, { unlinked: "app" }, new Date());
	expect((await readWorkspaceRules(workspace.database.db, teamId)).unlinked).toBe("app");
	const row = await installationOf(workspace.playground.connection.teamId);
	expect(row).toMatchObject({ source: "setting", bot_token: "", ended_at: null, name: "Acme" });
});

describe("a second workspace", () => {
	test("installs the app with three clicks, and its token is sealed", async () => {
		const done = await install("yuki");
		expect([done.status, done.html.includes("Bobbin is in Globex")]).toEqual([200, true]);
		expect(done.html).toContain("/invite @bobbin");
		const row = await installationOf(GLOBEX);
		expect(row).toMatchObject({
			team_id: GLOBEX,
			source: "oauth",
			ended_at: null,
			installed_by: userId("yuki"),
		});
		expect(row?.bot_token).toMatch(/^s1\.test\./);
		expect(row?.bot_user_id).not.toBe(workspace.playground.connection.botUserId);
	});

	test("ends that nobody needs a GitHub account, and nobody can choose it any more", async () => {
		const { db } = workspace.database;
		const { teamId } = workspace.playground.connection;
		expect((await readWorkspaceRules(db, teamId)).unlinked).toBe("hold");
		await saveWorkspaceRules(db, GLOBEX, { unlinked: "app" }, new Date());
		expect((await readWorkspaceRules(db, GLOBEX)).unlinked).toBe("hold");
	});

	test("is answered there, by its own bot, and hears nothing of the first", async () => {
		const channel = await channelOf("yuki");
		await invite("yuki", channel);
		const at = await mention("yuki", channel, "mend the parser");
		const sessionId = await sessionIn(GLOBEX, at);
		const said = await botSpeaks("yuki", at);
		expect(said.user).toBe((await installationOf(GLOBEX))?.bot_user_id);

		const ours = await workspace.say("mia", "shop", "@bobbin mend the cart");
		const first = await sessionIn(workspace.playground.connection.teamId, ours);
		expect(first).not.toBe(sessionId);
		// The same place is another one in another workspace.
		const elsewhere = { teamId: workspace.playground.connection.teamId, ...at };
		expect(await workspace.sessions.findByThread(elsewhere)).toBeNull();
		const people = await workspace.database.db
			.selectFrom("identities")
			.select(["tenant", "external_id"])
			.execute();
		expect(people.filter(({ tenant }) => tenant === GLOBEX)).toEqual([
			{ tenant: GLOBEX, external_id: userId("yuki") },
		]);
	});

	test("cannot be read with the other's token, nor spoken to", async () => {
		const channel = await channelOf("yuki");
		await expect(workspace.bot.conversations.history({ channel })).rejects.toMatchObject({
			data: { error: "channel_not_found" },
		});
		await expect(workspace.bot.users.info({ user: userId("yuki") })).resolves.toMatchObject({
			// They share #partners.
			user: { is_stranger: true },
		});
	});

	test("has a home of its own", async () => {
		await workspace.onPage("yuki", "home-open", { tab: "home" });
		await until(async () => {
			const { home } = (await workspace.readPage("yuki", "views")) as {
				home: { app_installed_team_id: string } | null;
			};
			return home?.app_installed_team_id === GLOBEX;
		}, "a home in Globex");
	});

	test("is told nothing of the other's sessions, people, figures and settings", async () => {
		const acme = workspace.playground.connection.teamId;
		const shop = workspace.channelId("shop");
		const { db } = workspace.database;
		const { id: sessionId } = await db
			.selectFrom("sessions as s")
			.innerJoin("threads as t", "t.session_id", "s.id")
			.select("s.id")
			.where("t.team_id", "=", acme)
			.executeTakeFirstOrThrow();
		const { author_id: mia } = await db
			.selectFrom("prompts")
			.select("author_id")
			.where("session_id", "=", sessionId)
			.executeTakeFirstOrThrow();
		await saveChannelSettings(db, { teamId: acme, channelId: shop }, { verbosity: "quiet" });

		const channel = await channelOf("yuki");
		const said: string[] = [];
		for (const text of ["sessions", "status", "stats", "repo", `stop ${sessionId.slice(0, 8)}`]) {
			await workspace.onPage("yuki", "command", { channel, command: "/bobbin", text });
			const query = new URLSearchParams({ channel });
			await until(async () => {
				const { ephemerals } = (await workspace.readPage("yuki", `messages?${query}`)) as {
					ephemerals: object[];
				};
				if (ephemerals.length <= said.length) return false;
				said.splice(0, said.length, ...ephemerals.map((one) => JSON.stringify(one)));
				return true;
			}, `an answer to ${text}`);
		}
		const { home } = (await workspace.readPage("yuki", "views")) as { home: object };
		for (const shown of [...said, JSON.stringify(home)]) {
			for (const secret of ["cart", "Mia", "web-shop", sessionId]) expect(shown).not.toContain(secret);
		}
		expect((await workspace.sessions.view(sessionId)).prompts[0]?.status).not.toBe("stopped");

		// Where ids are asked for in the name of the other workspace, nothing is there.
		const period = { since: new Date(0), until: new Date(Date.now() + 60_000) };
		const [ours, theirs] = await Promise.all([
			listSessions(db, { teamId: acme, recent: 50 }),
			listSessions(db, { teamId: GLOBEX, recent: 50 }),
		]);
		expect(ours.filter(({ id }) => theirs.some((one) => one.id === id))).toEqual([]);
		const personId = mia ?? "";
		expect(await listSessions(db, { teamId: GLOBEX, personId, recent: 50 })).toEqual([]);
		const wish = { teamId: GLOBEX, personId, channelId: shop, idStart: sessionId.slice(0, 8) };
		expect(await findListedSession(db, wish)).toBeNull();
		expect(await readChannelSettings(db, { teamId: GLOBEX, channelId: shop })).toMatchObject({
			verbosity: null,
		});
		await db.updateTable("prompts").set({ attempt: 1 }).where("session_id", "=", sessionId).execute();
		const worked = await Promise.all(
			[acme, GLOBEX].map((teamId) => readSessionFunnel(db, { ...period, teamId })),
		);
		expect(worked.map(({ sessions }) => sessions)).toEqual([1, 0]);
	});

	test("keeps its token when the keys are changed", async () => {
		const keys = [
			{ id: "new", bytes: new Uint8Array(32).fill(9) },
			{ id: "test", bytes: new Uint8Array(32).fill(7) },
		];
		const before = await installationOf(GLOBEX);
		const seal = createSeal(() => keys);
		expect((await resealAll({ db: workspace.database.db, seal })).resealed).toBe(1);
		const after = await installationOf(GLOBEX);
		expect(seal.open("slack_installations.bot_token", after?.bot_token ?? "")).toBe(
			seal.open("slack_installations.bot_token", before?.bot_token ?? ""),
		);
		await workspace.database.db
			.updateTable("slack_installations")
			.set({ bot_token: before?.bot_token ?? "" })
			.where("team_id", "=", GLOBEX)
			.execute();
	});
});

describe("an installation that ends", () => {
	test("is left alone quietly, and its threads go on when it is installed again", async () => {
		const channel = await channelOf("yuki");
		const at = await mention("yuki", channel, "mend the lexer");
		const sessionId = await sessionIn(GLOBEX, at);
		await botSpeaks("yuki", at);
		await workspace.onPage("yuki", "uninstall", {});
		await until(async () => (await installationOf(GLOBEX))?.ended_why === "uninstalled", "the end");
		expect((await installationOf(GLOBEX))?.bot_token).toBe("");

		const { prompts } = await workspace.sessions.view(sessionId);
		await workspace.sessions.stop({ sessionId, personId: prompts[0]?.author?.personId ?? "" });
		const before = await thread("yuki", at);
		expect(await workspace.slack.showThread(sessionId)).toEqual({ outcome: "shown" });
		expect(await thread("yuki", at)).toEqual(before);
		expect(await workspace.slack.workspaceName(GLOBEX)).toBeNull();

		expect((await install("yuki")).status).toBe(200);
		// The job that shows the thread was queued with the installation.
		await until(
			async () => JSON.stringify(await thread("yuki", at)) !== JSON.stringify(before),
			"the thread",
		);
	});

	test("does not end by an event that was late, for Slack still takes the token", async () => {
		const answer = await workspace.deliver({
			type: "event_callback",
			event_id: `Ev${randomUUID()}`,
			team_id: GLOBEX,
			api_app_id: "A0BOBBIN01",
			event: { type: "app_uninstalled" },
		});
		expect(answer.status).toBe(200);
		await until(
			async () =>
				(
					await workspace.database.db
						.selectFrom("inbox")
						.select("id")
						.where("processed_at", "is", null)
						.execute()
				).length === 0,
			"the event is handled",
		);
		expect((await installationOf(GLOBEX))?.ended_at).toBeNull();
	});

	test("is found out by the next call where no event told of it, and is back by Slack's next word", async () => {
		const channel = await channelOf("yuki");
		const at = await mention("yuki", channel, "mend the printer");
		const sessionId = await sessionIn(GLOBEX, at);
		await botSpeaks("yuki", at);
		const before = await thread("yuki", at);
		const { prompts } = await workspace.sessions.view(sessionId);
		const next = ["chat.update", "auth.test"].map((method) => ({ method, error: "token_revoked" }));
		await workspace.onPage("mia", "faults", { next });
		await workspace.sessions.stop({ sessionId, personId: prompts[0]?.author?.personId ?? "" });
		await until(async () => {
			expect(await workspace.slack.showThread(sessionId)).toEqual({ outcome: "shown" });
			return (await installationOf(GLOBEX))?.ended_why === "refused";
		}, "the end");
		expect((await installationOf(GLOBEX))?.bot_token).not.toBe("");

		await mention("yuki", channel, "are you there");
		await until(async () => (await installationOf(GLOBEX))?.ended_at === null, "it is back");
		await until(
			async () => JSON.stringify(await thread("yuki", at)) !== JSON.stringify(before),
			"the thread",
		);
	});

	test("what is said while Slack does not tell whether the token is good again is not lost", async () => {
		const channel = await channelOf("yuki");
		const sessionId = await sessionIn(GLOBEX, await mention("yuki", channel, "mend the scanner"));
		await workspace.database.db
			.updateTable("slack_installations")
			.set({ ended_at: new Date(), ended_why: "refused" })
			.where("team_id", "=", GLOBEX)
			.execute();
		// What is known is old by then, and what was asked as well.
		clock.aheadMs += 31_000;
		expect(await workspace.slack.showThread(sessionId)).toEqual({ outcome: "shown" });
		workspace.proxy.next("auth.test", "refuse_connection");
		await botSpeaks("yuki", await mention("yuki", channel, "can you hear me"));
		expect(workspace.proxy.left("auth.test")).toBe(0);
	});
});

describe("over two instances", () => {
	test("what one still believes of an older token does no harm to the new one", async () => {
		const channel = await channelOf("yuki");
		const at = await mention("yuki", channel, "mend the linker");
		const sessionId = await sessionIn(GLOBEX, at);
		await botSpeaks("yuki", at);
		// A job that was still to show the thread would be the second's.
		await workspace.jobsIdle();
		const first = workspace.slack;
		const second = workspace.startInstance();
		await second.start();
		// A home that is drawn again would tell the first of it.
		await workspace.database.db.deleteFrom("slack_homes").execute();
		workspace.setDeaf(true);
		// What the first knows it goes on knowing until its clock says that this is too old.
		clock.stoppedAtMs = Date.now();
		await first.workspaceName(GLOBEX);
		await workspace.onPage("yuki", "uninstall", {});
		expect((await install("yuki")).status).toBe(200);
		const before = JSON.stringify(await thread("yuki", at));
		// Without a job, by which the second would show it.
		await workspace.database.db
			.updateTable("prompts")
			.set({ status: "cancelled" })
			.where("session_id", "=", sessionId)
			.execute();
		expect((await first.showThread(sessionId)).outcome).toBe("later");
		expect((await installationOf(GLOBEX))?.ended_at).toBeNull();
		clock.stoppedAtMs = null;
		clock.aheadMs += 4_000;
		await until(async () => {
			await first.showThread(sessionId);
			return JSON.stringify(await thread("yuki", at)) !== before;
		}, "the first has the new token");
		workspace.setDeaf(false);
	});
});

test("what comes from a workspace that nobody installed is dropped once and for all", async () => {
	const eventId = `Ev${randomUUID()}`;
	const ts = "1700000000.000100";
	const answer = await workspace.deliver({
		type: "event_callback",
		event_id: eventId,
		team_id: "T0NOBODY01",
		api_app_id: "A0BOBBIN01",
		authorizations: [{ team_id: "T0NOBODY01", enterprise_id: null, user_id: "U0X", is_bot: true }],
		event: {
			type: "app_mention",
			channel: "C0NOWHERE1",
			user: "U0NOBODY01",
			text: "<@U0X> hi",
			ts,
			event_ts: ts,
		},
	});
	expect(answer.status).toBe(200);
	await until(async () => {
		const rows = await workspace.database.db
			.selectFrom("inbox")
			.select(["attempts", "last_error"])
			.where("key", "=", eventId)
			.where("processed_at", "is not", null)
			.execute();
		expect(rows).toEqual([{ attempts: 1, last_error: null }]);
		return true;
	}, "the event is handled");
	const threads = await workspace.database.db
		.selectFrom("threads")
		.select("session_id")
		.where("team_id", "=", "T0NOBODY01")
		.execute();
	expect(threads).toEqual([]);
});

describe("an organisation", () => {
	test("installs the app for all of its workspaces at once", async () => {
		const done = await install("lars", "organisation");
		expect(done.html).toContain("Bobbin is in Initech");
		expect(await installationOf("E0INITECH1")).toMatchObject({ team_id: null, enterprise_id: "E0INITECH1" });
		for (const [who, teamId] of [
			["lars", INITECH[0]],
			["ravi", INITECH[1]],
		] as const) {
			const channel = await channelOf(who);
			await invite(who, channel);
			const at = await mention(who, channel, `mend it for ${who}`);
			await sessionIn(teamId, at);
			await botSpeaks(who, at);
		}
	});

	test("ends in all of them at once", async () => {
		await workspace.onPage("lars", "uninstall", {});
		await until(async () => (await installationOf("E0INITECH1"))?.ended_at !== null, "the end");
		expect(await Promise.all(INITECH.map((teamId) => workspace.slack.workspaceName(teamId)))).toEqual([
			null,
			null,
		]);
	});
});

describe("a channel that other organisations share", () => {
	test("is refused with one line in the open, then privately", async () => {
		const first = await workspace.say("noah", "partners", "@bobbin show me the code");
		const said = await botSpeaks("noah", first);
		expect(said.text).toContain("shared with other companies");
		workspace.proxy.next("chat.postEphemeral", "refuse_connection");
		const second = await workspace.say("mia", "partners", "@bobbin please");
		await until(async () => {
			const query = new URLSearchParams({ channel: second.channelId });
			const { ephemerals } = (await workspace.readPage("mia", `messages?${query}`)) as {
				ephemerals: { text: string }[];
			};
			return ephemerals.some(({ text }) => text.includes("shared with other companies"));
		}, "a private line");
		expect(workspace.proxy.left("chat.postEphemeral")).toBe(0);
		expect((await thread("mia", second)).filter(({ bot_id }) => bot_id !== undefined)).toEqual([]);
		const threads = await workspace.database.db
			.selectFrom("threads")
			.select("session_id")
			.where("channel_id", "=", second.channelId)
			.execute();
		expect(threads).toEqual([]);
	});

	test("refuses commands too", async () => {
		const channel = workspace.channelId("partners");
		await workspace.onPage("mia", "command", { channel, command: "/bobbin", text: "help" });
		const query = new URLSearchParams({ channel });
		const { ephemerals } = (await workspace.readPage("mia", `messages?${query}`)) as {
			ephemerals: { text: string }[];
		};
		expect(ephemerals.at(-1)?.text).toContain("shared with other companies");
	});
});

describe("an install that somebody else began", () => {
	const begin = async () => {
		const browser = createBrowser();
		const atSlack = (await browser.open(`${workspace.origin}/slack/install/go`)).next();
		return { browser, atSlack };
	};
	const agree = async (browser: ReturnType<typeof createBrowser>, atSlack: string, answer = "allow") =>
		(await browser.open(atSlack, { form: { answer, choice: `${userId("yuki")} workspace` } })).next();

	test("does not come back in another browser", async () => {
		const { browser, atSlack } = await begin();
		const back = await agree(browser, atSlack);
		const other = await createBrowser().open(back);
		expect([other.status, other.html.includes("another browser")]).toEqual([403, true]);
	});

	test("comes back once", async () => {
		const { browser, atSlack } = await begin();
		const back = await agree(browser, atSlack);
		expect((await browser.open(back)).status).toBe(200);
		expect((await browser.open(back)).status).toBe(410);
	});

	test("with a state that is not ours leads nowhere", async () => {
		const { browser } = await begin();
		const back = `${workspace.origin}/slack/oauth_redirect?code=x&state=`;
		expect((await browser.open(`${back}s1.test.abcdefgh`)).status).toBe(404);
		expect((await browser.open(back)).status).toBe(404);
	});

	test("and was refused at Slack installs nothing", async () => {
		const { browser, atSlack } = await begin();
		const page = await browser.open(await agree(browser, atSlack, "cancel"));
		expect([page.status, page.html.includes("Nothing was installed")]).toEqual([200, true]);
	});

	test("with a code of somebody else's making is not taken", async () => {
		const { browser, atSlack } = await begin();
		const state = new URL(atSlack).searchParams.get("state") ?? "";
		const query = new URLSearchParams({ code: "made-up", state });
		expect((await browser.open(`${workspace.origin}/slack/oauth_redirect?${query}`)).status).toBe(400);
	});
});

test("the manifest for an update names this server", async () => {
	const { html } = await createBrowser().open(`${workspace.origin}/slack/install/manifest.json`);
	const { settings, oauth_config } = JSON.parse(html);
	expect(settings.event_subscriptions.request_url).toBe(`${workspace.origin}/slack/events`);
	expect(oauth_config.redirect_urls).toEqual([`${workspace.origin}/slack/oauth_redirect`]);
});

describe("the playground's page", () => {
	test.each([
		["an unknown client", { client_id: "1.2" }, "invalid_client_id"],
		["another way back", { redirect_uri: "https://evil.example/x" }, "bad_redirect_uri"],
		["a scope that the app never declared", { scope: "admin" }, "invalid_scope"],
		["no scope", { scope: "" }, "no_scopes"],
	])("refuses %s", async (_, change, error) => {
		const browser = createBrowser();
		const url = new URL((await browser.open(`${workspace.origin}/slack/install/go`)).next());
		for (const [name, value] of Object.entries(change)) url.searchParams.set(name, value);
		const page = await browser.open(url.href);
		expect([page.status, page.html.includes(error)]).toEqual([400, true]);
	});
});

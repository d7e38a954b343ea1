import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AppError } from "../../src/errors.ts";
import type { Enqueue } from "../../src/jobs/queue.ts";
import { notifyAuthor } from "../../src/sessions/queue/notify-author.ts";
import { savePersonSettings } from "../../src/settings/settings-store.ts";
import type { Accounts } from "../../src/slack/accounts.ts";
import type { HomeParts } from "../../src/slack/home/read-home.ts";
import { eventually } from "../harness/eventually.ts";
import { createHomePage } from "../harness/home-page.ts";
import { openAccess } from "../harness/open-access.ts";
import { createSlackWorkspace, type SlackWorkspace } from "../harness/slack-workspace.ts";

/** Which repositories may be read; null: GitHub does not answer. */
let readable: ((repositoryId: string) => boolean) | null = () => true;
const forgotten: string[] = [];
const home: HomeParts = {
	allowed: async (question) => {
		if (readable === null)
			throw new AppError("access_unknown", "GitHub cannot be asked", { retryable: true });
		const all = await openAccess.allowed(question);
		return new Set([...all].filter(readable));
	},
	pictureUrlOf: ({ sessions, merged }) =>
		`https://bobbin.example/charts/${[...sessions, ...merged].join("-")}.png`,
	corrections: {
		listCorrections: async () => [
			{
				id: "0a0a0a0a-0000-4000-8000-00000000000a",
				words: "the *cart* <!channel>",
				channelId: "C1",
				personId: null,
				personName: "Mia",
				fromRepositoryId: null,
				from: null,
				toRepositoryId: "r",
				to: "acme/web-shop",
				at: new Date(),
				daysAgo: 0,
			},
		],
		removeCorrection: async ({ correctionId }) => {
			forgotten.push(correctionId);
			return { outcome: "removed" };
		},
	},
};
const accounts: Accounts = {
	stateOf: async () => ({ state: "never", login: null }),
	slackUserOf: async () => null,
	invite: async () => ({ url: "https://bobbin.example/github/connect" }),
	unlink: async () => ({ outcome: "not_linked" }),
};

let workspace: SlackWorkspace;
let teamId: string;
beforeAll(async () => {
	workspace = await createSlackWorkspace({ showJobs: true, home });
	await workspace.slack.start();
	({ teamId } = workspace.playground.connection);
});
afterAll(() => workspace[Symbol.asyncDispose]());

async function personIdOf(name: string): Promise<string> {
	const { personId } = await workspace.sessions.rememberPerson({
		provider: "slack",
		tenant: teamId,
		externalId: workspace.userId(name),
		name,
		email: null,
		kind: "member",
	});
	return personId;
}

let count = 0;
/** A session of a person as rows. */
async function aSession(
	personId: string,
	fields: {
		title?: string;
		status?: "ready" | "asking";
		prompt?: "queued" | "running" | "done" | "failed" | "stopped";
		held?: "link";
		repositoryId?: string;
		merged?: true;
		team?: string;
		minutesAgo?: number;
	} = {},
): Promise<{ sessionId: string; promptId: string }> {
	const { db } = workspace.database;
	const sessionId = randomUUID();
	const promptId = randomUUID();
	const at = new Date(Date.now() - (fields.minutesAgo ?? 60) * 60_000);
	const place = { team_id: fields.team ?? teamId, channel_id: workspace.channelId("shop") };
	const status = fields.prompt ?? "done";
	await db
		.insertInto("sessions")
		.values({
			id: sessionId,
			status: fields.status ?? "ready",
			title: fields.title ?? `Session ${count}`,
			repository_id: fields.repositoryId ?? null,
			created_at: at,
		} as never)
		.execute();
	await db
		.insertInto("threads")
		.values({ ...place, thread_ts: `1700000000.${String(++count).padStart(6, "0")}`, session_id: sessionId })
		.execute();
	await db
		.insertInto("prompts")
		.values({
			id: promptId,
			session_id: sessionId,
			number: 1,
			author_id: personId,
			text: "Fix it",
			origin: JSON.stringify({
				kind: "slack",
				teamId: place.team_id,
				channelId: place.channel_id,
				messageTs: `${count}.0`,
			}),
			idempotency_key: randomUUID(),
			status,
			held: fields.held ?? null,
			attempt: status === "queued" ? 0 : 1,
			created_at: at,
			started_at: status === "queued" ? null : at,
			finished_at: status === "queued" || status === "running" ? null : at,
		})
		.execute();
	if (fields.merged) {
		await db
			.insertInto("pull_requests")
			.values({
				id: randomUUID(),
				session_id: sessionId,
				prompt_id: promptId,
				repository_id: fields.repositoryId ?? "",
				branch: `b-${count}`,
				base: "main",
				title: "t",
				body: "",
				state: "merged",
				number: count,
				url: `https://github.example/acme/x/pull/${count}`,
				merged_at: at,
			})
			.execute();
	}
	return { sessionId, promptId };
}

async function aRepository(name: string): Promise<string> {
	const id = randomUUID();
	await workspace.database.db
		.insertInto("repositories")
		.values({ id, owner: "acme", name, default_branch: "main" })
		.execute();
	return id;
}

describe("the figures", () => {
	test("say how to begin where nobody has asked for anything", async () => {
		const page = createHomePage(workspace, "zoe");
		await page.open();
		const view = await page.until("Figures will stand here");
		expect(page.textOf(view)).toContain("Bobbin turns threads into pull requests");
		expect(page.textOf(view)).toContain("Nobody in the last 5 minutes");
	});

	test("lead with sessions that were merged, of this workspace only, with a picture that has words", async () => {
		const mia = await personIdOf("mia");
		const shop = await aRepository("web-shop");
		const hidden = await aRepository("hidden");
		for (let n = 0; n < 3; n++)
			await aSession(mia, { repositoryId: shop, ...(n > 0 ? { merged: true } : {}) });
		await aSession(mia, { repositoryId: hidden });
		await aSession(mia, { repositoryId: shop, merged: true, minutesAgo: 45 * 24 * 60 });
		await aSession(mia, { repositoryId: shop, merged: true, team: "T-OTHER", minutesAgo: 1 });
		readable = (id) => id === shop;
		const page = createHomePage(workspace, "mia");
		await page.open();
		const view = await page.until("4 sessions → 2 merged pull requests");
		const text = page.textOf(view);
		expect(text).toContain("▲ 100% more merged than in the 30 days before (1 session → 1 merged)");
		expect(text).toContain("`acme/web-shop` 3 sessions → 2 merged");
		expect(text).not.toContain("hidden");
		expect(text).toContain("may not read");
		expect(text).toContain("Nobody in the last 5 minutes");
		expect(text).toMatch(
			/Bars of the last 30 days: 4 sessions, \d in the busiest day; 2 pull requests merged/,
		);
		expect(view.blocks.find(({ type }) => type === "image")).toMatchObject({
			image_url: expect.stringContaining("https://bobbin.example/charts/"),
		});
	});

	test("change their period, and keep it when the home is opened again", async () => {
		const page = createHomePage(workspace, "mia");
		await page.press("home_days_90");
		await page.until("5 sessions → 3 merged pull requests");
		await page.open();
		const view = await page.until("Last 90 days");
		expect(view.private_metadata).toContain('"days":90');
	});

	test("leave out repositories while GitHub does not answer", async () => {
		readable = null;
		const page = createHomePage(workspace, "mia");
		await page.press("home_days_7");
		expect(page.textOf(await page.until("GitHub does not answer"))).not.toContain("web-shop");
		readable = () => true;
	});

	test("stand there without a picture where Slack does not take it", async () => {
		const refusing = await createSlackWorkspace({
			home: { ...home, pictureUrlOf: () => "not an address" },
		});
		await using _ = refusing;
		await refusing.slack.start();
		const botId = refusing.playground.connection.botUserId;
		await refusing.say("mia", "shop", `<@${botId}> fix the cart`);
		const page = createHomePage(refusing, "mia");
		await page.open();
		await page.until("Sessions by day");
		expect((await page.read())?.blocks.some(({ type }) => type === "image")).toBe(false);
	});
});

describe("one's own sessions", () => {
	test("say so where there are none", async () => {
		const page = createHomePage(workspace, "noah");
		await page.open();
		await page.press("home_tab_sessions");
		await page.until("You have no sessions yet");
	});

	test("stand by what they wait for, ten on a page, each with its buttons", async () => {
		const noah = await personIdOf("noah");
		await aSession(noah, { title: "Running <@U1> *bold*", prompt: "running", minutesAgo: 15 });
		await aSession(noah, { title: "Asked", status: "asking", prompt: "queued", minutesAgo: 14 });
		await aSession(noah, { title: "Unlinked", prompt: "queued", held: "link", minutesAgo: 13 });
		await aSession(noah, { title: "Failed", prompt: "failed", minutesAgo: 12 });
		for (let n = 0; n < 9; n++) await aSession(noah, { title: `Old ${n}`, minutesAgo: 100 + n });
		const page = createHomePage(workspace, "noah");
		await page.press("home_tab_sessions");
		const text = page.textOf(await page.until("Running (1)"));
		expect(text).toMatch(
			/Waiting for you \(2\)[\s\S]*Unlinked[\s\S]*Asked[\s\S]*Running \(1\)[\s\S]*Recent \(10\)[\s\S]*Failed/,
		);
		expect(text).toContain("Which repository do you mean?");
		expect(text).not.toContain("<@U1>");
		expect(text).toContain("Page 1 of 2");
		expect(text).not.toContain("Old 8");
		await page.press("home_page_1");
		expect(page.textOf(await page.until("Page 2 of 2"))).toContain("Old 8");
		await page.press("home_page_0");
		await page.until("Page 1 of 2");
	});

	test("are stopped and tried again there, and the home shows it by itself", async () => {
		const page = createHomePage(workspace, "noah");
		await page.press("retry_prompt");
		await page.until("Running (2)");
		// The first of those that wait.
		await page.press("stop_session");
		await page.until("Waiting for you (1)");
	});
});

describe("settings", () => {
	test("are kept as they are chosen", async () => {
		const page = createHomePage(workspace, "priya");
		await page.open();
		await page.press("home_tab_settings");
		await page.until("The model that works for you");
		await page.choose("choose_model", "claude-opus-5-5");
		await page.choose("choose_verbosity", "quiet");
		await page.choose("choose_notify", "direct");
		await page.choose("choose_draft", "draft");
		const personId = await personIdOf("priya");
		await eventually(async () => {
			const row = await workspace.database.db
				.selectFrom("people")
				.select(["model", "verbosity", "notify", "draft"])
				.where("id", "=", personId)
				.executeTakeFirstOrThrow();
			expect(row).toEqual({
				model: "claude-opus-5-5",
				verbosity: "quiet",
				notify: "direct",
				draft: true,
			});
		});
		await page.choose("choose_model", "usual");
	});

	test("show what was learned, and forget it", async () => {
		const page = createHomePage(workspace, "priya");
		const text = page.textOf(await page.until("Learned from you"));
		expect(text).not.toContain("<!channel>");
		await page.press("forget_correction");
		await eventually(() => expect(forgotten).toEqual(["0a0a0a0a-0000-4000-8000-00000000000a"]));
	});

	test("have a way to connect GitHub, and the workspace's rules for admins only", async () => {
		const linked = await createSlackWorkspace({ home, accounts });
		await using _ = linked;
		await linked.slack.start();
		const page = createHomePage(linked, "priya");
		await page.open();
		await page.press("home_tab_settings");
		const text = page.textOf(await page.until("GitHub: not connected yet"));
		expect(text).not.toContain("who may ask me in this workspace");
		const admins = createHomePage(linked, "mia");
		await admins.open();
		await admins.press("home_tab_settings");
		await admins.until("who may ask me in this workspace");
		await admins.tick("choose_workspace_rules", ["guests"]);
		await eventually(async () => {
			const rules = await linked.database.db.selectFrom("workspaces").select("allow_guests").execute();
			expect(rules).toEqual([{ allow_guests: true }]);
		});
	});

	test("are not for guests, who are told so", async () => {
		const page = createHomePage(workspace, "finn");
		await page.open();
		const view = await page.until("I work for its members only");
		expect(view.blocks.some(({ type }) => type === "actions")).toBe(false);
	});
});

describe("drawing", () => {
	/** Others' homes are drawn again meanwhile, by themselves. */
	const publishedFor = (name: string) =>
		workspace.proxy.sent
			.filter(
				({ method, said }) => method === "views.publish" && said.get("user_id") === workspace.userId(name),
			)
			.map(({ said }) => said.get("view") ?? "");
	/** A slow machine draws one more often. */
	const isFrame = (view: string) => view.includes("One moment…");

	test("begins with a view at once, when there is none", async () => {
		expect(publishedFor("omar")).toEqual([]);
		const page = createHomePage(workspace, "omar");
		await page.open();
		await page.until("sessions →");
		expect(publishedFor("omar").map(isFrame)).toEqual([true, false]);
	});

	test("survives a view that somebody else published meanwhile", async () => {
		const page = createHomePage(workspace, "mia");
		await page.open();
		await workspace.bot.views.publish({
			user_id: workspace.userId("mia"),
			view: { type: "home", blocks: [{ type: "divider" }] },
		});
		await workspace.database.db.updateTable("slack_homes").set({ shown: null }).execute();
		await page.open();
		await page.until("sessions →");
	});

	test("arrives although an answer was lost", async () => {
		const page = createHomePage(workspace, "mia");
		await page.press("home_tab_settings");
		await page.until("The model that works for you");
		workspace.proxy.next("views.publish", "drop");
		await page.press("home_tab_sessions");
		await page.until(/Recent|no sessions yet/);
	});

	test("publishes nothing where nothing has changed", async () => {
		const page = createHomePage(workspace, "omar");
		await page.press("home_tab_sessions");
		await page.until("no sessions yet");
		const before = publishedFor("omar").length;
		await page.press("home_tab_sessions");
		await page.open();
		await page.press("home_tab_settings");
		await page.until("The model that works for you");
		const published = publishedFor("omar").slice(before - 1);
		expect(published.filter((view, index) => view === published[index - 1])).toEqual([]);
		expect(published.at(-1)).toContain("The model that works for you");
	});

	test("counts people who prompt while it is looked at, and many changes are one view", async () => {
		const page = createHomePage(workspace, "omar");
		await page.press("home_tab_stats");
		await page.until("Nobody in the last 5 minutes");
		const botId = workspace.playground.connection.botUserId;
		await workspace.say("mia", "shop", `<@${botId}> fix the cart total`);
		await eventually(async () =>
			expect(page.textOf(await page.read())).toContain("1 person in the last 5 minutes"),
		);
	});
});

describe("direct messages", () => {
	const directly = async (name: string) => {
		const human = workspace.human(name);
		const { botUserId } = workspace.playground.connection;
		const { channel } = await human.conversations.open({ users: botUserId });
		const { messages } = await human.conversations.history({ channel: channel?.id ?? "" });
		return messages ?? [];
	};
	const endOf = async (promptId: string) => {
		const { finished_at } = await workspace.database.db
			.selectFrom("prompts")
			.select("finished_at")
			.where("id", "=", promptId)
			.executeTakeFirstOrThrow();
		return finished_at?.getTime() ?? 0;
	};

	test("say how a prompt ended with its gist and its thread, once for each end", async () => {
		const zoe = await personIdOf("zoe");
		const { sessionId, promptId } = await aSession(zoe, { minutesAgo: 1 });
		await workspace.database.db
			.updateTable("prompts")
			.set({ answer: "The total is **rounded** now, see `cart.ts`." })
			.where("id", "=", promptId)
			.execute();
		const end = { sessionId, promptId, atMs: await endOf(promptId) };
		expect(await workspace.slack.notifyAuthor(end)).toEqual({ outcome: "shown" });
		expect(await workspace.slack.notifyAuthor(end)).toEqual({ outcome: "shown" });
		// It was begun once more and ended again since.
		await workspace.slack.notifyAuthor({ ...end, atMs: end.atMs - 1 });
		const said = await directly("zoe");
		expect(said).toHaveLength(1);
		expect(said[0]?.text).toContain("✅ Done: *Fix it*");
		expect(JSON.stringify(said[0]?.blocks)).toContain("*rounded*");
		expect(JSON.stringify(said[0]?.blocks)).toContain("/archives/");
	});

	test("are said once where the answer of Slack was lost", async () => {
		const omar = await personIdOf("omar");
		const { sessionId, promptId } = await aSession(omar, { minutesAgo: 1, prompt: "failed" });
		const end = { sessionId, promptId, atMs: await endOf(promptId) };
		workspace.proxy.whenPostedTo("D", "drop");
		expect(await workspace.slack.notifyAuthor(end)).toMatchObject({ outcome: "later" });
		expect(await workspace.slack.notifyAuthor(end)).toEqual({ outcome: "shown" });
		expect(await directly("omar")).toHaveLength(1);
	});

	test("say nothing of what their author stopped", async () => {
		const priya = await personIdOf("priya");
		const { sessionId, promptId } = await aSession(priya, { minutesAgo: 1, prompt: "stopped" });
		await workspace.database.db
			.updateTable("prompts")
			.set({ stop_requested_by: priya })
			.where("id", "=", promptId)
			.execute();
		await workspace.slack.notifyAuthor({ sessionId, promptId, atMs: await endOf(promptId) });
		expect(await directly("priya")).toEqual([]);
	});

	test("are queued with the end of a prompt, only for whoever chose them", async () => {
		const { db } = workspace.database;
		const mia = await personIdOf("mia");
		const queued: unknown[] = [];
		const enqueue: Enqueue = async (_tx, kind, payload) => void queued.push([kind.name, payload]);
		const prompt = { id: randomUUID(), sessionId: randomUUID(), authorId: mia };
		await notifyAuthor(db, enqueue, prompt, new Date(5));
		expect(queued).toEqual([]);
		await savePersonSettings(db, mia, { notify: "direct" });
		await notifyAuthor(db, enqueue, prompt, new Date(5));
		const payload = { version: 1, sessionId: prompt.sessionId, promptId: prompt.id, atMs: 5 };
		expect(queued).toEqual([["notify-author", payload]]);
	});
});

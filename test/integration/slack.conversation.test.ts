import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { saveWorkspaceRules } from "../../src/people/workspace-store.ts";
import { eventually } from "../harness/eventually.ts";
import { createHomePage } from "../harness/home-page.ts";
import { aRepository } from "../harness/sessions.ts";
import { slackPerson } from "../harness/slack-person.ts";
import { createSlackWorkspace, type SlackWorkspace } from "../harness/slack-workspace.ts";

let workspace: SlackWorkspace;
beforeAll(async () => {
	workspace = await createSlackWorkspace({ showJobs: true });
	await workspace.slack.start();
});
afterAll(() => workspace[Symbol.asyncDispose]());

type Place = { channelId: string; threadTs: string };

const teamId = () => workspace.playground.connection.teamId;
const botId = () => workspace.playground.connection.botUserId;
const ofBot = async (at: Place) => (await workspace.thread(at)).filter(({ user }) => user === botId());

async function sessionOf(at: Place): Promise<string> {
	return eventually(async () => {
		const found = await workspace.sessions.findByThread({ teamId: teamId(), ...pick(at) });
		if (found === null) throw new Error("no session yet");
		return found.sessionId;
	});
}
const pick = ({ channelId, threadTs }: Place) => ({ channelId, threadTs });

async function botSays(at: Place, words: string | RegExp) {
	return eventually(async () => {
		const found = (await ofBot(at)).find((message) =>
			typeof words === "string"
				? JSON.stringify(message).includes(words)
				: words.test(JSON.stringify(message)),
		);
		if (found === undefined) throw new Error(`the bot has not said ${words}`);
		return found;
	});
}

function buttonIn(message: { blocks?: unknown }, actionId: string) {
	for (const block of (message.blocks ?? []) as {
		block_id?: string;
		elements?: Record<string, unknown>[];
	}[]) {
		const action = block.elements?.find((element) => element.action_id === actionId);
		if (action !== undefined) return { block_id: block.block_id ?? "", action };
	}
	throw new Error(`no ${actionId} in ${JSON.stringify(message.blocks)}`);
}

async function click(name: string, at: Place, message: { ts: string; blocks?: unknown }, actionId: string) {
	const { block_id, action } = buttonIn(message, actionId);
	await workspace.onPage(name, "action", {
		channel: at.channelId,
		message_ts: message.ts,
		block_id,
		action: { action_id: actionId, value: action.value },
	});
}

describe("a mention", () => {
	test("gets a reaction and one status message at once, and its context is kept", async () => {
		const at = await workspace.say("mia", "shop", "@bobbin fix the rounding & ping nobody");
		await botSays(at, "Finding out which repository");
		const [first] = await workspace.thread(at);
		await eventually(async () => {
			const [parent] = await workspace.thread(at);
			expect(parent?.reactions?.map(({ name }) => name)).toEqual(["eyes"]);
		});
		expect(first?.text).toContain("rounding");
		expect(await ofBot(at)).toHaveLength(1);
		const { prompts } = await workspace.sessions.view(await sessionOf(at));
		expect(prompts.map(({ text, author }) => [text, author?.name])).toEqual([
			["fix the rounding & ping nobody", "Mia Berg"],
		]);
		const row = await workspace.database.db
			.selectFrom("prompts")
			.select("context")
			.where("id", "=", prompts[0]?.id ?? "")
			.executeTakeFirstOrThrow();
		expect(row.context).toMatchObject({ channelName: "shop" });
	});

	test("in a thread brings along what was said before", async () => {
		const at = await workspace.say("noah", "engineering", "the total is wrong by a cent");
		await workspace.say("zoe", "engineering", "since yesterday", at.threadTs);
		await workspace.say("mia", "engineering", "@bobbin have a look", at.threadTs);
		await sessionOf(at);
		await eventually(async () => {
			const row = await workspace.database.db
				.selectFrom("prompts")
				.select(["text", "context"])
				.where("text", "=", "have a look")
				.executeTakeFirstOrThrow();
			expect(row.context.thread).toEqual([
				{ author: "Noah Silva", text: "the total is wrong by a cent" },
				{ author: "Zoe Laurent", text: "since yesterday" },
			]);
		});
	});

	test("with nothing else gets a friendly example", async () => {
		const at = await workspace.say("mia", "docs", "@bobbin");
		await botSays(at, "For example");
		expect(await ofBot(at)).toHaveLength(1);
	});

	test("by a guest is refused in one polite line, once a thread", async () => {
		const channel = "shop";
		const at = await workspace.say("finn", channel, "@bobbin fix it");
		await botSays(at, "guests");
		await workspace.say("finn", channel, "@bobbin please", at.threadTs);
		// Lanes keep a thread in order: once the member's prompt is there, the guest's second try is over.
		await workspace.say("mia", channel, "@bobbin do it for finn", at.threadTs);
		await sessionOf(at);
		expect((await ofBot(at)).filter(({ text }) => text.includes("guests"))).toHaveLength(1);
	});

	test("by someone of another organisation is refused, a member next to them is not", async () => {
		const teamId = workspace.playground.connection.teamId;
		await saveWorkspaceRules(workspace.database.db, teamId, { allowSharedChannels: true }, new Date());
		const at = await workspace.say("ivan", "partners", "@bobbin show me the code");
		await botSays(at, "only for members");
		await workspace.say("noah", "partners", "@bobbin do it for us", at.threadTs);
		const { prompts } = await workspace.sessions.view(await sessionOf(at));
		expect(prompts.map(({ author }) => author?.name)).toEqual(["Noah Silva"]);
	});

	test("is not needed in a direct message", async () => {
		const { channel } = await workspace.human("zoe").conversations.open({ users: botId() });
		const posted = await workspace
			.human("zoe")
			.chat.postMessage({ channel: channel?.id ?? "", text: "fix the docs" });
		const at = { channelId: channel?.id ?? "", threadTs: posted.ts ?? "" };
		const { prompts } = await workspace.sessions.view(await sessionOf(at));
		expect(prompts.map(({ text }) => text)).toEqual(["fix the docs"]);
	});

	test("of a file becomes a prompt with the file, whose bytes are read from Slack", async () => {
		await workspace.human("mia").filesUploadV2({
			channel_id: workspace.channelId("random"),
			initial_comment: `<@${botId()}>`,
			content: "line one\nline two\n",
			filename: "trace.log",
		});
		const prompt = await eventually(() =>
			workspace.database.db
				.selectFrom("prompts")
				.select(["text", "files"])
				.where("text", "=", "Please have a look at the attached files.")
				.executeTakeFirstOrThrow(),
		);
		expect(prompt.files).toMatchObject([{ name: "trace.log", sizeBytes: 18 }]);
	});
});

describe("a thread with a session", () => {
	test("takes every reply as the next prompt of its own author, in order, without a mention", async () => {
		const at = await workspace.say("mia", "random", "@bobbin first thing");
		const sessionId = await sessionOf(at);
		await workspace.say("noah", "random", "second thing", at.threadTs);
		await workspace.say("zoe", "random", "third thing", at.threadTs);
		await botSays(at, "Queued, 3rd in line");
		const { prompts } = await workspace.sessions.view(sessionId);
		expect(prompts.map(({ text, author }) => [text, author?.name])).toEqual([
			["first thing", "Mia Berg"],
			["second thing", "Noah Silva"],
			["third thing", "Zoe Laurent"],
		]);
	});

	test("cancels a queued prompt by its button and everything by the word stop", async () => {
		const at = await workspace.say("mia", "docs", "@bobbin one");
		const sessionId = await sessionOf(at);
		await workspace.say("mia", "docs", "two", at.threadTs);
		await click("noah", at, await botSays(at, "Queued, 2nd in line"), "cancel_prompt");
		await botSays(at, "Cancelled before it began");
		await workspace.say("zoe", "docs", "Stop!", at.threadTs);
		await eventually(async () => {
			const { prompts } = await workspace.sessions.view(sessionId);
			expect(prompts.map(({ status }) => status)).toEqual(["cancelled", "cancelled"]);
		});
	});

	test("is stopped by Slack's own Stop", async () => {
		const at = await workspace.say("mia", "engineering", "@bobbin native stop");
		const sessionId = await sessionOf(at);
		await workspace.bot.agents.sessions.setStatus({
			channel_id: at.channelId,
			thread_ts: at.threadTs,
			status: "processing",
		});
		await workspace.onPage("mia", "stop-session", { channel: at.channelId, thread_ts: at.threadTs });
		await eventually(async () => {
			const { prompts } = await workspace.sessions.view(sessionId);
			expect(prompts[0]?.status).toBe("cancelled");
		});
	});
});

describe("which repository", () => {
	test("is asked with a searchable select; the pick starts the work, a second click does nothing", async () => {
		const shop = await aRepository(workspace.database, "web-shop");
		const docs = await aRepository(workspace.database, "docs-site");
		const at = await workspace.say("mia", "general", "@bobbin change something");
		const sessionId = await sessionOf(at);
		await workspace.sessions.askRepository({
			sessionId,
			reason: "no hint",
			candidates: [{ repositoryId: docs.id, repository: "acme/docs-site" }],
		});
		await workspace.slack.showThread(sessionId);
		const question = await botSays(at, "Which repository is this for");
		// Slack tells people of a new message, not of an edit.
		const status = await botSays(at, "One question first, below");
		expect(Number(question.ts)).toBeGreaterThan(Number(status.ts));
		const { block_id } = buttonIn(question, "pick_repository");
		const place = { channel: at.channelId, message_ts: question.ts, block_id };

		const all = (await workspace.onPage("noah", "suggestions", {
			...place,
			action_id: "pick_repository",
			value: "",
		})) as { options: { value: string; text: { text: string } }[] };
		expect(all.options.map(({ text }) => text.text)).toEqual([
			"acme/docs-site",
			"acme/web-shop",
			"No repository needed",
		]);
		const found = (await workspace.onPage("noah", "suggestions", {
			...place,
			action_id: "pick_repository",
			value: "web-shop",
		})) as typeof all;
		expect(found.options.map(({ value }) => value)).toEqual([shop.id]);

		await workspace.onPage("noah", "action", {
			...place,
			action: { action_id: "pick_repository", type: "external_select", selected_option: found.options[0] },
		});
		await botSays(at, /👉 .*acme\/web-shop.*picked by Noah Silva/);
		const late = await workspace
			.onPage("zoe", "action", {
				...place,
				action: { action_id: "pick_repository_quick_0", value: `${sessionId} ${docs.id}` },
			})
			.catch((error: unknown) => error);
		// The question is folded: there is nothing left to click, and a click that was on its way counts for nothing.
		expect(late).toBeInstanceOf(Error);
		const second = await workspace.sessions.chooseRepository({
			sessionId,
			personId: null,
			repositoryId: docs.id,
			routing: { how: "picked", reason: "", confidence: null },
		});
		expect(second.outcome).toBe("already_chosen");
		expect((await workspace.sessions.view(sessionId)).repository?.fullName).toBe("acme/web-shop");
	});

	test("tells whoever picked another one a moment later where it is", async () => {
		const [first, second] = [
			await aRepository(workspace.database, "a"),
			await aRepository(workspace.database, "b"),
		];
		const at = await workspace.say("mia", "random", "@bobbin change one of them");
		const sessionId = await sessionOf(at);
		const routing = { how: "picked" as const, reason: "", confidence: null };
		await workspace.sessions.chooseRepository({ sessionId, personId: null, repositoryId: first.id, routing });
		const clicked = (repositoryId: string) =>
			workspace.deliver({
				type: "block_actions",
				team: { id: teamId() },
				user: { id: workspace.userId("noah") },
				channel: { id: at.channelId },
				message: { ts: at.threadTs },
				actions: [{ action_id: "pick_repository_quick_0", value: `${sessionId} ${repositoryId}` }],
			});
		await clicked(first.id);
		await clicked(second.id);
		const noah = slackPerson(workspace, "noah");
		await noah.untilWhisper(at, /Somebody was faster: it is in `acme\/a`/);
		expect(await noah.whispers(at)).toHaveLength(1);
		expect((await workspace.sessions.view(sessionId)).repository?.id).toBe(first.id);
	});

	test("can be answered by one quick click", async () => {
		const repository = await aRepository(workspace.database, "quick-one");
		const at = await workspace.say("mia", "random", "@bobbin quick change");
		const sessionId = await sessionOf(at);
		await workspace.sessions.askRepository({
			sessionId,
			reason: "no hint",
			candidates: [{ repositoryId: repository.id, repository: "acme/quick-one" }],
		});
		await workspace.slack.showThread(sessionId);
		await click("mia", at, await botSays(at, "pick_repository_quick_0"), "pick_repository_quick_0");
		await eventually(async () => {
			expect((await workspace.sessions.view(sessionId)).repository?.id).toBe(repository.id);
		});
	});
});

test("/bobbin answers privately and App Home is drawn", async () => {
	await workspace.onPage("mia", "command", {
		channel: workspace.channelId("shop"),
		command: "/bobbin",
		text: "help",
	});
	const page = createHomePage(workspace, "mia");
	await page.open();
	await page.until("Prompting now");
});

test("Slack refused nothing that was sent, but for its speed", async () => {
	const refused = await fetch(workspace.playground.connection.apiUrl.replace("/api/", "/page/refused"), {
		headers: { authorization: "Bearer xoxp-mia" },
	}).then((response) => response.json() as Promise<{ refused: { method: string; error: string }[] }>);
	const faults = refused.refused.filter(({ error }) => error !== "ratelimited");
	expect(faults.map(({ method, error }) => `${method}: ${error}`)).toEqual([]);
});

test("no link that we say is unfolded", () => {
	const posted = workspace.proxy.sent.filter(({ method }) => method === "chat.postMessage");
	expect(posted.length).toBeGreaterThan(5);
	for (const { said } of posted)
		expect([said.get("unfurl_links"), said.get("unfurl_media")]).toEqual(["false", "false"]);
});

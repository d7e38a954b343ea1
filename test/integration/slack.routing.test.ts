import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Access } from "../../src/people/access.ts";
import { createCompleteMove } from "../../src/sessions/routing/complete-move.ts";
import { eventually } from "../harness/eventually.ts";
import { openAccess } from "../harness/open-access.ts";
import { aRepository } from "../harness/sessions.ts";
import { createSlackWorkspace, type SlackWorkspace, type ThreadMessage } from "../harness/slack-workspace.ts";

type Place = { channelId: string; threadTs: string };

let workspace: SlackWorkspace;
let shop: Awaited<ReturnType<typeof aRepository>>;
let pricing: Awaited<ReturnType<typeof aRepository>>;
/** What nobody may change, and what nobody may even read. */
let locked: Awaited<ReturnType<typeof aRepository>>;
let secret: Awaited<ReturnType<typeof aRepository>>;
const access: Access = {
	...openAccess,
	permissionOf: async ({ repositoryId }) =>
		repositoryId === secret.id ? "none" : repositoryId === locked.id ? "read" : "write",
	allowed: async ({ repositoryIds, need }) =>
		new Set(repositoryIds.filter((id) => id !== secret.id && (need === "read" || id !== locked.id))),
};

beforeAll(async () => {
	workspace = await createSlackWorkspace({ showJobs: true, introduce: true, access });
	shop = await aRepository(workspace.database, "web-shop");
	pricing = await aRepository(workspace.database, "py-pricing");
	locked = await aRepository(workspace.database, "locked");
	secret = await aRepository(workspace.database, "secret");
	await workspace.slack.start();
});
afterAll(() => workspace[Symbol.asyncDispose]());

const teamId = () => workspace.playground.connection.teamId;
/** By the page: a person's own calls have their limits too. */
async function seen(at: { channelId: string; threadTs?: string }) {
	const query = new URLSearchParams({
		channel: at.channelId,
		...(at.threadTs === undefined ? {} : { thread: at.threadTs }),
	});
	return (await workspace.readPage("mia", `messages?${query}`)) as {
		messages: (ThreadMessage & { subtype?: string })[];
	};
}
const ofBot = async (at: { channelId: string; threadTs?: string }) =>
	(await seen(at)).messages.filter(
		({ user, subtype }) => user === workspace.playground.connection.botUserId && subtype === undefined,
	);

async function says(at: Place, words: string): Promise<ThreadMessage> {
	return eventually(async () => {
		const messages = await ofBot(at);
		const found = messages.find((message) => JSON.stringify(message).includes(words));
		if (found === undefined) throw new Error(`not said: ${words}, but ${JSON.stringify(messages)}`);
		return found;
	});
}

async function whispers(name: string, at: Place): Promise<ThreadMessage[]> {
	const query = new URLSearchParams({ channel: at.channelId, thread: at.threadTs });
	return ((await workspace.readPage(name, `messages?${query}`)) as { ephemerals: ThreadMessage[] })
		.ephemerals;
}

/** A mention that was taken for the web shop. */
async function begin(text = "@bobbin fix the volume discount") {
	const at = await workspace.say("mia", "shop", text);
	const sessionId = await eventually(async () => {
		const thread = { teamId: teamId(), channelId: at.channelId, threadTs: at.threadTs };
		const found = await workspace.sessions.findByThread(thread);
		if (found === null) throw new Error("no session yet");
		return found.sessionId;
	});
	await workspace.sessions.chooseRepository({
		sessionId,
		personId: null,
		repositoryId: shop.id,
		routing: { how: "model", reason: "my guess: discounts are in the shop", confidence: 0.8 },
	});
	const status = await says(at, "my guess");
	return { at, sessionId, status };
}

/** What the person sees after the button: the private question, and how to answer it. */
async function openPicker(name: string, { at, sessionId, status }: Awaited<ReturnType<typeof begin>>) {
	const blocks = (status.blocks ?? []) as { type: string; block_id?: string }[];
	await workspace.onPage(name, "action", {
		channel: at.channelId,
		message_ts: status.ts,
		block_id: blocks.find(({ type }) => type === "actions")?.block_id ?? "",
		action: { action_id: "wrong_repository", value: sessionId },
	});
	const question = await eventually(async () => {
		const [found] = await whispers(name, at);
		if (found === undefined) throw new Error("nothing was asked");
		return found;
	});
	const place = { channel: at.channelId, message_ts: question.ts, block_id: `${sessionId} move` };
	return {
		question,
		async offers(value: string) {
			const asked = { ...place, action_id: "move_session", value };
			const { options } = (await workspace.onPage(name, "suggestions", asked)) as {
				options: { text: { text: string }; value: string }[];
			};
			return options;
		},
		pick: (option: object) =>
			workspace.onPage(name, "action", {
				...place,
				action: { action_id: "move_session", type: "external_select", selected_option: option },
			}),
	};
}

const option = ({ id, owner, name }: typeof shop) => ({
	text: { type: "plain_text", text: `${owner}/${name}` },
	value: id,
});
const answered = (name: string, at: Place, words: string) =>
	eventually(async () => {
		const seen = JSON.stringify(await whispers(name, at));
		if (!seen.includes(words)) throw new Error(`not answered: ${words}, but ${seen}`);
	});

/** What the job does once the work is kept. */
const complete = (sessionId: string) =>
	createCompleteMove({
		...{
			db: workspace.database.db,
			log: workspace.log,
			now: Date.now,
			newId: crypto.randomUUID.bind(crypto),
		},
		enqueue: async () => {},
		sandboxes: { delete: async () => {} },
	})({ sessionId, kept: { outcome: "no_sandbox" } });

/** Slack takes about one message a second in a channel. */
const show = (sessionId: string) =>
	eventually(async () => {
		expect(await workspace.slack.showThread(sessionId)).toEqual({ outcome: "shown" });
	});

const setPrompt = (sessionId: string, set: object) =>
	workspace.database.db.updateTable("prompts").set(set).where("session_id", "=", sessionId).execute();

describe("the status", () => {
	test("says which repository and why, with a button for whoever knows better", async () => {
		const { status } = await begin();
		expect(status.text).toBe("👀 On it. Starting on `acme/web-shop` — my guess: discounts are in the shop…");
		expect(JSON.stringify(status.blocks)).toContain("Wrong repository?");
	});
});

describe("“Wrong repository?”", () => {
	test("asks privately, offers only what the person may change, and moves the session", async () => {
		const begun = await begin();
		const { at, sessionId } = begun;
		const { question, offers, pick } = await openPicker("noah", begun);
		expect(question.text).toContain("Where does this belong?");
		expect(await whispers("mia", at)).toEqual([]);
		expect((await offers("")).map(({ text }) => text.text)).toEqual(["acme/py-pricing"]);
		expect(await offers("secret")).toEqual([]);
		const [found] = await offers("pricing");

		await pick(found ?? {});
		await answered("noah", at, "On its way to `acme/py-pricing`");
		await says(at, "Moving to `acme/py-pricing`");
		await complete(sessionId);
		await show(sessionId);

		await says(at, "Starting on `acme/py-pricing` — moved here from acme/web-shop by Noah");
		expect(await ofBot(at)).toHaveLength(1);
		expect((await workspace.sessions.view(sessionId)).repository?.id).toBe(pricing.id);
	});

	test("after the work was done leaves the answer, names what stays open and begins below", async () => {
		const begun = await begin();
		const { at, sessionId } = begun;
		const at0 = new Date();
		const done = { status: "done", answer: "Fixed it.", started_at: at0, finished_at: at0, attempt: 1 };
		await setPrompt(sessionId, { ...done, repository_id: shop.id });
		const [prompt] = (await workspace.sessions.view(sessionId)).prompts;
		await workspace.database.db
			.insertInto("pull_requests")
			.values({
				...{ id: crypto.randomUUID(), session_id: sessionId, prompt_id: prompt?.id ?? "", number: 7 },
				...{ repository_id: shop.id, branch: "bobbin/x", base: "main", title: "Fix", body: "" },
				...{ state: "open", url: "http://github.test/acme/web-shop/pull/7" },
			})
			.execute();
		await show(sessionId);
		const status = await says(at, "✅ Done");
		const { pick } = await openPicker("mia", { ...begun, status });
		await pick(option(pricing));
		await answered("mia", at, "On its way");
		await complete(sessionId);
		await show(sessionId);
		await says(at, "Starting on `acme/py-pricing`");

		const texts = (await ofBot(at)).map(({ text }) => text);
		expect(texts).toEqual([
			"➡️ Mia Berg moved this from `acme/web-shop` to `acme/py-pricing` · #7 there stays open",
			"Fixed it.",
			expect.stringContaining("#7 Fix"),
			expect.stringContaining("Starting on `acme/py-pricing` — moved here from acme/web-shop by Mia Berg"),
		]);
		await setPrompt(sessionId, { ...done, answer: "Fixed here.", repository_id: pricing.id });
		await show(sessionId);
		const after = (await ofBot(at)).map(({ text }) => text);
		expect(after.slice(3)).toEqual([expect.stringContaining("✅ Done · `acme/py-pricing`"), "Fixed here."]);
		expect(after[1]).toBe("Fixed it.");
	});

	test.each([
		["may only read", () => locked, "not change it"],
		["may not know of", () => secret, "That repository is not there for you and me"],
	])("a repository that the person %s is refused, and nothing moves", async (_, target, words) => {
		const begun = await begin();
		const { pick } = await openPicker("noah", begun);
		await pick(option(target()));
		await answered("noah", begun.at, words);
		const view = await workspace.sessions.view(begun.sessionId);
		expect([view.repository?.id, view.movingTo]).toEqual([shop.id, null]);
	});

	test("what comes of it is said also where the question cannot be replaced any more", async () => {
		const { at, sessionId } = await begin();
		const place = { id: at.channelId };
		const answer = await workspace.deliver({
			type: "block_actions",
			trigger_id: crypto.randomUUID(),
			// Slack takes it half an hour long.
			response_url: workspace.origin.replace(/\d+$/, "1"),
			team: { id: teamId() },
			user: { id: workspace.userId("noah"), team_id: teamId() },
			channel: place,
			container: { type: "message", is_ephemeral: true, thread_ts: at.threadTs },
			actions: [
				{
					type: "external_select",
					action_id: "move_session",
					block_id: `${sessionId} move`,
					selected_option: option(locked),
				},
			],
		});
		expect(answer.status).toBe(200);
		await answered("noah", at, "not change it");
	});

	test("pressed twice at the same moment moves once", async () => {
		const begun = await begin();
		const [mia, noah] = [await openPicker("mia", begun), await openPicker("noah", begun)];
		await Promise.all([mia.pick(option(pricing)), noah.pick(option(pricing))]);
		await answered("mia", begun.at, "On its way");
		await answered("noah", begun.at, "On its way");
		await Promise.all([complete(begun.sessionId), complete(begun.sessionId)]);
		expect((await workspace.sessions.view(begun.sessionId)).moves).toHaveLength(1);
	});
});

describe("the first time in a channel", () => {
	const lines = async (channelId: string) => (await ofBot({ channelId })).map(({ text }) => text);
	const invite = async (topic?: string) => {
		const mia = workspace.human("mia");
		const { channel } = await mia.conversations.create({ name: `new-${crypto.randomUUID().slice(0, 8)}` });
		const channelId = channel?.id ?? "";
		if (topic !== undefined) await mia.conversations.setTopic({ channel: channelId, topic });
		await mia.conversations.invite({ channel: channelId, users: workspace.playground.connection.botUserId });
		return channelId;
	};

	test("it says in one line what it will do, once however often it is told", async () => {
		const channelId = await invite("repo:acme/web-shop");
		const said = await eventually(async () => {
			const all = await lines(channelId);
			expect(all).toHaveLength(1);
			return all;
		});
		expect(said[0]).toBe(
			"Hello! Mention me and say what to change: I work on acme/web-shop unless you name another one. Change that with /bobbin repo, or repo:owner/name in the topic. Replies in my threads steer the work.",
		);
		const { teamId } = workspace.playground.connection;
		await Promise.all(
			Array.from({ length: 3 }, () =>
				workspace.introduce({ teamId, channelId, threadTs: null, topic: async () => "", personId: null }),
			),
		);
		expect(workspace.toldChannels(channelId)).toBe(1);
	});

	test("a repository that whoever invited may not read is not named, nor one that is not there", async () => {
		for (const topic of ["repo:acme/secret", "repo:acme/nothing-here", ""]) {
			const channelId = await invite(topic);
			const [said] = await eventually(async () => {
				const all = await lines(channelId);
				expect(all).toHaveLength(1);
				return all;
			});
			expect(said).toContain("I find out which repository is meant, or ask");
		}
	});

	test("where nobody invited, it is said in the first thread", async () => {
		const at = await workspace.say("mia", "docs", "@bobbin fix the guide");
		await says(at, "First time in this channel: I find out which repository is meant");
		const again = await workspace.say("mia", "docs", "@bobbin fix the other guide");
		await says(again, "Finding out which repository");
		expect(workspace.toldChannels(at.channelId)).toBe(1);
	});
});

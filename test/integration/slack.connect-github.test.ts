import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Accounts } from "../../src/slack/accounts.ts";
import { eventually } from "../harness/eventually.ts";
import { createHomePage } from "../harness/home-page.ts";
import { createSlackWorkspace, type SlackWorkspace, type ThreadMessage } from "../harness/slack-workspace.ts";
import { findAction, visibleText } from "../harness/thread.ts";

/** Accounts in memory: a link is a number, and it is noted who asked for one. */
const invited: string[] = [];
const unlinked: string[] = [];
let account: Awaited<ReturnType<Accounts["stateOf"]>>;
const accounts: Accounts = {
	stateOf: async () => account,
	slackUserOf: async ({ personId }) =>
		(
			await workspace.database.db
				.selectFrom("identities")
				.select("external_id")
				.where("person_id", "=", personId)
				.executeTakeFirst()
		)?.external_id ?? null,
	async invite(personId) {
		invited.push(personId);
		return { url: `https://bobbin.example/github/connect?state=${invited.length}` };
	},
	async unlink(personId) {
		unlinked.push(personId);
		account = { state: "revoked", login: "mia" };
		return { outcome: "unlinked", login: "mia" };
	},
};

let workspace: SlackWorkspace;
beforeAll(async () => {
	workspace = await createSlackWorkspace({ showJobs: true, accounts });
	await workspace.slack.start();
});
afterAll(() => workspace[Symbol.asyncDispose]());
beforeEach(() => {
	account = { state: "never", login: null };
	invited.length = 0;
	unlinked.length = 0;
});

async function startHeld(channel = "shop") {
	const botId = workspace.playground.connection.botUserId;
	const at = await workspace.say("mia", channel, `<@${botId}> fix the cart`);
	const teamId = workspace.playground.connection.teamId;
	const { channelId, threadTs } = at;
	const sessionId = await eventually(async () => {
		const found = await workspace.sessions.findByThread({ teamId, channelId, threadTs });
		if (found === null) throw new Error("no session yet");
		return found.sessionId;
	});
	const { prompts } = await workspace.sessions.view(sessionId);
	const personId = prompts[0]?.author?.personId ?? "";
	expect(prompts[0]?.held).toBe("link");
	return { ...at, sessionId, personId };
}

async function whispers(name: string, at: { channelId: string; threadTs: string }): Promise<ThreadMessage[]> {
	const query = new URLSearchParams({ channel: at.channelId, thread: at.threadTs });
	const { ephemerals } = (await workspace.readPage(name, `messages?${query}`)) as {
		ephemerals: ThreadMessage[];
	};
	return ephemerals;
}

async function click(at: { channelId: string }, message: ThreadMessage, actionId: RegExp) {
	const found = findAction([message], actionId);
	if (found === undefined) throw new Error(`no ${actionId} in ${JSON.stringify(message.blocks)}`);
	await workspace.onPage("mia", "action", {
		channel: at.channelId,
		message_ts: found.messageTs,
		block_id: found.blockId,
		action: found.action,
	});
}

describe("asking a person to connect GitHub", () => {
	test("is seen by them only, once for a thread however often it is done", async () => {
		const at = await startHeld();
		for (let times = 0; times < 3; times++)
			expect(await workspace.slack.askToLink(at)).toEqual({ outcome: "shown" });

		const [message, ...others] = await whispers("mia", at);
		expect(others).toEqual([]);
		expect(visibleText(message as never)).toContain("https://bobbin.example/github/connect?state=1");
		expect(await whispers("noah", at)).toEqual([]);
		expect(JSON.stringify(await workspace.thread(at))).not.toContain("github/connect");
		expect(invited).toEqual([at.personId]);
	});

	test("is done again once the link in the button is no good any more", async () => {
		const at = await startHeld();
		await workspace.slack.askToLink(at);
		await makeOlder(at.sessionId);
		await workspace.slack.askToLink(at);
		expect(await whispers("mia", at)).toHaveLength(2);
	});

	test("says so when the connection they had was taken back", async () => {
		account = { state: "revoked", login: "mia" };
		const at = await startHeld();
		await workspace.slack.askToLink(at);
		expect(visibleText((await whispers("mia", at))[0] as never)).toContain(
			"are not connected to GitHub any more",
		);
	});

	test("is not done where they are connected meanwhile", async () => {
		const at = await startHeld();
		account = { state: "live", login: "mia" };
		await workspace.slack.askToLink(at);
		expect(await whispers("mia", at)).toEqual([]);
	});

	test("is an ordinary message where they are alone with the app", async () => {
		const channelId = await directChannel();
		const posted = await workspace
			.human("mia")
			.chat.postMessage({ channel: channelId, text: "fix the cart" });
		const at = { channelId, threadTs: posted.ts ?? "" };
		const teamId = workspace.playground.connection.teamId;
		const sessionId = await eventually(async () => {
			const found = await workspace.sessions.findByThread({ teamId, ...at });
			if (found === null) throw new Error("no session yet");
			return found.sessionId;
		});
		const personId = (await workspace.sessions.view(sessionId)).prompts[0]?.author?.personId ?? "";

		await workspace.slack.askToLink({ sessionId, personId });

		expect(JSON.stringify(await workspace.thread(at))).toContain("github/connect?state=1");
	});

	test("goes to them directly where Slack takes nothing private in the thread", async () => {
		const at = await startHeld();
		await workspace.onPage("mia", "faults", {
			next: [{ method: "chat.postEphemeral", error: "user_not_in_channel" }],
		});
		expect(await workspace.slack.askToLink(at)).toEqual({ outcome: "shown" });
		const seen = await workspace.readPage("mia", `messages?channel=${await directChannel()}`);
		expect(JSON.stringify(seen)).toContain("github/connect?state=1");
	});

	test("comes later where Slack asks to wait, and then once", async () => {
		const at = await startHeld();
		await workspace.onPage("mia", "faults", {
			next: [{ method: "chat.postEphemeral", status: 429, retryAfterS: 1 }],
		});
		expect(await workspace.slack.askToLink(at)).toMatchObject({ outcome: "later" });
		expect(await workspace.slack.askToLink(at)).toEqual({ outcome: "shown" });
		expect(await whispers("mia", at)).toHaveLength(1);
	});
});

describe("the buttons", () => {
	test("put a fresh link in the place of the one that was pressed, which is good once", async () => {
		const at = await startHeld();
		await workspace.slack.askToLink(at);
		const [message] = await whispers("mia", at);
		if (message === undefined) throw new Error("nothing was whispered");

		await click(at, message, /^connect_github$/);

		await eventually(async () => {
			const [now, ...others] = await whispers("mia", at);
			expect(others).toEqual([]);
			expect(visibleText(now as never)).toContain("github/connect?state=2");
		});
	});

	test("disconnect, and say what that means", async () => {
		const at = await startHeld();
		account = { state: "live", login: "mia" };
		await workspace.slack.tellLinked(at);
		const [message] = await whispers("mia", at);
		if (message === undefined) throw new Error("nothing was whispered");
		expect(visibleText(message as never)).toContain("I go on with what you asked for");

		await click(at, message, /^disconnect_github$/);

		await eventually(async () => {
			const [now] = await whispers("mia", at);
			expect(visibleText(now as never)).toContain("is disconnected");
		});
		expect(unlinked).toEqual([at.personId]);
	});

	test("are in the home, by what the person's account is", async () => {
		const page = createHomePage(workspace, "mia");
		await page.open();
		await page.press("home_tab_settings");
		expect(JSON.stringify(await page.until("not connected yet"))).toMatch(/github\/connect\?state=\d/);
		account = { state: "live", login: "mia" };
		await page.open();
		await page.until("connected as `mia`");
	});
});

test("in the home a person says how their pull requests begin", async () => {
	const readHome = async () => {
		const { home } = (await workspace.readPage("mia", "views")) as {
			home: { id: string; blocks: { block_id: string; accessory?: { options: object[] } }[] } | null;
		};
		const block = home?.blocks.find(({ block_id }) => block_id === "draft_wish");
		if (!home || !block) throw new Error("no home yet");
		return { home, block };
	};
	const readWishes = async () =>
		(
			await workspace.database.db
				.selectFrom("people")
				.select("draft")
				.where("draft", "is not", null)
				.execute()
		).map(({ draft }) => draft);
	const page = createHomePage(workspace, "mia");
	await page.open();
	await page.press("home_tab_settings");
	const { home, block } = await eventually(readHome);
	const choose = (index: number) =>
		workspace.onPage("mia", "action", {
			...{ view_id: home.id, block_id: block.block_id },
			action: { action_id: "choose_draft", selected_option: block.accessory?.options[index] },
		});
	await choose(1);
	await eventually(async () => expect(await readWishes()).toEqual([true]));
	await choose(0);
	await eventually(async () => expect(await readWishes()).toEqual([]));
	const acts = await workspace.database.db
		.selectFrom("audit_log")
		.select("data")
		.where("action", "=", "person.drafts_changed")
		.orderBy("id")
		.execute();
	expect(acts.map(({ data }) => data)).toEqual([{ draft: true }, { draft: null }]);
});

async function directChannel(): Promise<string> {
	const { channels } = (await workspace.readPage("mia", "state")) as {
		channels: { id: string; is_im?: boolean }[];
	};
	return channels.find((channel) => channel.is_im)?.id ?? "";
}

async function makeOlder(sessionId: string): Promise<void> {
	await workspace.database.db
		.updateTable("slack_messages")
		.set({ shown: String(Date.now() - 20 * 60_000) })
		.where("session_id", "=", sessionId)
		.where("key", "like", "connect:%")
		.execute();
}

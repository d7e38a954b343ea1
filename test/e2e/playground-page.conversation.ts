import type { KnownBlock } from "@slack/types";
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { takeScreenshot } from "../harness/chromium.ts";
import type { SlackPage } from "../harness/slack-page.ts";

const question: KnownBlock[] = [
	{
		type: "section",
		text: { type: "mrkdwn", text: "*Which repository is this for?* Pick `one` & I start." },
	},
	{
		type: "actions",
		block_id: "ask",
		elements: [
			{
				type: "button",
				style: "primary",
				action_id: "quick",
				value: "web-shop",
				text: { type: "plain_text", text: "acme/web-shop" },
			},
			{
				type: "button",
				style: "danger",
				action_id: "forget",
				text: { type: "plain_text", text: "Forget it" },
				confirm: { text: { type: "plain_text", text: "Nothing is done then." } },
			},
			{
				type: "external_select",
				action_id: "pick",
				min_query_length: 0,
				placeholder: { type: "plain_text", text: "Search all repositories" },
			},
		],
	},
];

/** What people and the app say to each other in the page. */
export function testConversation(getSlack: () => SlackPage): void {
	let slack: SlackPage;
	let page: Page;
	let shop: string;

	beforeAll(async () => {
		slack = getSlack();
		shop = slack.channelId("shop");
		page = await slack.open("mia", shop);
	});

	/** Slack lets an app post about once a second in a channel, so each test has its own. */
	async function askInThread(name: string, text: string): Promise<{ channel: string; thread_ts: string }> {
		const channel = slack.channelId(name);
		const { ts = "" } = await slack.human("mia").chat.postMessage({ channel, text });
		await slack.bot.chat.postMessage({ channel, thread_ts: ts, text: "Which repository?", blocks: question });
		return { channel, thread_ts: ts };
	}

	async function openThread(name: string, text: string): Promise<void> {
		await page.getByRole("navigation", { name: "Acme" }).getByRole("button", { name }).click();
		const list = page.getByRole("log", { name: `Messages in ${name}` });
		await list
			.getByRole("article")
			.filter({ hasText: text })
			.getByRole("button", { name: "1 reply" })
			.click();
		await page.getByRole("complementary", { name: "Thread" }).getByText(text).waitFor();
	}

	test("completes @bobbin, sends with Enter, and the app hears the mention", async () => {
		const field = page.getByRole("textbox", { name: "Message #shop" });
		await field.pressSequentially("@bob");
		await page.getByRole("option", { name: /Bobbin/ }).waitFor();
		await field.press("Enter");
		await field.pressSequentially("round the cart total");
		await field.press("Shift+Enter");
		await field.pressSequentially("*please*");
		await field.press("Enter");
		const mention = await slack.event("app_mention");
		expect(mention.text).toBe(`<@${slack.botUserId}> round the cart total\n*please*`);
		const shown = page.getByRole("article").filter({ hasText: "round the cart total" });
		await shown.getByText("please", { exact: true }).waitFor();
		expect(await shown.locator("strong").allInnerTexts()).toContain("please");
		expect(await field.inputValue()).toBe("");
	});

	test("hands a pressed button to the app", async () => {
		await askInThread("shop", "a button please");
		await openThread("shop", "a button please");
		await page.getByRole("button", { name: "acme/web-shop" }).click();
		const pressed = await slack.interaction((one) => one.actions?.[0]?.action_id === "quick");
		expect(pressed).toMatchObject({
			type: "block_actions",
			actions: [{ value: "web-shop", block_id: "ask" }],
		});
	});

	test("asks before it hands over a button that wants to be confirmed", async () => {
		await askInThread("docs", "a question please");
		await openThread("docs", "a question please");
		await page.getByRole("button", { name: "Forget it" }).click();
		const dialog = page.getByRole("dialog");
		await dialog.getByText("Nothing is done then.").waitFor();
		expect(slack.received.some((one) => one.actions?.[0]?.action_id === "forget")).toBe(false);
		await dialog.getByRole("button", { name: "Yes" }).click();
		await slack.interaction((one) => one.actions?.[0]?.action_id === "forget");
	});

	test("searches an external select at the app and hands over the choice", async () => {
		slack.answerWith((interaction) =>
			interaction.type === "block_suggestion"
				? {
						options: ["acme/web-shop", "acme/docs-site"]
							.filter((name) => name.includes(interaction.value))
							.map((name) => ({ text: { type: "plain_text", text: name }, value: name })),
					}
				: null,
		);
		await askInThread("engineering", "a search please");
		await openThread("engineering", "a search please");
		await page.getByRole("button", { name: "Search all repositories" }).click();
		await page.getByRole("option", { name: "acme/web-shop" }).waitFor();
		await page.getByRole("combobox").fill("docs");
		await page.getByRole("option", { name: "acme/web-shop" }).waitFor({ state: "detached" });
		await page.getByRole("combobox").press("Enter");
		const picked = await slack.interaction((one) => one.actions?.[0]?.action_id === "pick");
		expect(picked.actions[0]?.selected_option?.value).toBe("acme/docs-site");
	});

	test("shows the agent at work and tells the app to stop", async () => {
		const thread = await askInThread("general", "work please");
		await openThread("general", "work please");
		await slack.bot.apiCall("agents.sessions.setStatus", {
			channel_id: thread.channel,
			thread_ts: thread.thread_ts,
			status: "processing",
		});
		const status = page.getByRole("complementary", { name: "Thread" }).getByRole("status");
		await status.getByText("Bobbin is working…").waitFor();
		await status.getByRole("button", { name: "Stop" }).click();
		expect(await slack.event("agent_session_stopped")).toMatchObject({ thread_ts: thread.thread_ts });
	});

	test("shows changed, deleted, reacted and private messages as they happen", async () => {
		const { channel, thread_ts: ts } = await askInThread("random", "watch me");
		await openThread("random", "watch me");
		const reply = await slack.bot.chat.postMessage({ channel, thread_ts: ts, text: "first draft" });
		const thread = page.getByRole("log", { name: "Replies" });
		await thread.getByText("first draft").waitFor();
		await slack.bot.chat.update({ channel, ts: reply.ts ?? "", text: "second draft" });
		await thread.getByText("second draft").waitFor();
		await thread.getByText("(edited)").waitFor();
		await slack.bot.reactions.add({ channel, timestamp: reply.ts ?? "", name: "tada" });
		await thread.getByRole("button", { name: "tada, 1" }).click();
		await thread.getByRole("button", { name: "tada, 2" }).waitFor();
		await slack.bot.chat.delete({ channel, ts: reply.ts ?? "" });
		await thread.getByText("second draft").waitFor({ state: "detached" });
		const mia = (await slack.human("mia").auth.test()).user_id ?? "";
		await slack.bot.chat.postEphemeral({ channel, thread_ts: ts, user: mia, text: "psst" });
		await thread.getByRole("article").filter({ hasText: "psst" }).getByText("Only visible to you").waitFor();
	});

	test("draws text as text, whatever it says", async () => {
		const hostile = '<img src=x onerror="document.title=1"> <javascript:alert(1)|click> &lt;b&gt; `<i>`';
		await page.getByRole("navigation", { name: "Acme" }).getByRole("button", { name: "shop" }).click();
		await slack.bot.chat.postMessage({ channel: shop, text: hostile });
		const shown = page.getByRole("article").filter({ hasText: "onerror" });
		await shown.waitFor();
		expect(
			await shown.locator(".message-text img, .message-text a, .message-text b, .message-text i").count(),
		).toBe(0);
	});

	test("says in grey that it cannot draw a block of an unknown type", async () => {
		const { ts = "" } = await slack.bot.chat.postMessage({
			channel: shop,
			text: "odd",
			blocks: [question[0] as KnownBlock],
		});
		// Slack's own validation lets no unknown block through, so it is put into what the page is told.
		const other = await slack.open("noah");
		await other.route("**/page/messages?*", async (route) => {
			const response = await route.fetch();
			const body = (await response.json()) as { messages: { ts: string; blocks?: unknown[] }[] };
			for (const message of body.messages)
				if (message.ts === ts) message.blocks = [{ type: "hologram", depth: 3 }];
			await route.fulfill({ response, json: body });
		});
		await other.getByRole("button", { name: "shop" }).click();
		await other.getByText("The playground does not draw hologram").waitFor();
	});

	test("catches up after the connection was cut", async () => {
		const other = await slack.open("omar", slack.channelId("random"));
		await other.getByRole("textbox", { name: "Message #random" }).waitFor();
		slack.cutStreams();
		await other.getByText("The connection is gone").waitFor();
		await slack
			.human("noah")
			.chat.postMessage({ channel: slack.channelId("random"), text: "missed while away" });
		slack.mendStreams();
		await other.getByText("missed while away").waitFor();
		await other.getByText("The connection is gone").waitFor({ state: "detached" });
	});

	test("is not blank, complains of nothing and asks nobody outside of this machine", async () => {
		const { colours } = await takeScreenshot(page, "playground-page-thread");
		expect(colours).toBeGreaterThan(100);
		expect(slack.outside).toEqual([]);
		expect(
			slack.complaints.filter((words) => !/503|ERR_CONNECTION|ERR_EMPTY|ERR_INCOMPLETE/.test(words)),
		).toEqual([]);
	});
}

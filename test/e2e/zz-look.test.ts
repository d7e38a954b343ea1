import { test } from "vitest";
import { createSlackPage } from "../harness/slack-page.ts";
test("look", async () => {
	await using slack = await createSlackPage();
	const shop = slack.channelId("shop");
	const noah = slack.human("noah"), omar = slack.human("omar");
	await noah.chat.postMessage({ channel: shop, text: "Morning! Cart totals are *off by a cent* again :thinking_face:" });
	await noah.chat.postMessage({ channel: shop, text: "```\nexpected 10.05\nreceived 10.04\n```\nsee `src/cart.ts`, and https://example.com/a?b=1" });
	await omar.chat.postMessage({ channel: shop, text: "> off by a cent again\nSame as last week, cc @mia #docs _sigh_ ~not~ :tada:" });
	const page = await slack.open("mia", shop);
	const field = page.getByRole("textbox", { name: "Message #shop" });
	await field.pressSequentially("@bob");
	await page.screenshot({ path: "/tmp/shot1.png" });
	await field.press("Enter");
	await field.pressSequentially("fix the rounding of the cart total in acme/web-shop");
	await field.press("Enter");
	const m: any = await slack.event("app_mention");
	await slack.bot.reactions.add({ channel: shop, timestamp: m.ts, name: "eyes" });
	const thread = { channel: shop, thread_ts: m.ts };
	await slack.bot.apiCall("agents.sessions.setStatus", { channel_id: shop, thread_ts: m.ts, status: "processing" });
	await slack.bot.chat.postMessage({ ...thread, text: "x", blocks: [
		{ type: "section", text: { type: "mrkdwn", text: "⏳ *Working on `acme/web-shop`* — the message names it" } },
		{ type: "section", text: { type: "mrkdwn", text: "☑ Read the cart\n▶ Fix the rounding\n☐ Run the tests" } },
		{ type: "section", text: { type: "mrkdwn", text: "▸ Edit src/cart.ts" } },
		{ type: "context", elements: [{ type: "mrkdwn", text: "2 files changed, +14 −3 · 42 s" }] },
		{ type: "actions", elements: [{ type: "button", text: { type: "plain_text", text: "Stop" }, style: "danger", action_id: "stop", value: "1" }] },
	] });
	await slack.bot.chat.postMessage({ ...thread, text: "pick", blocks: [
		{ type: "section", text: { type: "mrkdwn", text: "*Which repository is this for?* Pick one and I start." } },
		{ type: "actions", elements: [
			{ type: "button", text: { type: "plain_text", text: "acme/web-shop" }, action_id: "a", value: "1" },
			{ type: "button", style: "primary", text: { type: "plain_text", text: "acme/docs" }, action_id: "b", value: "1", confirm: { text: { type: "plain_text", text: "Really?" } } },
			{ type: "external_select", action_id: "pick", min_query_length: 0, placeholder: { type: "plain_text", text: "Search all repositories" } },
			{ type: "overflow", action_id: "o", options: [{ text: { type: "plain_text", text: "One" }, value: "1" }] },
			{ type: "datepicker", action_id: "d" },
		] },
	] });
	await slack.bot.chat.postMessage({ ...thread, text: "answer", blocks: [
		{ type: "header", text: { type: "plain_text", text: "All done :rocket:" } },
		{ type: "section", text: { type: "mrkdwn", text: "*<http://127.0.0.1:3000/x|#12 Round totals once>*" }, fields: [{ type: "mrkdwn", text: "*State*\nOpen" }, { type: "mrkdwn", text: "*Diff*\n+14 −3" }], accessory: { type: "button", text: { type: "plain_text", text: "Open" }, url: "https://example.com", action_id: "open" } },
		{ type: "divider" },
		{ type: "markdown", text: "## Summary\n\n- **bold** and *italic* `code`\n- [x] done\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```ts\nconst a = 1;\n```" },
		{ type: "rich_text", elements: [{ type: "rich_text_list", style: "bullet", elements: [{ type: "rich_text_section", elements: [{ type: "text", text: "a bold item", style: { bold: true } }, { type: "user", user_id: "U0MIA00000" }] }] }] },
		{ type: "plan", title: "Plan", tasks: [{ type: "task_card", task_id: "1", title: "Read", status: "complete" }, { type: "task_card", task_id: "2", title: "Write", status: "in_progress" }] } as any,
		{ type: "context_actions", elements: [{ type: "feedback_buttons", action_id: "f", positive_button: { text: { type: "plain_text", text: "Good" }, value: "+" }, negative_button: { text: { type: "plain_text", text: "Bad" }, value: "-" } }] } as any,
	] });
	slack.answerWith((i) => i.type === "block_suggestion" ? { options: ["acme/web-shop", "acme/docs-site", "acme/py-lib"].map((x) => ({ text: { type: "plain_text", text: x }, value: x, description: { type: "plain_text", text: "A repository" } })) } : null);
	await page.getByRole("button", { name: /repl/ }).first().click();
	await page.getByText("All done").waitFor();
	await page.screenshot({ path: "/tmp/shot2.png" });
	await page.getByRole("log", { name: "Replies" }).evaluate((e) => e.scrollTo(0, 0));
	await page.getByRole("button", { name: "Search all repositories" }).click();
	await page.getByRole("option").first().waitFor();
	await page.screenshot({ path: "/tmp/shot3.png" });
	await page.getByRole("option").first().click();
	await slack.bot.chat.postMessage({ channel: shop, text: "x", blocks: [{ type: "section" }] as any }).catch(() => {});
	await slack.bot.users.list({}).catch(() => {});
	await slack.bot.chat.postEphemeral({ ...thread, user: "U0MIA00000", text: "just for you" }).catch((e) => console.log(e.data));
	await page.getByText("just for you").waitFor();
	await page.screenshot({ path: "/tmp/shot4.png" });
	await page.getByRole("button", { name: /What the app did wrong/ }).click();
	await page.getByText("missing_scope").first().waitFor();
	await page.screenshot({ path: "/tmp/shot5.png" });
	await page.getByRole("button", { name: /You are Mia/ }).click();
	await page.screenshot({ path: "/tmp/shot6.png" });
	console.log(slack.complaints, slack.outside);
}, 40000);

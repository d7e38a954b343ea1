import type { KnownBlock, ModalView } from "@slack/types";
import type { Page } from "playwright-core";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { takeScreenshot } from "../harness/chromium.ts";
import type { SlackPage } from "../harness/slack-page.ts";

const opener: KnownBlock[] = [
	{
		type: "actions",
		block_id: "opener",
		elements: [{ type: "button", action_id: "open", text: { type: "plain_text", text: "Open the form" } }],
	},
];

function form(title: string): ModalView {
	return {
		type: "modal",
		callback_id: "form",
		title: { type: "plain_text", text: title },
		submit: { type: "plain_text", text: "Send" },
		blocks: [
			{
				type: "input",
				block_id: "name",
				label: { type: "plain_text", text: "Branch name" },
				element: { type: "plain_text_input", action_id: "text" },
			},
			{
				type: "input",
				block_id: "size",
				label: { type: "plain_text", text: "Size" },
				element: {
					type: "static_select",
					action_id: "choice",
					options: ["Small", "Large"].map((text) => ({ text: { type: "plain_text", text }, value: text })),
				},
			},
			{
				type: "input",
				block_id: "extras",
				optional: true,
				label: { type: "plain_text", text: "Extras" },
				element: {
					type: "checkboxes",
					action_id: "boxes",
					options: ["Tests", "Docs"].map((text) => ({ text: { type: "plain_text", text }, value: text })),
				},
			},
		],
	};
}

/** What the app shows and hears in the page. */
export function testApp(getSlack: () => SlackPage): void {
	let slack: SlackPage;
	let page: Page;
	let shop: string;

	beforeAll(async () => {
		slack = getSlack();
		shop = slack.channelId("shop");
		page = await slack.open("mia", shop);
		await slack.bot.chat.postMessage({ channel: shop, text: "a form", blocks: opener });
	});
	beforeEach(() => slack.answerWith(() => null));

	test("opens a dialog, shows its errors, pushes another one and submits it", async () => {
		slack.answerWith(async (interaction) => {
			if (interaction.type === "block_actions") {
				await slack.bot.views.open({ trigger_id: interaction.trigger_id, view: form("New branch") });
			}
			if (interaction.type !== "view_submission") return null;
			const { text } = interaction.view.state.values.name ?? {};
			if (text?.value === "taken")
				return { response_action: "errors", errors: { name: "That name is taken." } };
			if (text?.value === "more") return { response_action: "push", view: form("And another") };
			return null;
		});
		await page.getByRole("button", { name: "Open the form" }).click();
		const dialog = page.getByRole("dialog", { name: "New branch" });
		await dialog.getByRole("button", { name: "Send" }).click();
		await dialog.getByText("Please complete this required field.").first().waitFor();
		await dialog.getByLabel("Branch name").fill("taken");
		await dialog.getByRole("button", { name: "Size" }).click();
		await page.getByRole("option", { name: "Large" }).click();
		await dialog.getByLabel("Docs").check();
		await dialog.getByLabel("Branch name").press("Enter");
		await dialog.getByText("That name is taken.").waitFor();
		await takeScreenshot(page, "playground-page-dialog");
		await dialog.getByLabel("Branch name").fill("more");
		await dialog.getByRole("button", { name: "Send" }).click();

		const pushed = page.getByRole("dialog", { name: "And another" });
		await pushed.getByRole("button", { name: "Back" }).first().click();
		await dialog.getByLabel("Branch name").fill("fine");
		await dialog.getByRole("button", { name: "Send" }).click();
		await dialog.waitFor({ state: "detached" });
		const sent = await slack.interaction((one) => one.view?.state.values.name?.text?.value === "fine");
		expect(sent.view.state.values).toMatchObject({
			size: { choice: { selected_option: { value: "Large" } } },
			extras: { boxes: { selected_options: [{ value: "Docs" }] } },
		});
	});

	test("keeps what is typed while files are on their way", async () => {
		const view: ModalView = {
			type: "modal",
			callback_id: "with_files",
			title: { type: "plain_text", text: "With files" },
			submit: { type: "plain_text", text: "Send" },
			blocks: [
				...form("").blocks.slice(0, 1),
				{
					type: "input",
					block_id: "files",
					label: { type: "plain_text", text: "Logs" },
					element: { type: "file_input", action_id: "files" },
				},
			],
		};
		slack.answerWith(async ({ type, trigger_id }) => {
			if (type === "block_actions") await slack.bot.views.open({ trigger_id, view });
		});
		const typed = Promise.withResolvers<void>();
		await page.route("**/files.completeUploadExternal", async (route) => {
			await typed.promise;
			await route.continue();
		});
		await page.getByRole("button", { name: "Open the form" }).click();
		const dialog = page.getByRole("dialog", { name: "With files" });
		const file = { name: "a.log", mimeType: "text/plain", buffer: Buffer.from("late") };
		await dialog.getByLabel("Logs").setInputFiles(file);
		await dialog.getByLabel("Branch name").fill("meanwhile");
		typed.resolve();
		await dialog.getByLabel("Logs").and(page.locator(":enabled")).waitFor();
		await dialog.getByRole("button", { name: "Send" }).click();
		const sent = await slack.interaction((one) => one.view?.state.values.files !== undefined);
		expect(sent.view.state.values).toMatchObject({
			name: { text: { value: "meanwhile" } },
			files: { files: { files: [{ name: "a.log" }] } },
		});
		await dialog.waitFor({ state: "detached" });
	});

	test("says when the app does not answer rightly, and keeps the dialog", async () => {
		slack.answerWith(async (interaction) => {
			if (interaction.type === "view_submission") return { response_action: "dance" };
			if (interaction.type === "block_actions") {
				await slack.bot.views.open({ trigger_id: interaction.trigger_id, view: form("Wrong answer") });
			}
			return null;
		});
		await page.getByRole("button", { name: "Open the form" }).click();
		const dialog = page.getByRole("dialog", { name: "Wrong answer" });
		await dialog.getByLabel("Branch name").fill("x");
		await dialog.getByRole("button", { name: "Size" }).click();
		await page.getByRole("option", { name: "Small" }).click();
		await dialog.getByRole("button", { name: "Send" }).click();
		await dialog.getByRole("alert").filter({ hasText: "invalid_response" }).waitFor();
		await page.keyboard.press("Escape");
		await dialog.waitFor({ state: "detached" });
	});

	test("counts refused calls in red and shows each with its method, error and arguments", async () => {
		const before = await page
			.getByRole("button", { name: /What the app did wrong/ })
			.getAttribute("aria-label");
		await slack.bot.users.list({}).catch(() => {});
		const inbox = page.getByRole("button", { name: /What the app did wrong/ });
		await page
			.getByRole("button", { name: before?.replace(/\d+/, (n) => String(Number(n) + 1)) ?? "" })
			.waitFor();
		await inbox.click();
		const refusal = page.getByRole("article").filter({ hasText: "users.list" });
		await refusal.getByText("missing_scope").waitFor();
		const colour = await page.evaluate("getComputedStyle(document.querySelector('.refusal-error')).color");
		expect(colour).toBe("rgb(192, 19, 67)");
		await refusal.getByText("Arguments").click();
		await refusal.getByText("{}").waitFor();
		await page.getByRole("button", { name: "Clear" }).click();
		await page.getByText("Every call was accepted").waitFor();
	});

	test("opens App Home, draws what the app publishes, and hands over its buttons", async () => {
		await page.getByRole("navigation", { name: "Acme" }).getByRole("button", { name: "Bobbin" }).click();
		const opened = await slack.event("app_home_opened");
		await slack.bot.views.publish({
			user_id: String(opened.user),
			view: {
				type: "home",
				blocks: [
					{ type: "header", text: { type: "plain_text", text: "Welcome" } },
					{
						type: "section",
						block_id: "home",
						text: { type: "mrkdwn", text: "Your sessions" },
						accessory: {
							type: "button",
							action_id: "from_home",
							text: { type: "plain_text", text: "Begin" },
						},
					},
				],
			},
		});
		await page.getByRole("heading", { name: "Welcome" }).waitFor();
		await takeScreenshot(page, "playground-page-home");
		await page.getByRole("button", { name: "Begin" }).click();
		const used = await slack.interaction((one) => one.actions?.[0]?.action_id === "from_home");
		expect(used).toMatchObject({ container: { type: "view" } });
		await page.getByRole("tab", { name: "Messages" }).click();
		await page.getByRole("textbox", { name: "Message Bobbin" }).fill("hello");
		await page.getByRole("button", { name: "Send" }).click();
		await page.getByRole("article").filter({ hasText: "hello" }).waitFor();
	});

	test("runs a command and a message's shortcut", async () => {
		await page.getByRole("navigation", { name: "Acme" }).getByRole("button", { name: "shop" }).click();
		const field = page.getByRole("textbox", { name: "Message #shop" });
		await field.pressSequentially("/bob");
		await field.press("Tab");
		await field.pressSequentially("help");
		slack.answerWith((interaction) => (interaction.type === "command" ? { text: "This is how." } : null));
		await field.press("Enter");
		await page
			.getByRole("article")
			.filter({ hasText: "This is how." })
			.getByText("Only visible to you")
			.waitFor();
		expect(await slack.interaction((one) => one.type === "command")).toMatchObject({
			text: "help",
			command: "/bobbin",
		});

		const message = page
			.getByRole("article")
			.filter({ has: page.getByRole("button", { name: "Open the form" }) });
		await message.hover();
		await message.getByRole("button", { name: "More actions" }).click();
		await page.getByRole("menuitem", { name: /Give to Bobbin/ }).click();
		await slack.interaction((one) => one.type === "message_action" && one.callback_id === "give_to_bobbin");
	});

	test("sends a file, shows a picture, and becomes somebody else who sees it", async () => {
		const pixel =
			"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
		await page
			.getByLabel("Files to attach")
			.setInputFiles({ name: "total.png", mimeType: "image/png", buffer: Buffer.from(pixel, "base64") });
		await page.getByRole("textbox", { name: "Message #shop" }).fill("see the picture");
		await page.getByRole("button", { name: "Send" }).click();
		await page.getByRole("img", { name: "total.png" }).waitFor();
		await page.getByRole("button", { name: /You are Mia Berg/ }).click();
		await page.getByRole("menuitemradio", { name: /Noah Silva/ }).click();
		await page.getByRole("button", { name: /You are Noah Silva/ }).waitFor();
		await page.getByRole("button", { name: /^shop/ }).click();
		await page.getByRole("img", { name: "total.png" }).waitFor();
	});

	test("can be used on a small screen", async () => {
		const small = await slack.open("mia", shop, { width: 390, height: 760 });
		await small.getByRole("textbox", { name: "Message #shop" }).waitFor();
		await small.getByRole("button", { name: "Channels and people" }).click();
		await small.getByRole("button", { name: "docs" }).click();
		await small.getByRole("textbox", { name: "Message #docs" }).waitFor();
		await takeScreenshot(small, "playground-page-small");
		const width = await small.evaluate("document.documentElement.scrollWidth");
		expect(width).toBeLessThanOrEqual(390);
	});
}

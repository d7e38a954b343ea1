import { afterAll, beforeAll, describe } from "vitest";
import { hasChromium } from "../harness/chromium.ts";
import { createSlackPage, type SlackPage } from "../harness/slack-page.ts";
import { testApp } from "./playground-page.app.ts";
import { testConversation } from "./playground-page.conversation.ts";

// One browser and one playground for both: they cost more than what is done in them.
describe.skipIf(!hasChromium())("the playground's Slack page", () => {
	let slack: SlackPage;

	beforeAll(async () => {
		slack = await createSlackPage();
	});
	afterAll(async () => {
		await slack?.[Symbol.asyncDispose]();
	});

	describe("between people and the app", () => testConversation(() => slack));
	describe("with what the app shows", () => testApp(() => slack));
});

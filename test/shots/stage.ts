import { randomUUID } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Locator, Page } from "playwright-core";
import { buildPage } from "../../src/playground/build-page.ts";
import { insertModelCall } from "../../src/sessions/turn/model-call-store.ts";
import { launchChromium } from "../harness/chromium.ts";
import { eventually } from "../harness/eventually.ts";
import { addPullRequest } from "../harness/github-rows.ts";
import { aRepository } from "../harness/sessions.ts";
import { createSlackWork } from "../harness/slack-work.ts";
import { type SceneName, SHOTS } from "./shots.ts";
import { SHOTS_DIR } from "./shots-dir.ts";

type WorkOptions = NonNullable<Parameters<typeof createSlackWork>[0]>;
type Place = { channelId: string; threadTs: string };

/** Tall enough for nearly everything to be seen without scrolling: what is scrolled away is in no picture. */
const WINDOW = { width: 1240, height: 1800 };
const REPOSITORIES = {
	"web-shop": "The web shop: cart, checkout, receipts",
	"py-pricing": "Price lists and discounts",
};

/**
 * A workspace with its page in a real browser, in which Bobbin works and the agent is played. Three people are there, and
 * two repositories. `await using` takes it down.
 */
export async function openStage<Name extends SceneName>(scene: Name, options: WorkOptions = {}) {
	const repositories: Record<string, string> = {};
	const work = await createSlackWork({
		pageDir: await buildPage(),
		repositoryId: async () => repositories["web-shop"] ?? null,
		...options,
	});
	for (const [name, about] of Object.entries(REPOSITORIES))
		repositories[name] = (await aRepository(work.database, name, about)).id;
	await work.slack.start();
	const desks = await openDesks(scene, work.origin);

	return {
		work,
		repositories,
		...desks,
		/** Somebody mentions Bobbin in a channel; gives the thread with its session, once it is there. */
		async begin(name: string, channel: string, text: string) {
			const at = await work.say(name, channel, text);
			const { teamId } = work.playground.connection;
			const { sessionId } = await eventually(async () => {
				const found = await work.sessions.findByThread({ teamId, ...at });
				if (found === null) throw new Error("no session yet");
				return found;
			});
			return { ...at, sessionId };
		},
		/** Shows a session's thread as its rows are now. */
		show: (sessionId: string) =>
			eventually(async () => {
				const { outcome } = await work.slack.showThread(sessionId);
				if (outcome !== "shown") throw new Error(outcome);
			}),
		/** A pull request of the prompt, as GitHub would have it. */
		addPullRequest: (of: { sessionId: string; promptId: string }, title: string, more: object = {}) =>
			addPullRequest(work.database.db, { ...of, repositoryId: repositories["web-shop"] ?? "" }, title, more),
		/** What a model call of the prompt cost. */
		async spend(of: { sessionId: string; promptId: string }, costUsd: number) {
			const tokens = { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0 };
			const call = { ...of, ...tokens, id: randomUUID(), model: "claude", costUsd, startedAt: new Date() };
			await insertModelCall(work.database.db, { ...call, firstTokenMs: 1, durationMs: 1 });
		},
		async [Symbol.asyncDispose]() {
			await desks.close();
			await work[Symbol.asyncDispose]();
		},
	};
}

/** Browser windows on a playground, and the camera. */
export async function openDesks<Name extends SceneName>(scene: Name, origin: string) {
	const browser = await launchChromium();
	const pathOf = (name: string) => join(SHOTS_DIR, `${scene}-${name}.png`);
	await mkdir(SHOTS_DIR, { recursive: true });
	// What is missing afterwards is to be seen as missing.
	for (const name of Object.keys(SHOTS[scene])) await rm(pathOf(name), { force: true });

	return {
		/** Keeps a picture of it, of the scene's list; what can be pressed there must be in it. */
		async take(name: keyof (typeof SHOTS)[Name] & string, of: Locator): Promise<void> {
			const shows: readonly string[] = (SHOTS[scene] as Record<string, readonly string[]>)[name] ?? [];
			for (const [kind, actionId] of shows.map((thing) => thing.split(" ")))
				if (kind === "action") await of.locator(`[data-action="${actionId}"]`).first().waitFor();
			// What the pointer rests on has a bar over it.
			await of.page().mouse.move(0, 0);
			await of.screenshot({ path: pathOf(name), animations: "disabled" });
		},
		/** Somebody's window. */
		async desk(name: string, size: Partial<typeof WINDOW> = {}) {
			const context = await browser.newContext({
				viewport: { ...WINDOW, ...size },
				reducedMotion: "reduce",
				locale: "en-GB",
			});
			const page = await context.newPage();
			page.setDefaultTimeout(15_000);
			const go = (place: string) => page.goto(`${origin}/playground/slack/#/${name}/${place}`);
			return { page, ...placesOf(page, go) };
		},
		close: () => browser.close(),
	};
}

function placesOf(page: Page, go: (place: string) => Promise<unknown>) {
	/** What is in a list of messages, without the empty room around it. */
	const content = (label: string | RegExp) => page.getByRole("log", { name: label }).locator("> div");
	const replies = content("Replies");
	const channel = content(/^Messages in/);
	const write = async (field: RegExp, text: string) => {
		await page.getByRole("textbox", { name: field }).fill(text);
		await page.getByRole("textbox", { name: field }).press("Enter");
	};
	return {
		/** The messages of the channel that is open, and of the thread. */
		channel,
		replies,
		dialog: page.getByRole("dialog"),
		/** All of it, for what opens over the rest. */
		window: page.locator("body"),
		openChannel: (channelId: string) => go(channelId),
		openThread: ({ channelId, threadTs }: Place) => go(`${channelId}/${threadTs}`),
		openApp: (tab: "home" | "messages") => go(`app/${tab}`),
		write: (text: string) => write(/^Message /, text),
		reply: (text: string) => write(/^Reply/, text),
		press: (words: string | RegExp) => page.getByRole("button", { name: words }).last().click(),
		/** The newest message that says this, once it is there. */
		async message(words: string | RegExp, among: Locator = replies): Promise<Locator> {
			const found = among.getByRole("article").filter({ hasText: words }).last();
			await found.waitFor();
			return found;
		},
	};
}

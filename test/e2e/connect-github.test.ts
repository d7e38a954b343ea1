import { afterAll, beforeAll, expect, test } from "vitest";
import { createBrowser } from "../../src/playground/browser.ts";
import { eventually } from "../harness/eventually.ts";
import { type PlaygroundApp, startPlaygroundApp } from "../harness/playground-app.ts";
import { findAction, openThread, visibleText } from "../harness/thread.ts";

let app: PlaygroundApp<"mia" | "noah">;

beforeAll(async () => {
	app = await startPlaygroundApp(["mia", "noah"]);
});
afterAll(() => app.remove());

/** What mia does on the playground's page, beside writing. */
async function asMia<T>(path: string, body?: unknown): Promise<T> {
	const answer = await fetch(`${app.origin}/playground/slack/page/${path}`, {
		method: body === undefined ? "GET" : "POST",
		headers: { authorization: "Bearer xoxp-mia", "content-type": "application/json" },
		...(body === undefined ? {} : { body: JSON.stringify(body) }),
	});
	const result = (await answer.json()) as { ok: boolean; error?: string } & T;
	if (!result.ok) throw new Error(`${path}: ${result.error}`);
	return result;
}

interface Home {
	id: string;
	blocks: unknown[];
}

/** The home once it says this. */
async function untilHomeSays(words: RegExp): Promise<Home> {
	return eventually(async () => {
		const { home } = await asMia<{ home: Home | null }>("views");
		if (home === null || !words.test(JSON.stringify(home))) throw new Error(`no ${words} in the home`);
		return home;
	});
}

async function readEvents() {
	const rows = await app.database.db.selectFrom("events").select(["type", "data"]).orderBy("seq").execute();
	return rows.map(({ type }) => type);
}

test("a person of the playground is linked by themselves, and nothing waits", async () => {
	const thread = await openThread(app.people.mia, "docs", "@bobbin say hello");
	await thread.untilMarked("eyes");
	const linked = await app.database.db
		.selectFrom("github_tokens")
		.innerJoin("identities", "identities.person_id", "github_tokens.person_id")
		.select(["identities.name", "github_tokens.state"])
		.where("identities.provider", "=", "github")
		.execute();
	expect(linked).toEqual([{ name: "mia", state: "live" }]);
	expect(await readEvents()).not.toContain("prompt.held");
	await thread.reply(app.people.mia, "stop");
});

test("who disconnected is asked privately; what they want waits, others go on, and it goes on after the sign-in", async () => {
	await asMia("home-open", { tab: "home" });
	const first = await untilHomeSays(/home_tab_settings/);
	const settings = { action_id: "home_tab_settings", value: "settings" };
	await asMia("action", { view_id: first.id, block_id: "home_tabs", action: settings });
	const home = await untilHomeSays(/connected as `mia`/);
	const found = findAction([{ ts: "", text: "", blocks: home.blocks }], /^disconnect_github$/);
	if (found === undefined) throw new Error(`no button: ${JSON.stringify(home)}`);
	await asMia("action", { view_id: home.id, block_id: found.blockId, action: found.action });
	await untilHomeSays(/not connected any more/);

	const thread = await openThread(app.people.mia, "shop", "@bobbin explain the cart in acme/web-shop");
	await thread.untilSaid(/Waiting for Mia Berg to connect a GitHub account/);
	const url = await untilWhispered(thread.threadTs, /Connect GitHub/);
	const seenByOthers = (await thread.read()).map(visibleText).join("\n");
	expect(seenByOthers).not.toContain("/github/connect");

	const reply = await thread.reply(app.people.noah, "explain the cart in acme/web-shop");
	await thread.untilMarked("white_check_mark", reply);
	expect(visibleText(await thread.untilSaid(/Waiting for Mia Berg/))).toContain("cancel_prompt");

	await signIn(url);

	await untilWhispered(thread.threadTs, /GitHub is connected/);
	await thread.untilMarked("white_check_mark");
	const events = await readEvents();
	expect(events).toContain("prompt.held");
	expect(events).toContain("prompt.released");
});

/** Waits for a private message in a thread; gives the address of its link button, or nothing. */
async function untilWhispered(threadTs: string, words: RegExp): Promise<string> {
	return eventually(async () => {
		const whispers = await app.people.mia.readWhispers("shop", threadTs);
		const found = whispers.find((message) => words.test(visibleText(message)));
		if (found === undefined) throw new Error(`no whisper like ${words}: ${JSON.stringify(whispers)}`);
		return /"url":"([^"]*)"/.exec(JSON.stringify(found.blocks))?.[1] ?? "";
	});
}

async function signIn(url: string): Promise<void> {
	const browser = createBrowser();
	const authorize = (await browser.open(url)).next();
	const question = await browser.open((await browser.open(authorize, { form: { login: "mia" } })).next());
	const state = new URL(question.url).searchParams.get("state") ?? "";
	const done = await browser.open(`${app.origin}/github/connect/confirm`, { form: { state, answer: "yes" } });
	expect(done.html).toContain("goes on by itself");
}

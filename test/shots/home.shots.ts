import { randomUUID } from "node:crypto";
import { test } from "vitest";
import { createChartAddresses } from "../../src/charts/chart-addresses.ts";
import { createDrawChart } from "../../src/charts/draw-chart.ts";
import { saveWorkspaceRules } from "../../src/people/workspace-store.ts";
import { createSeal } from "../../src/secrets/seal.ts";
import type { Accounts } from "../../src/slack/accounts.ts";
import { FIRST_STATE } from "../../src/slack/home/home-state.ts";
import { frameView } from "../../src/slack/home/home-view.ts";
import type { HomeParts } from "../../src/slack/home/read-home.ts";
import { seedManySessions } from "../harness/many-sessions.ts";
import { openAccess } from "../harness/open-access.ts";
import { openStage } from "./stage.ts";

const accounts: Accounts = {
	stateOf: async () => ({ state: "never", login: null }),
	slackUserOf: async () => null,
	invite: async () => ({ url: "https://bobbin.example/github/connect?state=1" }),
	unlink: async () => ({ outcome: "not_linked" }),
};
const corrections: HomeParts["corrections"] = {
	listCorrections: async () => [
		{
			...{ id: randomUUID(), words: "the totals of the price list", channelId: "C1" },
			...{ personId: null, personName: "Mia", daysAgo: 3, at: new Date() },
			...{ fromRepositoryId: null, from: "acme/web-shop", toRepositoryId: "r", to: "acme/py-pricing" },
		},
	],
	removeCorrection: async () => ({ outcome: "removed" }),
};

test("the home with its tabs", async () => {
	const seal = createSeal(() => [{ id: "test", bytes: new Uint8Array(32).fill(7) }]);
	const charts = createChartAddresses({ seal, now: Date.now });
	const drawChart = createDrawChart();
	const pictureUrlOf: HomeParts["pictureUrlOf"] = (chart) => `${stage.work.origin}${charts.pathOf(chart)}`;
	await using stage = await openStage("home", {
		accounts,
		home: { allowed: openAccess.allowed, pictureUrlOf, corrections },
		repositoryId: async (sessionId): Promise<string | undefined> =>
			(await isAsked(sessionId)) ? undefined : stage.repositories["web-shop"],
	});
	const { work, take } = stage;
	const { db } = work.database;
	const { teamId } = work.playground.connection;
	const isAsked = async (sessionId: string): Promise<boolean> =>
		(await work.sessions.view(sessionId)).title.includes("round");
	work.agent.state.script = async ({ prompt: { promptId, text } }, emit) => {
		if (text.includes("slow")) await new Promise(() => {});
		if (text.includes("cents")) {
			const options = ["Up", "To even"].map((label) => ({ label, description: "" }));
			const question = {
				promptId,
				questionId: "que_1#0",
				text: "Half cents go up, or to even?",
				multiple: false,
			};
			emit({ type: "question.asked", data: { ...question, options } });
			await new Promise(() => {});
		}
		if (text.includes("deploy"))
			return {
				outcome: "failed",
				problem: { code: "x", message: "The tests do not pass.", retryable: true },
			};
		return { outcome: "done", answer: "Done: `README.md` names the new address." };
	};
	const mia = await stage.desk("mia", { height: 2600 });
	await mia.page.route("**/charts/*", async (route) => {
		const chart = charts.read(route.request().url().split("/").at(-1) ?? "");
		if (chart !== null)
			await route.fulfill({ contentType: "image/png", body: Buffer.from(await drawChart(chart)) });
	});
	const home = mia.page.locator(".app-home > .blocks");
	const press = (words: string) => home.getByRole("button", { name: words, exact: true }).click();

	const priya = await stage.desk("priya", { height: 900 });
	await priya.openApp("home");
	await priya.page.getByText("Bobbin turns threads into pull requests").waitFor();
	await take("welcome", priya.page.locator(".app-home > .blocks"));
	await priya.page.getByRole("button", { name: "My sessions" }).click();
	await priya.page.getByText("You have no sessions yet").waitFor();
	await take("no-sessions", priya.page.locator(".app-home > .blocks"));
	const finn = await stage.desk("finn", { height: 900 });
	await finn.openApp("home");
	await finn.page.getByText("for its members only").waitFor();
	await take("guest", finn.page.locator(".app-home > .blocks"));
	await work.bot.views.publish({ user_id: work.userId("omar"), view: frameView(FIRST_STATE) });
	const omar = await stage.desk("omar", { height: 500 });
	await omar.page.route("**/page/home-open", (route) => route.abort());
	await omar.openApp("home");
	await omar.page.getByText("One moment…").waitFor();
	await take("frame", omar.page.locator(".app-home > .blocks"));

	await seedManySessions(db, { sessions: 400, teamId, nowMs: Date.now() });
	// Held until Mia connects; for the rest nobody has to.
	await stage.begin("mia", "engineering", "@bobbin mend the release notes");
	await saveWorkspaceRules(db, teamId, { unlinked: "app" }, new Date());
	for (const text of ["make the slow checkout fast", "which cents?", "mend the README", "deploy it"])
		await stage.begin("mia", "shop", `@bobbin ${text}`);
	const asked = await stage.begin("mia", "docs", "@bobbin round the totals");
	await work.sessions.askRepository({
		sessionId: asked.sessionId,
		reason: "Both have totals.",
		candidates: [{ repositoryId: stage.repositories["web-shop"] ?? "", repository: "acme/web-shop" }],
	});

	await mia.openApp("home");
	await home.getByText("By repository").waitFor();
	await home.getByRole("img").waitFor();
	await take("stats", home);
	await press("90 days");
	await home.getByText("Last 90 days").waitFor();
	await take("stats-of-90-days", home);
	await press("My sessions");
	await home.getByText("Half cents go up, or to even?").waitFor();
	await home.getByText("failed").first().waitFor();
	await take("sessions", home);
	await press("Settings");
	await home.getByText("who may ask me in this workspace").waitFor();
	await take("settings", home);
});

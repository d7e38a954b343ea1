import { test } from "vitest";
import { openStage } from "./stage.ts";

test("/bobbin, from help to budget", async () => {
	await using stage = await openStage("commands");
	const { work, take } = stage;
	work.agent.state.script = async ({ prompt }) => {
		if (/slow|flaky/.test(prompt.text)) await new Promise(() => {});
		return { outcome: "done", answer: "The total is rounded once, at the end." };
	};
	const mia = await stage.desk("mia", { height: 1400 });
	await mia.openChannel(work.channelId("shop"));
	const ask = async (name: Parameters<typeof take>[0], text: string, answer: RegExp) => {
		await mia.write(`/bobbin ${text}`);
		await take(name, await mia.message(answer, mia.channel));
	};

	await mia.page.getByRole("textbox", { name: /^Message / }).pressSequentially("/bob");
	await mia.page
		.getByRole("option", { name: /bobbin/ })
		.first()
		.waitFor();
	await take("typing", mia.window);
	await ask("help", "help", /in the thread that follows/);
	await ask("typo", "staus", /Did you mean/);
	await ask("stop", "stop", /Nothing of yours is at work/);

	await mia.write("/bobbin new make checkout less slow");
	await take("new", await mia.message(/make checkout less slow/, mia.channel));
	await mia.write("/bobbin spawn fix the flaky cart test; round the cart total once");
	await mia.message(/fix the flaky cart test/, mia.channel);
	await mia.message(/round the cart total once/, mia.channel);
	await take("spawn", mia.channel);
	await ask("status", "status", /At work in this channel/);
	await ask("sessions", "sessions", /Your sessions/);
	const listed = await mia.message(/Your sessions/, mia.channel);
	const [, id] = /([0-9a-f]{8})/.exec(await listed.innerText()) ?? [];
	await ask("status-of-one", `status ${id}`, /Working for/);
	await ask("stop-which", "stop", /Which one shall I stop/);

	await ask("repo", "repo", /about no repository in particular/);
	await ask("repo-unknown", "repo acme/nothing", /I know no repository/);
	await ask("repo-set", "repo acme/web-shop", /from now on/);
	await ask("stats", "stats", /merged pull requests/);
	await ask("budget", "budget", /What work may cost/);
	await ask("budget-set", "budget me $50", /Your budget is now/);
	await ask("link", "link", /GitHub/);
	const noah = await stage.desk("noah");
	await noah.openChannel(work.channelId("shop"));
	await noah.write("/bobbin budget workspace $500");
	await take("budget-refused", await noah.message(/admin/, noah.channel));
});

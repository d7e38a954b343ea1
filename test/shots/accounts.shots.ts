import { test } from "vitest";
import type { Accounts } from "../../src/slack/accounts.ts";
import { openStage } from "./stage.ts";

test("a person's GitHub account", async () => {
	let account: Awaited<ReturnType<Accounts["stateOf"]>> = { state: "never", login: null };
	const accounts: Accounts = {
		stateOf: async () => account,
		slackUserOf: async () => stage.work.userId("mia"),
		invite: async () => ({ url: `${stage.work.origin}/github/connect?state=1` }),
		unlink: async () => {
			account = { state: "revoked", login: "mia-berg" };
			return { outcome: "unlinked", login: "mia-berg" };
		},
	};
	await using stage = await openStage("accounts", { accounts });
	const { work, take } = stage;
	const at = await stage.begin("mia", "shop", "@bobbin fix the cart total");
	const [prompt] = (await work.sessions.view(at.sessionId)).prompts;
	const whom = { sessionId: at.sessionId, personId: prompt?.author?.personId ?? "" };
	const mia = await stage.desk("mia");
	await mia.openThread(at);
	await mia.message(/Waiting for Mia Berg to connect/);
	await work.slack.askToLink(whom);
	await mia.message(/Connect GitHub and I go on/);
	await take("asked", mia.replies);
	await mia.openChannel(work.channelId("shop"));
	await mia.write("/bobbin link");
	await take("link", await mia.message(/not connected yet/, mia.channel));
	account = { state: "live", login: "mia-berg" };
	await mia.write("/bobbin link");
	await take("link-connected", await mia.message(/connected as/, mia.channel));
	await mia.openThread(at);
	await work.slack.tellLinked(whom);
	await take("connected", await mia.message(/GitHub is connected/));
	await mia.press("Disconnect GitHub");
	await mia.dialog.waitFor();
	await take("confirm", mia.dialog);
	await mia.dialog.getByRole("button", { name: "Disconnect" }).click();
	await take("disconnected", await mia.message(/is disconnected/));
	const revoked = await stage.begin("mia", "docs", "@bobbin fix the docs");
	await mia.openThread(revoked);
	await work.slack.askToLink({ ...whom, sessionId: revoked.sessionId });
	await take("revoked", await mia.message(/not connected to GitHub any more/));
});

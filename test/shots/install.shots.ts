import { test } from "vitest";
import { openStage } from "./stage.ts";

test("setting it up in another workspace", async () => {
	await using stage = await openStage("install");
	const { work, take } = stage;
	const yuki = await stage.desk("yuki", { height: 800 });
	await yuki.openApp("home");
	await yuki.page.getByText("is not installed in").waitFor();
	await take("not-installed", yuki.window);
	await yuki.page.goto(`${work.origin}/slack/install`);
	await take("page", yuki.window);
	await yuki.page.getByRole("link", { name: "Add to Slack" }).click();
	await yuki.page.getByRole("button", { name: "Allow" }).waitFor();
	await take("authorize", yuki.window);
	await yuki.page.getByLabel("Workspace and person").selectOption({ label: "Globex (as Yuki Mori)" });
	work.proxy.next("oauth.v2.access", "limit");
	await yuki.page.getByRole("button", { name: "Allow" }).click();
	await yuki.page.getByText("Slack does not answer").waitFor();
	await take("slack-waits", yuki.window);
	await yuki.page.goto(`${work.origin}/slack/install/go`);
	await yuki.page.getByLabel("Workspace and person").selectOption({ label: "Globex (as Yuki Mori)" });
	await yuki.page.getByRole("button", { name: "Allow" }).click();
	await yuki.page.getByText("Bobbin is in Globex").waitFor();
	await take("done", yuki.window);

	const lars = await stage.desk("lars", { height: 800 });
	await lars.page.goto(`${work.origin}/slack/install/go`);
	await lars.page
		.getByLabel("Workspace and person")
		.selectOption({ label: "the whole organisation (as Lars Holm)" });
	await take("authorize-organisation", lars.window);
	await lars.page.getByRole("button", { name: "Allow" }).click();
	await lars.page.getByText("Bobbin is in").waitFor();
	await take("done-organisation", lars.window);
	await lars.openApp("home");
	await lars.page.getByText("Prompting now").waitFor();
	await take("in-organisation", lars.window);
});

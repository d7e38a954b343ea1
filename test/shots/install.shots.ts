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
	await yuki.page.getByRole("button", { name: "Allow" }).click();
	await yuki.page.getByText("Bobbin is in Globex").waitFor();
	await take("done", yuki.window);
});

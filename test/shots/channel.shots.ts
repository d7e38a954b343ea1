import { test } from "vitest";
import { openStage } from "./stage.ts";

test("the way from a thread to a channel of its session's own", async () => {
	await using stage = await openStage("channel", { codeChannels: true });
	const { work, take } = stage;
	work.agent.state.script = () => new Promise(() => {});
	const at = await stage.begin("mia", "shop", "@bobbin fix the cart total");
	const mia = await stage.desk("mia");
	await mia.openThread(at);
	await mia.replies.getByRole("button", { name: "Open as channel" }).waitFor();
	await take("offered", mia.replies);
	await mia.press("Open as channel");
	await mia.message(/It has a channel of its own/);
	await mia.reply("channel");
	await mia.replies.getByRole("article").last().getByText("Only visible to you").waitFor();
	await take("opened", mia.replies);
});

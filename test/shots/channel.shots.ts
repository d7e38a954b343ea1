import { test } from "vitest";
import { openStage } from "./stage.ts";

test("a channel of a session's own", async () => {
	await using stage = await openStage("channel", { codeChannels: true });
	const { work, take } = stage;
	const gate = Promise.withResolvers<void>();
	work.agent.state.script = async ({ prompt: { text } }) => {
		if (text.includes("total")) await gate.promise;
		return { outcome: "done", answer: `Done: ${text}.` };
	};
	const at = await stage.begin("mia", "shop", "@bobbin fix the cart total");
	const mia = await stage.desk("mia");
	await mia.openThread(at);
	await mia.replies.getByRole("button", { name: "Open as channel" }).waitFor();
	await take("offered", mia.replies);
	await mia.press("Open as channel");
	const status = await mia.message(/It has a channel of its own/);
	await mia.reply("channel");
	await mia.replies.getByRole("article").last().getByText("Only visible to you").waitFor();
	await take("opened", mia.replies);
	gate.resolve();
	await mia.message(/✅ Done/);
	await status
		.getByText(/bobbin|cart/)
		.last()
		.click();
	await mia.write("and the receipt");
	await mia.message(/Done: and the receipt/, mia.channel);
	await take("channel", mia.window);
});

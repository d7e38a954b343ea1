import { test } from "vitest";
import { openStage } from "./stage.ts";

test("what can be said in a thread", async () => {
	await using stage = await openStage("words");
	const { work, take } = stage;
	work.agent.state.script = () => new Promise(() => {});
	const at = await stage.begin("mia", "shop", "@bobbin make the checkout fast");
	const mia = await stage.desk("mia", { height: 3400 });
	await mia.openThread(at);
	await mia.message(/Thinking/);
	await work.say("noah", "shop", "and the cart", at.threadTs);
	await mia.message(/Queued, next/);
	await work.say("zoe", "shop", "and the receipt", at.threadTs);
	await mia.message(/Queued, 2nd/);

	const say = async (name: Parameters<typeof take>[0], word: string, answer: RegExp) => {
		await mia.reply(word);
		await take(name, await mia.message(answer));
	};
	await say("help", "help", /goes on with the same work|go on with the same work/);
	await say("status", "status", /Working for/);
	await say("queue", "queue", /🕓 1\..*🕓 2\./s);
	await say("cancel-which", "cancel", /Which one\?/);
	await say("cancel", "cancel 2", /Cancelled: and the receipt/);
	await say("retry", "retry", /neither failed/);
	await say("model", "model", /The model of this thread/);
	await say("model-unknown", "model gemini", /I have no model called/);
	await say("model-chosen", "model opus", /From the next message on/);
	await say("only-when-mentioned", "only when mentioned", /I listen only when/);
	await say("judge", "judge", /I judge which replies/);
	await say("every-reply", "every reply", /every reply is a request/);
	await say("normal", "normal", /Normal: this thread/);
	await mia.reply("stop");
	await mia.message(/⏹ Stopped/);
	await take("stopped", mia.replies);
	await mia.reply("stop");
	await take("nothing-to-stop", await mia.message(/nothing to stop/));

	await mia.openChannel(work.channelId("docs"));
	await mia.write("@bobbin status");
	await take("status-in-channel", await mia.message(/Nothing is at work here/, mia.channel));
	await mia.write("@bobbin");
	await mia.channel.getByRole("button", { name: /1 reply/ }).click();
	await take("greeting", await mia.message(/Hello! Tell me/));
});

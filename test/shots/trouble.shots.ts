import { test } from "vitest";
import { openStage } from "./stage.ts";

const AWS_KEY = ["AKIA", "Z7QX2MWLPD4RTYHN"].join("");
const LONG = Array.from(
	{ length: 70 },
	(_, index) => `${index + 1}. Case ${index + 1} of the refund table is right.`,
);

test("what does not go as it should", async () => {
	await using stage = await openStage("trouble");
	const { work, take } = stage;
	work.agent.state.script = async ({ prompt: { promptId, text } }, emit) => {
		if (text.includes("wait")) {
			emit({ type: "agent.retrying", data: { promptId, attempt: 2, message: "Anthropic is overloaded" } });
			await new Promise(() => {});
		}
		if (text.includes("slow")) await new Promise(() => {});
		if (text.includes("fail")) {
			const message = "The model refused the key. Ask whoever runs Bobbin to check ANTHROPIC_API_KEY.";
			return { outcome: "failed", problem: { code: "model_refused", message, retryable: true } };
		}
		if (text.includes("refund"))
			return { outcome: "done", answer: `**All ${LONG.length} cases are right.**\n\n${LONG.join("\n")}` };
		return { outcome: "done", answer: "Done: the footer has this year." };
	};
	const mia = await stage.desk("mia");
	const open = async (channel: string, text: string) => {
		const at = await stage.begin("mia", channel, `@bobbin ${text}`);
		await mia.openThread(at);
		return at;
	};

	const slow = await open("shop", "make the slow checkout fast");
	const status = await mia.message(/Working on/);
	await work
		.human("mia")
		.chat.update({ channel: slow.channelId, ts: slow.ts, text: "@bobbin make checkout fast" });
	await take("edited", await mia.message(/was edited after I began/));
	await status.getByRole("button", { name: "Stop", exact: true }).click();
	await take("stopped", await mia.message(/⏹ Stopped/));

	await open("docs", "fail at once");
	await take("failed", await mia.message(/That did not work/));
	await open("engineering", "wait for the model");
	await take("model-waits", await mia.message(/Waiting for the model/));
	await open("random", `deploy with ${AWS_KEY}`);
	await take("masked", await mia.message(/I masked a secret/));
	await open("general", "check all refunds");
	await mia.message(/The whole answer is in the file below/);
	await mia.replies.getByText("The whole answer", { exact: true }).waitFor();
	await take("long-answer", mia.replies);

	const { botUserId } = work.playground.connection;
	const { channel } = await work.human("mia").conversations.create({ name: "quiet-place" });
	await work.human("mia").conversations.invite({ channel: channel?.id ?? "", users: botUserId });
	await mia.openChannel(channel?.id ?? "");
	await mia.write("@bobbin mend the footer");
	await mia.channel.getByRole("button", { name: /repl/ }).click();
	await mia.message(/the footer has this year/);
	await mia.reply("quiet");
	await mia.message(/shows results only/);
	await mia.reply("and once more");
	await mia.replies.getByText("Done: the footer has this year.").nth(1).waitFor();
	await take("quiet", mia.replies);

	const gone = await open("shop", "what is slow here?");
	await work.say("zoe", "shop", "then the api", gone.threadTs);
	await mia.message(/Queued, next/);
	await work.onPage("mia", "deactivate", { user: work.userId("zoe") });
	await take("held-back", await mia.message(/Held back/));

	await mia.openChannel(work.channelId("engineering"));
	work.proxy.next("views.open", "limit");
	await mia.write("/bobbin");
	await take("slack-waits", await mia.message(/Slack has me wait/, mia.channel));

	const end = Promise.withResolvers<void>();
	work.agent.state.script = async () => {
		await end.promise;
		return { outcome: "done", answer: "The checkout has a test now." };
	};
	const at = await open("docs", "test the checkout");
	await mia.message(/Thinking/);
	const [shown] = (await work.thread(at)).filter(({ bot_id }) => bot_id !== undefined);
	await work.bot.chat.delete({ channel: at.channelId, ts: shown?.ts ?? "" });
	await mia.replies.getByText(/Thinking/).waitFor({ state: "detached" });
	end.resolve();
	await mia.message(/✅ Done/);
	await take("deleted-status", mia.replies);
});

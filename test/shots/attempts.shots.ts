import { test } from "vitest";
import { openStage } from "./stage.ts";

const ANSWERS = [
	"I round each line and give the last one what is left over.",
	"I round once, at the end, and keep fractions of a cent until then.",
];

test("several attempts at one request", async () => {
	await using stage = await openStage("attempts");
	const { work, take } = stage;
	const gate = Promise.withResolvers<void>();
	let turns = 0;
	work.agent.state.script = async ({ prompt: { promptId } }) => {
		const answer = ANSWERS[turns++] ?? "";
		if (turns === 2) await gate.promise;
		const { session_id: sessionId } = await work.database.db
			.selectFrom("prompts")
			.select("session_id")
			.where("id", "=", promptId)
			.executeTakeFirstOrThrow();
		await stage.addPullRequest({ sessionId, promptId }, "Round the total once", { checks: "passing" });
		await stage.spend({ sessionId, promptId }, 0.2 + turns / 100);
		return { outcome: "done", answer };
	};
	const at = await stage.begin("mia", "shop", "@bobbin x sonnet, opus: fix the cart total");
	const mia = await stage.desk("mia");
	await mia.openThread(at);
	await mia.message(/2 attempts.*1 of 2 done/);
	await take("begun", mia.replies);
	await mia.openChannel(work.channelId("shop"));
	await mia.message(/fix the cart total/, mia.channel);
	await mia.channel.getByText("asked").waitFor();
	await take("channel", mia.channel);
	await mia.openThread(at);
	await mia.message(/2 attempts/);
	gate.resolve();
	await mia.message(/2 of 2 done/);
	await take("compared", mia.replies);
	await mia.press("Pick 2");
	await mia.message(/Attempt 2 was picked/);
	await take("picked", mia.replies);
	await mia.message(/so this one \(1\) is closed/);
	await take("closed", mia.replies);
});

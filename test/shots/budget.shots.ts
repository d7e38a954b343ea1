import { test } from "vitest";
import { openStage } from "./stage.ts";

test("a budget that is used up", async () => {
	await using stage = await openStage("budget");
	const { work, take } = stage;
	const mia = await stage.desk("mia");
	/** A second request of a session whose first has spent its budget. */
	async function pause(channel: string) {
		const at = await stage.begin("mia", channel, "@bobbin fix the cart total");
		await mia.openThread(at);
		await mia.message(/✅ Done/);
		const { prompts } = await work.sessions.view(at.sessionId);
		await stage.spend({ sessionId: at.sessionId, promptId: prompts[0]?.id ?? "" }, 4.1);
		await work.budget.setCap({ scope: "session", subject: at.sessionId, cap: 4, personId: null });
		await work.say("noah", channel, "and refunds too", at.threadTs);
		await mia.message(/Paused: the budget/);
	}
	await pause("shop");
	await take("paused", mia.replies);
	await mia.press(/^Continue/);
	await mia.message(/continued by/);
	await mia.message(/✅ Done.*for Noah/);
	await take("continued", mia.replies);
	await pause("docs");
	const asked = await mia.message(/Paused: the budget/);
	await asked.getByRole("button", { name: "Stop", exact: true }).click();
	await mia.message(/stopped by/);
	await take("stopped", mia.replies);
});

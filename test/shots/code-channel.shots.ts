import { expect, test } from "vitest";
import { eventually } from "../harness/eventually.ts";
import { openStage } from "./stage.ts";

const DIFF = `diff --git a/src/cart.ts b/src/cart.ts
index 3a1f0c2..9b7d4e1 100644
--- a/src/cart.ts
+++ b/src/cart.ts
@@ -12,7 +12,6 @@ export function total(lines: Line[]): number {
 	let sum = 0;
-	for (const line of lines) sum += Math.round(line.price * line.count);
-	return Math.round(sum);
+	for (const line of lines) sum += line.price * line.count;
+	return Math.round(sum);
 }
`;

test("a session with a code channel of its own", async () => {
	await using stage = await openStage("code-channel", {
		codeChannels: true,
		readChanges: async () => ({ diff: DIFF, base: "main", head: "bobbin/3f2a91c0-round-once" }),
	});
	const { work, take } = stage;
	const end = Promise.withResolvers<void>();
	work.agent.state.script = async ({ prompt: { promptId, text } }) => {
		if (text.includes("receipt")) return { outcome: "done", answer: "The receipt shows the same total now." };
		await end.promise;
		await stage.addPullRequest({ sessionId, promptId }, "Round the cart total once");
		return {
			outcome: "done",
			answer: "The total was rounded per line *and* at the end. It is rounded **once** now.",
		};
	};
	const at = await stage.begin("mia", "shop", "@bobbin the cart total is off by a cent");
	const { sessionId } = at;
	const mia = await stage.desk("mia", { height: 900 });
	await mia.openThread(at);
	await mia.message(/Thinking/);
	await mia.press("Open as channel");
	await mia.message(/It has a channel/);
	await mia.message(/It has a channel of its own/);

	const channelId = await eventually(async () => {
		const found = (await work.sessions.view(sessionId)).threads.find(({ threadTs }) => threadTs === "");
		if (found === undefined) throw new Error("no channel yet");
		return found.channelId;
	});
	await mia.openChannel(channelId);
	await mia.message(/Thinking/, mia.channel);
	await mia.page.getByText(/is working/).waitFor();
	await take("working", mia.window);
	const { prompts } = await work.sessions.view(sessionId);
	await stage.spend({ sessionId, promptId: prompts[0]?.id ?? "" }, 0.18);
	end.resolve();
	await mia.message(/per line/, mia.channel);
	await mia.write("and the same on the receipt, please");
	await mia.message(/receipt shows/, mia.channel);
	await eventually(async () => {
		const states = (await work.sessions.view(sessionId)).prompts.map(({ status }) => status);
		expect(states).toEqual(["done", "done"]);
	});
	await mia.page.getByRole("tab", { name: "Diff" }).waitFor();
	await mia.page.getByText("$0.18", { exact: true }).waitFor();
	await take("messages", mia.window);
	await mia.page.getByRole("tab", { name: "Diff" }).click();
	await take("diff", mia.window);
	await mia.page.getByRole("tab", { name: "Pull request" }).click();
	await take("pull-request", mia.window);
	await work.database.db
		.updateTable("sessions")
		.set({ status: "ended" })
		.where("id", "=", sessionId)
		.execute();
	await stage.show(sessionId);
	await mia.openThread(at);
	await mia.message(/is archived/);
	await take("archived", mia.replies);
});

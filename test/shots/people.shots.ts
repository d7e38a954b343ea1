import { test } from "vitest";
import { openStage } from "./stage.ts";

test("who is told what, and who is not", async () => {
	await using stage = await openStage("people", {
		replyJudge: { judge: async ({ text }) => ({ addressed: !text.includes("lunch") }) },
	});
	const { work, take } = stage;
	work.agent.state.script = async ({ prompt: { text } }) => {
		if (text.includes("slow")) await new Promise(() => {});
		return { outcome: "done", answer: "The footer has **this year** now, in all four languages." };
	};
	const mia = await stage.desk("mia", { height: 1400 });
	const finn = await stage.desk("finn", { height: 900 });

	const refused = await work.say("finn", "shop", "@bobbin mend the footer");
	await finn.openThread(refused);
	await finn.message(/guests of this workspace/);
	await take("guest", finn.replies);
	const shared = await work.say("mia", "partners", "@bobbin mend the footer");
	await mia.openThread(shared);
	await mia.message(/shared with other companies/);
	await take("shared-channel", mia.replies);

	const talk = await stage.begin("noah", "shop", "@bobbin make the slow checkout fast");
	const noah = await stage.desk("noah", { height: 1800 });
	await noah.openThread(talk);
	for (const text of ["not on Fridays", "nor on Mondays"]) {
		const { ts } = await work.say("noah", "shop", text, talk.threadTs);
		await noah.message(/Queued, next/);
		await work.human("noah").reactions.add({ channel: talk.channelId, timestamp: ts, name: "raised_hand" });
		await noah.message(/Taken for talk: not begun/);
	}
	await work.say("zoe", "shop", "lunch?", talk.threadTs);
	await noah.message(/I have taken talk for requests/);
	await noah.message(/lunch/);
	await take("talk", noah.replies);
	await noah.press("Only when I am mentioned");
	await take("offer-taken", await noah.message(/only mentions count/));

	const done = await stage.begin("mia", "docs", "@bobbin mend the footer");
	await mia.openThread(done);
	await mia.message(/✅ Done/);
	const [prompt] = (await work.sessions.view(done.sessionId)).prompts;
	const promptId = prompt?.id ?? "";
	await stage.addPullRequest({ sessionId: done.sessionId, promptId }, "This year in the footer");
	const atMs = prompt?.finishedAt?.getTime() ?? 0;
	await work.slack.notifyAuthor({ sessionId: done.sessionId, promptId, atMs });
	await mia.openApp("messages");
	await take("told-directly", await mia.message(/mend the footer/, mia.channel));

	const gone = await stage.begin("mia", "engineering", "@bobbin mend the footer of the handbook");
	const { botUserId } = work.playground.connection;
	await work.human("mia").conversations.kick({ channel: gone.channelId, user: botUserId });
	await take("told-elsewhere", await mia.message(/I say it here because I am not in/, mia.channel));
	await mia.write("fix the cart total");
	await mia.message(/fix the cart total/, mia.channel);
	await take("conversation", mia.window);
});

import { randomUUID } from "node:crypto";
import { test } from "vitest";
import { createDrawChart } from "../../src/charts/draw-chart.ts";
import { createAddPicture } from "../../src/sessions/pictures/add-picture.ts";
import { openStage } from "./stage.ts";

test("pictures that the agent made", async () => {
	await using stage = await openStage("pictures");
	const { work, take } = stage;
	const gate = Promise.withResolvers<void>();
	const { db } = work.database;
	const add = createAddPicture({ db, enqueue: work.enqueue, now: Date.now, newId: randomUUID });
	work.agent.state.script = async () => {
		await gate.promise;
		return { outcome: "done", answer: "The chart has **both** rows of bars now." };
	};
	const at = await stage.begin("mia", "shop", "@bobbin show sessions and merges in one chart");
	const { sessionId } = at;
	const mia = await stage.desk("mia");
	await mia.openThread(at);
	await mia.message(/Thinking/);
	const [prompt] = (await work.sessions.view(sessionId)).prompts;
	const sessions = [3, 5, 4, 7, 6, 8, 9];
	const figures = { from: "2026-11-16", stepDays: 1, sessions, merged: sessions.map((one) => one - 2) };
	const bytes = await createDrawChart()(figures);
	await add({ sessionId, promptId: prompt?.id ?? "", title: "The chart with both rows", bytes });
	gate.resolve();
	const answer = await mia.message(/rows of bars now/);
	await answer.getByRole("img", { name: "The chart with both rows" }).waitFor();
	await take("answer", mia.replies);
});

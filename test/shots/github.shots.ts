import { test } from "vitest";
import {
	addComment,
	addFindings,
	addOpenings,
	addPullRequest,
	addSavedWork,
} from "../harness/github-rows.ts";
import { openStage } from "./stage.ts";

test("what GitHub has to do with it", async () => {
	await using stage = await openStage("github");
	const { work, take } = stage;
	const { db } = work.database;
	const mia = await stage.desk("mia");
	const begin = async (channel: string) => {
		const { sessionId, ...at } = await stage.begin("mia", channel, "@bobbin fix the cart total");
		await mia.openThread(at);
		await mia.message(/✅ Done/);
		const [prompt] = (await work.sessions.view(sessionId)).prompts;
		const personId = prompt?.author?.personId ?? "";
		return {
			sessionId,
			promptId: prompt?.id ?? "",
			personId,
			repositoryId: stage.repositories["web-shop"] ?? "",
		};
	};

	const checked = await begin("shop");
	await addFindings(db, checked);
	await stage.show(checked.sessionId);
	await mia.message(/Over to you/);
	await take("checks", mia.replies);

	const waiting = await begin("docs");
	await addOpenings(db, waiting);
	await stage.show(waiting.sessionId);
	await mia.message(/could not be opened/);
	await take("openings", mia.replies);

	const commented = await begin("engineering");
	await addPullRequest(db, commented, "Round the cart total once");
	await addComment(db, commented);
	await stage.show(commented.sessionId);
	await mia.message(/asked at #33/);
	await take("asked-at-github", mia.replies);

	const kept = await begin("general");
	await addSavedWork(db, kept);
	await stage.show(kept.sessionId);
	await mia.message(/No snapshot of the sandbox/);
	await take("saved-work", mia.replies);
});

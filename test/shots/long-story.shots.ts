import { test } from "vitest";
import { buildPage } from "../../src/playground/build-page.ts";
import { playLongStory } from "../harness/long-story.ts";
import { openDesks } from "./stage.ts";

test("forty minutes of three people and an agent in one thread", async () => {
	const { work, at } = await playLongStory({ pageDir: await buildPage() });
	await using _ = work;
	const desks = await openDesks("long-story", work.origin);
	const mia = await desks.desk("mia", { height: 3600 });
	await mia.openThread(at);
	await mia.message(/#32/);
	await desks.take("thread", mia.replies);
	await desks.close();
});

import { afterAll, expect, test } from "vitest";
import { playLongStory } from "../harness/long-story.ts";
import { refusals } from "../harness/slack-person.ts";

let story: Awaited<ReturnType<typeof playLongStory>> | undefined;
afterAll(() => story?.work[Symbol.asyncDispose]());

test("forty minutes of work are at most twelve messages, in an order that can be read", async () => {
	story = await playLongStory();
	expect(story.toolCalls).toBe(300);
	expect(story.minutes).toBeGreaterThanOrEqual(40);
	const texts = story.messages.map(({ text, files }) => (text === "" ? `file ${files?.[0]?.name}` : text));
	expect(texts).toEqual([
		expect.stringMatching(/^✅ Done/),
		expect.stringMatching(/^🤔 “Half cents.*: \*To even\*$/),
		// Zoe's follow-up waited in line, ran, and was stopped.
		expect.stringMatching(/^⏹ Stopped by Omar Haddad/),
		// Opened in mid-turn, so above what the turn ends with.
		expect.stringMatching(/^Pull request .*#31/),
		expect.stringMatching(/^Mia Berg asked: .*\n.*rounded .*once.* now/),
		expect.stringMatching(/✅ Done/),
		expect.stringMatching(/^⏸ Paused at \$4.*continued by/),
		expect.stringMatching(/^Pull request .*#32/),
		expect.stringContaining("Refunds follow the same rule"),
		expect.stringMatching(/^file answer-[0-9a-f]{8}\.md$/),
	]);
	expect(texts.length).toBeLessThanOrEqual(12);
	expect(await refusals(story.work)).toEqual([]);
	// Slack was never asked for more than it promises.
	const { refused } = (await story.work.readPage("mia", "refused")) as { refused: { error: string }[] };
	expect(refused.filter(({ error }) => error === "ratelimited")).toEqual([]);
});

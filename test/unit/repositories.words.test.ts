import { expect, test } from "vitest";
import { type ClassifyInput, createClassifier } from "../../classifier/classify.ts";
import { findTrouble, toSizeWords } from "../../src/sessions/routing/repository-trouble.ts";
import type { PromptView, SessionView } from "../../src/sessions/session-view.ts";
import { notesMessage } from "../../src/slack/blocks/notes-message.ts";
import { statusMessage } from "../../src/slack/blocks/status-message.ts";
import { emptyProgress } from "../../src/slack/showing/fold-progress.ts";

const { classify } = createClassifier({ model: null });
const entry = (id: string, name: string, formerNames: string[] = []) => ({
	...{ id, owner: "acme", name, formerNames },
	...{ description: "", hints: "", aliases: [], languages: [], topics: [] },
});
const ask = (text: string, more: Partial<ClassifyInput> = {}) =>
	classify({
		text,
		channel: null,
		thread: [],
		repositories: [entry("1", "storefront", ["acme/web-shop", "acme/docs"]), entry("2", "docs")],
		threadRepositoryId: null,
		channelRepositoryId: null,
		...more,
	});

test("a former name leads to the repository, until another one has it", async () => {
	expect(await ask("fix the cart in acme/web-shop")).toMatchObject({
		outcome: "chosen",
		repositoryId: "1",
		reason: "you named it",
	});
	expect(await ask("fix the cart in acme/docs")).toMatchObject({ outcome: "chosen", repositoryId: "2" });
});

test("whoever names a repository that cannot be used is told why", async () => {
	const unusable = [{ name: "acme/Old", why: "acme/Old is archived at GitHub." }];
	expect(await ask("fix acme/old", { unusable })).toMatchObject({
		outcome: "ask",
		reason: "acme/Old is archived at GitHub.",
	});
	expect(await ask("fix acme/other", { unusable })).toMatchObject({
		reason: "acme/other is not a repository that I know here.",
	});
});

test.each<[string, string, Partial<ClassifyInput>, object]>([
	["is told why", "fix the pagination in old-shop", {}, { reason: "acme/old-shop is archived." }],
	[
		"is told why before the channel's default is taken",
		"fix the pagination in old-shop",
		{ channelRepositoryId: "2" },
		{ reason: "acme/old-shop is archived." },
	],
	[
		"is not, where there are two",
		"fix the pagination in twice-there",
		{},
		{ reason: "I could not tell which repository you mean." },
	],
	[
		"is not, where one that can be used has the name, too",
		"fix the pagination in the storefront repo",
		{},
		{ outcome: "chosen", repositoryId: "1" },
	],
	[
		"is not, where the work is for another one",
		"port the pagination from old-shop to storefront",
		{},
		{ outcome: "chosen", repositoryId: "1" },
	],
	[
		"is not, where it is only looked at",
		"do the pagination like old-shop does",
		{ channelRepositoryId: "2" },
		{ outcome: "chosen", how: "channel" },
	],
])("whoever names one by its short name %s: %s", async (_, text, more, expected) => {
	const names = ["acme/old-shop", "acme/twice-there", "other/twice-there", "other/storefront"];
	const unusable = names.map((name) => ({ name, why: `${name} is archived.` }));
	expect(await ask(text, { unusable, ...more })).toMatchObject(expected);
});

test("a repository of the largest size that is allowed is no trouble, nor is one whose size nobody knows", () => {
	const limits = { maxKib: 2048, wholeKib: 1024 };
	const of = (size_kib: number | null) => findTrouble({ owner: "acme", name: "x", size_kib }, limits);
	expect([of(null), of(2048)]).toEqual([null, null]);
	expect(of(2049)?.code).toBe("repository_too_large");
	expect([toSizeWords(300), toSizeWords(700 * 1024), toSizeWords(5 * 1024 ** 2)]).toEqual([
		"1 MB",
		"700 MB",
		"5.0 GB",
	]);
});

test("a fetch that takes a while says why, a usual one does not", () => {
	const prompt = {
		status: "running",
		startedAt: new Date(0),
		author: null,
		editedText: null,
		withdrawn: null,
	} as PromptView;
	const words = (sizeKib: number | null) => {
		const repository = { id: "1", fullName: "acme/monolith", sizeKib };
		const session = {
			id: "s",
			status: "ready",
			repository,
			routing: null,
			prompts: [prompt],
			movingTo: null,
			questions: [],
		} as Pick<SessionView, "id" | "status" | "repository" | "routing" | "prompts" | "movingTo" | "questions">;
		return statusMessage(session, prompt, { ...emptyProgress("p"), steps: ["clone"] }, 1000).text;
	};
	expect(words(5 * 1024 ** 2)).toContain(
		"Fetching the repository, which is large (5.0 GB with its history)…",
	);
	expect(words(null)).toContain("Fetching the repository…");
});

test("what is told of a checkout can neither ping nor be markup", () => {
	const { text, blocks } = notesMessage(["main is gone; it is called <!channel> *now*.", "Second."]);
	expect(text).not.toContain("<!channel>");
	expect(JSON.stringify(blocks)).toContain("&lt;!channel&gt;");
	expect(JSON.stringify(blocks)).toContain("ℹ️ Second.");
});

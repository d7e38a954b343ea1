import { afterAll, beforeAll, expect, test } from "vitest";
import { type RepositoryBuilds, repositoryBuilds } from "../../src/contract/image.ts";
import { eventually } from "../harness/eventually.ts";
import { type PlaygroundApp, startPlaygroundApp } from "../harness/playground-app.ts";
import { describePlayground, type SlackMessage } from "../harness/playground-client.ts";
import { cloneRepository } from "../harness/repository-clone.ts";
import { openThread } from "../harness/thread.ts";

let app: PlaygroundApp<"mia">;

beforeAll(async () => {
	app = await startPlaygroundApp(["mia"], { IMAGE_EVERY_MINUTES: "30" });
});
afterAll(() => app?.remove());

async function addressOf(name: string): Promise<string> {
	const answer = await fetch(`${app.origin}/api/repositories`);
	const { repositories } = (await answer.json()) as {
		repositories: { repositoryId: string; repository: string }[];
	};
	return `${app.origin}/api/repositories/${repositories.find(({ repository }) => repository === name)?.repositoryId}`;
}

function until(at: string, accept: (builds: RepositoryBuilds) => boolean): Promise<RepositoryBuilds> {
	return eventually(async () => {
		const builds = repositoryBuilds.parse(await (await fetch(`${at}/recipe`)).json());
		expect(builds, JSON.stringify(builds)).toSatisfy(accept);
		return builds;
	});
}

/** What the bot said in #shop in no thread, once it has said this. */
async function untilSaid(words: string): Promise<SlackMessage[]> {
	const { slack } = await describePlayground(app.origin);
	const channel = slack.channels.find(({ name }) => name === "shop")?.id;
	const token = slack.users.find(({ name }) => name === "mia")?.token;
	return eventually(async () => {
		const answer = await fetch(`${slack.apiUrl}conversations.history`, {
			method: "POST",
			headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
			body: JSON.stringify({ channel }),
		});
		const { messages } = (await answer.json()) as { messages: SlackMessage[] };
		const said = messages.filter(({ bot_id }) => bot_id !== undefined);
		expect(said.map(({ text }) => text)).toContainEqual(expect.stringContaining(words));
		return said;
	});
}

const setRecipe = (at: string, change: { recipeText: string } | { buildsOnPush: boolean }) =>
	fetch(`${at}/recipe`, { method: "PUT", body: JSON.stringify(change) });

test("the first session on a repository has its image built, once the turn is over", async () => {
	const thread = await openThread(
		app.people.mia,
		"shop",
		"@bobbin how does the checkout work in acme/web-shop?",
	);
	await thread.untilMarked("white_check_mark", thread.threadTs);
	const at = await addressOf("acme/web-shop");
	const { imageInUse, recipe } = await until(at, (builds) => builds.imageInUse !== null);
	expect(recipe).toMatchObject({ source: "file", text: expect.stringContaining("node --test") });
	expect(imageInUse).toMatchObject({ state: "ready", reason: "first_use", problem: null });
	expect(imageInUse?.steps.map(({ step }) => step)).toEqual(
		expect.arrayContaining(["start", "test", "agent"]),
	);
	const { rows } = await app.database.pool.query<{ began: Date; done: Date }>(
		"select i.started_at as began, p.finished_at as done from images i, prompts p",
	);
	expect(rows[0]?.began.getTime()).toBeGreaterThanOrEqual(
		rows[0]?.done.getTime() ?? Number.POSITIVE_INFINITY,
	);
	await eventually(async () => {
		const { rows: left } = await app.database.pool.query(
			"select name from sandboxes where name like 'bobbin-build-%' and deleted_at is null",
		);
		expect(left).toEqual([]);
	});
});

test("a push has the next image built where people want that; failures are told in the channel once, and again when it is mended", async () => {
	const at = await addressOf("acme/web-shop");
	const inUse = (await until(at, () => true)).imageInUse?.id;
	await setRecipe(at, { buildsOnPush: true });
	await app.faults.github("DELETE", "/repos/acme/web-shop/branches/main/protection");
	const clone = await cloneRepository(app.origin, "acme/web-shop");
	await clone.run(
		`echo "setup: echo '<!channel> no such thing' && exit 3" > .bobbin.yml; git commit -qam Broken; git push -q origin HEAD`,
	);
	const pushed = await clone.run("git rev-parse HEAD");
	await clone.remove();
	const first = await until(at, ({ failures }) => failures === 1);
	expect(first.newestImage).toMatchObject({ reason: "push", commit: pushed });
	await fetch(`${at}/images`, { method: "POST" });
	const failing = await until(at, ({ failures }) => failures === 2);
	expect(failing.imageInUse?.id).toBe(inUse);
	expect(failing.newestImage).toMatchObject({ state: "failed", step: "setup" });
	await setRecipe(at, { recipeText: "setup: echo mended\ntest: []\nstart: null\n" });
	await until(at, ({ newestImage }) => newestImage?.state === "ready");
	const lines = await untilSaid("can be built again");
	const failures = lines.filter(({ text }) => text.includes("could not be built"));
	expect(failures).toHaveLength(1);
	expect(failures[0]?.text).toContain("exit code 3");
	expect(failures[0]?.text).not.toContain("<!channel>");
	expect(failures[0]?.blocks).toMatchObject([
		{ type: "section", text: { type: "plain_text" } },
		{ type: "rich_text", elements: [{ type: "rich_text_preformatted" }] },
	]);
});

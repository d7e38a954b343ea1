import { randomUUID } from "node:crypto";
import { Hono } from "hono";
import { afterAll, beforeAll, beforeEach, describe, expect, it, test } from "vitest";
import { repositoryBuilds } from "../../src/contract/image.ts";
import { createRepositoryRoutes } from "../../src/http/routes/repositories.ts";
import { createRepositoryPages } from "../../src/http/routes/repository-pages.ts";
import { createImageRig, failed, ready } from "../harness/images.ts";
import { type StartedCore, startCore } from "../harness/start-core.ts";

let core: StartedCore;
let rig: Awaited<ReturnType<typeof createImageRig>>;
let app: Hono;
let at: string;

beforeAll(async () => {
	core = await startCore();
});
afterAll(() => core.stop());
beforeEach(async () => {
	rig = await createImageRig(core);
	const { searchRepositories } = core.sessions;
	const deps = { images: rig.images, searchRepositories };
	app = new Hono().route("/", createRepositoryRoutes(deps)).route("/", createRepositoryPages(deps));
	at = `/api/repositories/${rig.repository.id}`;
});

const put = (body: unknown) =>
	app.request(`${at}/recipe`, {
		method: "PUT",
		body: typeof body === "string" ? body : JSON.stringify(body),
		headers: { "content-type": "application/json" },
	});
const read = async () => repositoryBuilds.parse(await (await app.request(`${at}/recipe`)).json());
const queued = async () => {
	const { rows } = await core.database.pool.query<{ reason: string }>(
		"select data->>'reason' as reason from pgboss.job where name = 'build-image' and singleton_key = $1 order by created_on",
		[rig.repository.id],
	);
	return rows.map(({ reason }) => reason);
};

describe("a repository's recipe", () => {
	it("is not known before the first build", async () => {
		expect(await read()).toMatchObject({
			repository: { fullName: `acme/${rig.repository.name}`, defaultBranch: "main" },
			recipe: null,
			recipeText: null,
			newestImage: null,
			imageInUse: null,
		});
		const listed = (await (await app.request("/api/repositories")).json()) as { repositories: object[] };
		expect(listed.repositories).toContainEqual(
			expect.objectContaining({ repositoryId: rig.repository.id, repository: `acme/${rig.repository.name}` }),
		);
	});

	it("is shown with the image it made, and with what became of the last build", async () => {
		rig.state.play = async (input) => {
			input.onLog("all is well\n");
			return ready();
		};
		await rig.buildNow("first_use");
		const first = await read();
		expect(first).toMatchObject({
			recipe: { source: "file", text: "test: npm test\n", found: ["package.json has a test script"] },
			imageInUse: { state: "ready", commit: rig.state.head, ageMs: 0, logTail: "all is well\n" },
		});
		rig.state.head = "b".repeat(40);
		rig.state.play = async () => failed('"npm test" ended with exit code 1.');
		await rig.nextInterval();
		const second = await read();
		expect(second.imageInUse?.id).toBe(first.imageInUse?.id);
		expect(second.newestImage).toMatchObject({
			state: "failed",
			step: "test",
			problem: { message: '"npm test" ended with exit code 1.' },
		});
		expect(second).toMatchObject({ failures: 1, nextTryAt: expect.any(String) });
	});

	it("can be written by people, is built at once, and can be taken away", async () => {
		const answer = await put({ recipeText: "test: make test\n", buildsOnPush: true });
		expect(answer.status).toBe(200);
		expect(await read()).toMatchObject({ recipeText: "test: make test\n", buildsOnPush: true });
		await put({ recipeText: null });
		expect(await read()).toMatchObject({ recipeText: null, buildsOnPush: true });
		expect(await queued()).toEqual(["recipe", "recipe"]);
	});

	it("with an error is refused with its line and key, and changes nothing", async () => {
		const answer = await put({ recipeText: "setup: npm ci\ntools:\n  nod: 22\n" });
		expect(answer.status).toBe(400);
		expect(await answer.json()).toMatchObject({
			error: {
				code: "bad_recipe",
				message: expect.stringContaining("Line 3, tools.nod:"),
				problems: [{ line: 3, key: "tools.nod", message: expect.stringContaining('"node"') }],
			},
		});
		expect(await read()).toMatchObject({ recipeText: null });
		expect(await queued()).toEqual([]);
	});

	test.each([
		["no JSON", "{"],
		["an unknown key", { recipe: "test: x" }],
		["a recipe that is no text", { recipeText: 3 }],
		["a recipe that is too long", { recipeText: "x".repeat(70_000) }],
	])("is refused: %s", async (_, body) => {
		const answer = await put(body);
		expect(answer.status).toBe(400);
		expect(await answer.json()).toMatchObject({ error: { code: "bad_request", retryable: false } });
	});

	it("is 413 where it is far too long to be read", async () => {
		expect((await put("x".repeat(300_000))).status).toBe(413);
	});
});

describe("an image", () => {
	it("is built when somebody asks, though nothing moved", async () => {
		expect((await app.request(`${at}/images`, { method: "POST" })).status).toBe(202);
		expect(await queued()).toEqual(["asked"]);
	});

	it("gives its whole log as plain text", async () => {
		const log = `<script>\n${"line\n".repeat(2_000)}`;
		rig.state.play = async (input) => {
			input.onLog(log);
			return ready();
		};
		await rig.buildNow("first_use");
		const { newestImage } = await read();
		expect(newestImage?.logTail).toHaveLength(4_000);
		const answer = await app.request(`${at}/images/${newestImage?.id}/log`);
		expect(answer.headers.get("content-type")).toMatch(/^text\/plain/);
		expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
		expect(await answer.text()).toBe(log);
	});

	test.each([
		["a repository that is none", () => `/api/repositories/${randomUUID()}/recipe`],
		["an id that is none", () => "/api/repositories/1/recipe"],
		["the log of an image that is none", () => `${at}/images/${randomUUID()}/log`],
		["the log of an id that is none", () => `${at}/images/x/log`],
	])("is 404: %s", async (_, path) => {
		const answer = await app.request(path());
		expect(answer.status).toBe(404);
		expect(await answer.json()).toMatchObject({ error: { code: expect.stringMatching(/_not_found$/) } });
	});
});

describe("a repository's page", () => {
	const at = () => `/repositories/${rig.repository.id}`;
	const send = (form: Record<string, string>) =>
		app.request(`${at()}/recipe`, { method: "POST", body: new URLSearchParams(form) });

	it("shows what was found, built and said, all of it escaped", async () => {
		rig.state.play = async (input) => {
			input.onStep({ step: "test", command: "<b>npm test</b>", durationMs: 1_200, exitCode: 1 }, "began");
			input.onLog("<script>alert(1)</script>");
			return ready({ found: ["<i>package.json</i>"] });
		};
		await rig.buildNow("first_use");
		const answer = await app.request(at());
		const page = await answer.text();
		expect(page).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
		expect(page).toContain("&lt;b&gt;npm test&lt;/b&gt;");
		expect(page).toContain("&lt;i&gt;package.json&lt;/i&gt;");
		expect(page).toContain("ready, in use");
		expect(page).not.toMatch(/<script|<i>|<b>/);
		expect(await (await app.request("/repositories")).text()).toContain(`href="${at()}"`);
	});

	it("takes a recipe and gives one with an error back with its line", async () => {
		expect((await send({ recipeText: "test: make test\r\n", buildsOnPush: "on" })).status).toBe(303);
		expect(await read()).toMatchObject({ recipeText: "test: make test\n", buildsOnPush: true });
		expect(await queued()).toEqual(["recipe"]);
		const refused = await send({ recipeText: "tests: </textarea>x" });
		expect(refused.status).toBe(400);
		const page = await refused.text();
		expect(page).toContain("Line 1, tests:");
		expect(page).toContain("tests: &lt;/textarea&gt;x");
		expect((await send({ recipeText: " " })).status).toBe(303);
		expect(await read()).toMatchObject({ recipeText: null, buildsOnPush: false });
	});

	it("builds when the button is pressed, and is 404 where there is none", async () => {
		expect((await app.request(`${at()}/images`, { method: "POST" })).status).toBe(303);
		expect(await queued()).toEqual(["asked"]);
		for (const path of ["/repositories/x", `/repositories/${randomUUID()}`])
			expect((await app.request(path)).status).toBe(404);
	});
});

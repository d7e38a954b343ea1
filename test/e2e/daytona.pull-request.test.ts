import http from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type DaytonaSandboxes, prepareDaytonaSandboxes } from "../daytona/daytona-sandboxes.ts";
import { createTestDatabase } from "../harness/database.ts";
import { describePlayground, joinPlayground, type PlaygroundHuman } from "../harness/playground-client.ts";
import { startApp, type TestApp } from "../harness/start-app.ts";
import { openThread } from "../harness/thread.ts";

const database = await createTestDatabase();
let sandboxes: DaytonaSandboxes;
let app: TestApp;
let mia: PlaygroundHuman;

beforeAll(async () => {
	// What a sandbox calls at PUBLIC_URL goes the way through the engine's bridge to the app.
	sandboxes = await prepareDaytonaSandboxes({
		gateway: (request, response) => {
			const { method, url: path, headers } = request;
			const onward = http.request(`${app.origin}${path}`, { method, headers }, (answer) => {
				response.writeHead(answer.statusCode ?? 502, answer.headers);
				answer.pipe(response);
			});
			onward.on("error", () => response.destroy());
			response.on("close", () => onward.destroy());
			request.pipe(onward);
		},
	});
	app = await startApp({
		DATABASE_URL: database.url,
		SANDBOX_PROVIDER: "daytona",
		DAYTONA_API_KEY: sandboxes.skin.apiKey,
		DAYTONA_API_URL: sandboxes.skin.apiUrl,
		DAYTONA_TOOLS_DIR: "/home/agent/.bobbin-tools",
		PUBLIC_URL: "http://127.0.0.1:8701",
		SANDBOX_ALLOW_HOSTS: "",
	});
	mia = await joinPlayground(app.origin, "mia");
});
afterAll(async () => {
	mia?.close();
	await app?.remove();
	await sandboxes?.remove();
	await database.drop();
});

test("a mention ends in a pull request out of a sandbox at Daytona", async () => {
	const thread = await openThread(mia, "shop", "@bobbin fix the flaky checkout test");
	await thread.untilMarked("white_check_mark", thread.threadTs);
	const { github } = await describePlayground(app.origin);
	const answer = await fetch(`${github.apiUrl}/repos/acme/web-shop/pulls`, {
		headers: { authorization: `Bearer ${github.token}` },
	});
	expect(await answer.json()).toHaveLength(1);
	const names = [...sandboxes.skin.boxes.values()].map(({ dto }) => dto.name);
	expect(names.filter((name) => !name.endsWith("-builder"))).toHaveLength(1);
	expect(sandboxes.skin.mistakes).toEqual([]);
});

import { App } from "@octokit/app";
import { afterAll, beforeAll, expect, it } from "vitest";
import { checkGithub } from "../../src/github/check.ts";
import { type RunningGithub, startPlaygroundGithub } from "../harness/playground-github.ts";

let running: RunningGithub;
let settings: { appId: string; privateKey: string; apiUrl: string; webhooksUrl: string };

beforeAll(async () => {
	running = await startPlaygroundGithub();
	settings = { ...running.playground.connection, webhooksUrl: `${running.origin}/github/webhooks` };
});

afterAll(() => running.stop());

it("finds nothing wrong with an App that is as its manifest says", async () => {
	expect((await checkGithub(settings)).problems).toEqual([]);
});

it("names each permission and event that the App or an installation lacks", async () => {
	const { problems } = await checkGithub(settings, {
		default_permissions: { contents: "write", workflows: "write", metadata: "admin" },
		default_events: ["push", "gollum"],
	});
	expect(problems.map(({ message }) => message)).toEqual([
		"the App lacks workflows: write, metadata: admin",
		"the App is not subscribed to gollum",
		"acme has not granted workflows: write, metadata: admin",
	]);
	expect(problems[2]?.fix).toMatch(/^accept the request at http/);
});

it("says where webhooks go instead, and who suspended the App", async () => {
	const elsewhere = "https://bobbin.example.com/github/webhooks";
	expect((await checkGithub({ ...settings, webhooksUrl: elsewhere })).problems).toEqual([
		{ message: `webhooks go to ${settings.webhooksUrl}`, fix: `set the App's webhook URL to ${elsewhere}` },
	]);
	const { apiUrl } = settings;
	const [installation] = await running.github.listRepositories();
	const { token } = (await new App(settings).octokit.auth({ type: "app" })) as { token: string };
	const url = `${apiUrl}/app/installations/${installation?.installationId}/suspended`;
	const headers = { authorization: `Bearer ${token}`, "user-agent": "test" };
	expect((await fetch(url, { method: "PUT", headers })).status).toBe(204);
	expect((await checkGithub(settings)).problems.map(({ message }) => message)).toEqual([
		"acme has suspended the App",
	]);
	await fetch(url, { method: "DELETE", headers });
});

it("says what to check when GitHub does not take the key", async () => {
	const wrong = checkGithub({ ...settings, appId: "7" });
	await expect(wrong).rejects.toMatchObject({ message: expect.stringContaining("GITHUB_APP_ID") });
});

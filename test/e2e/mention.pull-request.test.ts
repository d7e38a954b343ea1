import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase } from "../harness/database.ts";
import {
	describePlayground,
	joinPlayground,
	type PlaygroundHuman,
	type SlackMessage,
} from "../harness/playground-client.ts";
import { startApp, type TestApp } from "../harness/start-app.ts";

const run = promisify(execFile);
const database = await createTestDatabase();
let app: TestApp;
let mia: PlaygroundHuman;
let noah: PlaygroundHuman;
let folder: string;

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "bobbin-e2e-"));
	app = await startApp({ DATABASE_URL: database.url });
	mia = await joinPlayground(app.origin, "mia");
	noah = await joinPlayground(app.origin, "noah");
});

afterAll(async () => {
	mia?.close();
	noah?.close();
	await app?.remove();
	await database.drop();
	await rm(folder, { recursive: true, force: true });
});

interface PullRequest {
	number: number;
	title: string;
	body: string;
	head: { ref: string; sha: string };
	user: { login: string };
}

async function listPullRequests(): Promise<PullRequest[]> {
	const { github } = await describePlayground(app.origin);
	const answer = await fetch(`${github.apiUrl}/repos/acme/web-shop/pulls?state=all`, {
		headers: { authorization: `Bearer ${github.token}` },
	});
	return (await answer.json()) as PullRequest[];
}

async function clone(branch: string): Promise<string> {
	const { github } = await describePlayground(app.origin);
	const target = join(folder, branch.replaceAll("/", "-"));
	await rm(target, { recursive: true, force: true });
	const url = `${github.url}/acme/web-shop.git`.replace("://", `://x-access-token:${github.token}@`);
	await run("git", ["clone", "-q", "--branch", branch, url, target]);
	return target;
}

function isAnswer(message: SlackMessage): boolean {
	return message.bot_id !== undefined && /\b0 failed\b/.test(message.text);
}

test("a mention ends in a pull request whose tests pass, and a reply adds a commit to it", {
	timeout: 180_000,
}, async () => {
	const threadTs = await mia.post({ channel: "shop", text: "@bobbin fix the flaky checkout test" });
	const thread = { channel: "shop", threadTs, timeoutMs: 80_000 };

	await mia.waitForThread({ ...thread, what: "the first sign" }, ([parent]) =>
		parent?.reactions?.some(({ name }) => name === "eyes"),
	);
	await mia.waitForThread({ ...thread, what: "the reaction that says done" }, ([parent]) =>
		parent?.reactions?.some(({ name }) => name === "white_check_mark"),
	);
	const messages = await mia.readThread("shop", threadTs);
	expect(messages.filter(({ text }) => text.startsWith("Pull request"))).toHaveLength(1);
	expect(messages.some(isAnswer)).toBe(true);

	const [pull, ...others] = await listPullRequests();
	expect(others).toEqual([]);
	expect(pull?.body).toContain("On behalf of Mia");
	const checkout = await clone(pull?.head.ref ?? "");
	const { stdout: changed } = await run("git", ["diff", "--name-only", "origin/main...HEAD"], {
		cwd: checkout,
	});
	expect(
		changed
			.trim()
			.split("\n")
			.every((path) => path.startsWith("src/") || path.startsWith("test/")),
	).toBe(true);
	const { stdout: author } = await run("git", ["log", "-1", "--format=%an"], { cwd: checkout });
	expect(author.trim()).toMatch(/mia/i);
	await run(process.execPath, ["--test", "test/checkout.test.ts"], { cwd: checkout });

	const replyTs = await noah.post({
		channel: "shop",
		threadTs,
		text: "also fix the cart total, it is wrong by a cent",
	});
	await noah.waitForThread({ ...thread, what: "the follow-up is done" }, (replies) =>
		replies.find(({ ts }) => ts === replyTs)?.reactions?.some(({ name }) => name === "white_check_mark"),
	);
	const after = await listPullRequests();
	expect(after).toHaveLength(1);
	expect(after[0]?.head.sha).not.toBe(pull?.head.sha);
	const second = await clone(pull?.head.ref ?? "");
	const { stdout: authors } = await run("git", ["log", "--format=%an", "origin/main..HEAD"], { cwd: second });
	expect(authors.trim().toLowerCase().split("\n")).toEqual([
		expect.stringContaining("noah"),
		expect.stringContaining("mia"),
	]);
});

test("Slack refused nothing of what was posted", async () => {
	const { slack } = await describePlayground(app.origin);
	const answer = await fetch(`${app.origin}/playground/slack/page/refused`, {
		headers: { authorization: `Bearer ${slack.users.find(({ name }) => name === "mia")?.token}` },
	});
	const { refused } = (await answer.json()) as { refused: { method: string; error: string }[] };
	// The capability check of native agent status may be refused: that is how it is found out.
	expect(
		refused.filter(({ method }) => !method.startsWith("agents.") && !method.startsWith("assistant.")),
	).toEqual([]);
});

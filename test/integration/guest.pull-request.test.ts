import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { AppError } from "../../src/errors.ts";
import type { PullRequests } from "../../src/sessions/pull-requests/open-pull-request.ts";
import { SANDBOX_TOKEN, startGateway } from "../harness/gateway.ts";
import { writeFiles } from "../harness/playground-github.ts";

const run = promisify(execFile);

interface Plugin {
	"shell.env"(input: { sessionID: string }, output: { env: Record<string, string> }): Promise<void>;
	tool: {
		open_pull_request: {
			execute(
				input: Record<string, unknown>,
				context: { directory: string; abort: AbortSignal },
			): Promise<{ title: string; output: string }>;
		};
	};
}

let directory: string;
let plugin: Plugin;
let gateway: Awaited<ReturnType<typeof startGateway>>;
let open: PullRequests["open"];
let opened: Parameters<PullRequests["open"]>[0][];

beforeAll(async () => {
	directory = await mkdtemp(join(tmpdir(), "bobbin-plugin-"));
	gateway = await startGateway({
		openPullRequest: (input) => {
			opened.push(input);
			return open(input);
		},
	});
	process.env.BOBBIN_GATEWAY_URL = gateway.url;
	process.env.BOBBIN_TOKEN_FILE = join(directory, "token");
	process.env.BOBBIN_TURN_FILE = join(directory, "turn.json");
	process.env.BOBBIN_SYNCED_FILE = join(directory, "synced.json");
	await writeFile(join(directory, "token"), SANDBOX_TOKEN);
	// Plain JavaScript that OpenCode loads: it has no types.
	const { Bobbin } = await import(new URL("../../sandbox/guest/plugin/bobbin.js", import.meta.url).href);
	plugin = await Bobbin({ directory });
});
afterAll(async () => {
	gateway.stop();
	await rm(directory, { recursive: true });
});
beforeEach(() => {
	opened = [];
	open = async () => ({ outcome: "open", number: 7, url: "https://github.example/acme/shop/pull/7" });
});

const BRANCH = "bobbin/1a2b3c4d-fix";
const call = (input: Record<string, unknown>) =>
	plugin.tool.open_pull_request.execute(
		{ branch: BRANCH, title: "Fix", body: "Words", base: "", draft: false, ...input },
		{ directory, abort: new AbortController().signal },
	);

describe("a commit that the agent makes", () => {
	it("is that of whoever prompted the turn, and no git config says who", async () => {
		const git = async (env: Record<string, string>, ...args: string[]) =>
			(
				await run("git", ["-C", directory, ...args], {
					env: { PATH: process.env.PATH ?? "", HOME: directory, ...env },
				})
			).stdout;
		await git({}, "init", "-q");
		const people = [
			{ name: "Mia", email: "7+mia@users.noreply.github.com" },
			{ name: "Noah O'Brien", email: "noah@acme.example" },
		];
		for (const [index, author] of people.entries()) {
			await writeFile(
				join(directory, "turn.json"),
				JSON.stringify({ promptId: `p${index}`, attempt: 1, author }),
			);
			await writeFile(
				join(directory, "synced.json"),
				JSON.stringify({ turn: `p${index}#1`, moved: false, notes: [] }),
			);
			const output = { env: {} };
			await plugin["shell.env"]({ sessionID: "s" }, output);
			await git(output.env, "commit", "-q", "--allow-empty", "-m", `turn ${index}`);
		}
		expect((await git({}, "log", "--format=%an <%ae> | %cn <%ce>")).trim().split("\n")).toEqual([
			"Noah O'Brien <noah@acme.example> | Noah O'Brien <noah@acme.example>",
			"Mia <7+mia@users.noreply.github.com> | Mia <7+mia@users.noreply.github.com>",
		]);
		expect(await git({}, "config", "--list")).not.toMatch(/user\./);
	});
});

describe("the tool", () => {
	it("gives number and address, and leaves out what was not asked for", async () => {
		expect((await call({})).output).toBe("Pull request #7: https://github.example/acme/shop/pull/7");
		await call({ base: "bobbin/1a2b3c4d-below", draft: true });
		expect(opened.map(({ base, draft }) => [base, draft])).toEqual([
			[undefined, false],
			["bobbin/1a2b3c4d-below", true],
		]);
	});

	it("asks again where Bobbin went away in the middle", async () => {
		open = async () => {
			if (opened.length === 1) gateway.cut();
			return { outcome: "open", number: 7, url: "https://github.example/acme/shop/pull/7" };
		};
		expect((await call({})).title).toBe("#7");
		expect(opened).toHaveLength(2);
	});

	it("asks again where Bobbin says that it may work in a moment", async () => {
		open = async () => {
			if (opened.length === 1) throw new AppError("starting", "Bobbin is starting.", { retryable: true });
			return { outcome: "open", number: 7, url: "https://github.example/acme/shop/pull/7" };
		};
		expect((await call({})).title).toBe("#7");
		expect(opened).toHaveLength(2);
	});

	it("takes a refusal as it is", async () => {
		open = async () => {
			throw new AppError("no_commits", "There is nothing to open.");
		};
		await expect(call({})).rejects.toThrow("There is nothing to open.");
		expect(opened).toHaveLength(1);
	});

	it("tells of one that is opened later", async () => {
		open = async () => ({ outcome: "waiting", words: "It opens by itself." });
		expect(await call({})).toMatchObject({ title: "Is opened later", output: "It opens by itself." });
	});

	it("shows the repository's template once, where the body leaves its headings out", async () => {
		await writeFiles(directory, { ".github/PULL_REQUEST_TEMPLATE.md": "## What\n\n## How tested\n" });
		const first = await call({ branch: `${BRANCH}-2` });
		expect(first.output).toMatch(
			/^Nothing is opened yet[\s\S]*<template path=".github\/PULL_REQUEST_TEMPLATE.md">/,
		);
		expect(opened).toEqual([]);
		await call({ branch: `${BRANCH}-2` });
		await call({ branch: `${BRANCH}-3`, body: "## What\nThis\n## How tested\nSo" });
		expect(opened.map(({ branch }) => branch)).toEqual([`${BRANCH}-2`, `${BRANCH}-3`]);
	});
});

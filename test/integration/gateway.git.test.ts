import { execFile } from "node:child_process";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AppError } from "../../src/errors.ts";
import { SANDBOX_TOKEN, startGateway } from "../harness/gateway.ts";
import { startGitServer } from "../harness/git-server.ts";

const GITHUB_TOKEN = "ghs_secret_of_the_installation";
const guest = new URL("../../sandbox/guest/", import.meta.url).pathname;
const PREFIX = "bobbin/1a2b3c4d";

let dir: string;
let github: Awaited<ReturnType<typeof startGitServer>>;
let gateway: Awaited<ReturnType<typeof startGateway>>;
let home: string;
const asked: string[] = [];
let keptToken = GITHUB_TOKEN;
/** How often GitHub gives no token just now. */
let outages = 0;

beforeAll(async () => {
	dir = await mkdtemp(join("/tmp", "bobbin-gateway-"));
	home = join(dir, "home");
	await sh(`
		mkdir -p home/secrets github/acme && git init -q --bare -b main github/acme/shop.git && git init -q -b main seed && cd seed
		echo hello > a.txt && git add . && git -c user.name=t -c user.email=t@example.com commit -qm first
		git push -q ../github/acme/shop.git main && git push -q ../github/acme/shop.git main:${PREFIX}-pushed`);
	await writeFile(join(home, "secrets/token"), SANDBOX_TOKEN);
	github = await startGitServer(join(dir, "github"), GITHUB_TOKEN);
	gateway = await startGateway({
		git: {
			url: ({ owner, name }) => `${github.url}/${owner}/${name}.git`,
			token: async (_repository, access) => {
				asked.push(access);
				if (outages-- > 0)
					throw new AppError("github_unavailable", "It is tried again.", { retryable: true });
				return keptToken;
			},
			forgetTokens: () => {
				keptToken = GITHUB_TOKEN;
			},
		},
	});
});
afterAll(async () => {
	gateway.stop();
	github.stop();
	await rm(dir, { recursive: true, force: true });
});

interface Result {
	code: number;
	output: string;
}

async function sh(command: string, env: Record<string, string> = {}): Promise<Result> {
	const run = promisify(execFile)("bash", ["-ec", command], {
		cwd: dir,
		env: {
			PATH: process.env.PATH ?? "",
			HOME: join(dir, "home"),
			BOBBIN_SECRETS_DIR: join(dir, "home/secrets"),
			...env,
		},
	});
	return run.then(
		({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
		(error: { code: number; stdout: string; stderr: string }) => ({
			code: error.code,
			output: error.stdout + error.stderr,
		}),
	);
}

function clone(
	branch: string,
	directory: string,
	options: { repository?: string; base?: string; url?: string; state?: "fresh" | "kept" } = {},
) {
	const { repository = "acme/shop", base = "main", url = gateway.url, state = "fresh" } = options;
	return sh(`sh ${guest}/sync.sh ${repository} ${base} ${branch} ${dir}/${directory} ${state}`, {
		BOBBIN_GATEWAY_URL: url,
	});
}

/** Runs git as the agent's shell does. */
function inClone(directory: string, command: string): Promise<Result> {
	return sh(`guest_dir=${guest}; . ${guest}/git-env.sh; cd ${directory}; ${command}`, {
		BOBBIN_GATEWAY_URL: gateway.url,
		GIT_AUTHOR_NAME: "Ada",
		GIT_AUTHOR_EMAIL: "ada@example.com",
		GIT_COMMITTER_NAME: "Ada",
		GIT_COMMITTER_EMAIL: "ada@example.com",
	});
}

const refsAtGithub = async () =>
	(await sh("git -C github/acme/shop.git for-each-ref --format='%(refname)'")).output;

describe("sync.sh", () => {
	test("clones through the gateway onto a new session branch, with no token in any file", async () => {
		expect(await clone(`${PREFIX}-fix`, "one")).toMatchObject({ code: 0 });
		const { output } = await inClone("one", "git branch --show-current; cat a.txt; git status --porcelain");
		expect(output).toBe(`${PREFIX}-fix\nhello\n`);
		expect(new Set(asked)).toEqual(new Set(["read"]));
		expect(await sh(`grep -rlE '${SANDBOX_TOKEN}|${GITHUB_TOKEN}' one home --exclude=token`)).toMatchObject({
			code: 1,
		});
	});

	test("goes on with a new token where GitHub has taken back the one that was kept", async () => {
		keptToken = "ghs_taken_back";
		expect(await clone(`${PREFIX}-renewed`, "renewed")).toMatchObject({ code: 0 });
		expect(keptToken).toBe(GITHUB_TOKEN);
	});

	test("changes nothing when done twice, also over uncommitted work", async () => {
		await clone(`${PREFIX}-twice`, "twice");
		await sh("echo changed > twice/a.txt");
		expect(await clone(`${PREFIX}-twice`, "twice", { state: "kept" })).toMatchObject({ code: 0 });
		expect(await readFile(join(dir, "twice/a.txt"), "utf8")).toBe("changed\n");
	});

	test("switches a warm clone to the session's branch at the newest commit", async () => {
		await clone("main", "warm");
		await sh(`cd seed && echo more > b.txt && git add . && git -c user.name=t -c user.email=t@e.example commit -qm second
			git push -q ../github/acme/shop.git main`);
		expect(await clone(`${PREFIX}-warm`, "warm")).toMatchObject({ code: 0 });
		expect((await inClone("warm", "git branch --show-current; git log -1 --format=%s")).output).toBe(
			`${PREFIX}-warm\nsecond\n`,
		);
	});

	test("goes on with a branch that was pushed before", async () => {
		expect(await clone(`${PREFIX}-pushed`, "pushed")).toMatchObject({ code: 0 });
		expect((await inClone("pushed", "git rev-parse --abbrev-ref @{upstream}")).output).toBe(
			`origin/${PREFIX}-pushed\n`,
		);
	});

	test("clears away a clone that was cut short", async () => {
		await sh("mkdir -p cut.partial-1/.git && touch cut.partial-1/junk");
		expect(await clone(`${PREFIX}-cut`, "cut")).toMatchObject({ code: 0 });
		expect(await sh("ls -d cut*")).toMatchObject({ output: "cut\n" });
	});

	test.each([
		[10, "a repository of others", { repository: "acme/secret" }],
		[11, "no network", { url: "http://127.0.0.1:9" }],
		[13, "no such base branch", { base: "develop" }],
	])("ends with %d: %s", async (code, _what, options) => {
		expect(await clone(`${PREFIX}-x${code}`, `failed-${code}`, options)).toMatchObject({ code });
	});

	test("ends with 12 on a full disk", async () => {
		await sh("mkdir -p bin full");
		await writeFile(
			join(dir, "bin/git"),
			"#!/bin/sh\necho 'fatal: write error: No space left on device' >&2; exit 128\n",
		);
		await chmod(join(dir, "bin/git"), 0o755);
		const command = `sh ${guest}/sync.sh acme/shop main ${PREFIX}-full ${dir}/full/repo fresh`;
		expect(await sh(command, { PATH: `${dir}/bin:${process.env.PATH}` })).toMatchObject({ code: 12 });
	});
});

describe("pushes", () => {
	test("takes the session's branch, new and moved, small and large", async () => {
		await clone(`${PREFIX}-push`, "push");
		const commit = "git add -A && git commit -qm work && git push origin HEAD 2>&1";
		expect(await inClone("push", `echo x > x.txt; ${commit}`)).toMatchObject({ code: 0 });
		const big = `head -c 3000000 /dev/urandom > big.bin; ${commit}`;
		expect(await inClone("push", big)).toMatchObject({ code: 0 });
		expect(await refsAtGithub()).toContain(`refs/heads/${PREFIX}-push\n`);
		expect(asked).toContain("write");
	});

	test.each([
		[1, "takes it when GitHub is away for a moment", 0, /new branch/],
		[9, "says what to do when GitHub stays away", 128, /GitHub cannot be reached. Try again in a minute/],
	])("%d times no token: %s", async (times, _what, code, words) => {
		const name = `outage-${times}`;
		await clone(`${PREFIX}-${name}`, name);
		outages = times;
		const pushed = await inClone(
			name,
			"echo x > x.txt; git add -A; git commit -qm x; git push origin HEAD 2>&1",
		);
		outages = 0;
		expect(pushed).toEqual({ code, output: expect.stringMatching(words) });
	});

	test("takes none of which GitHub would not report", async () => {
		const line = `${"0".repeat(40)} ${"a".repeat(40)} refs/heads/${PREFIX}-quiet\0agent=none`;
		const answer = await fetch(`${gateway.url}/gateway/git/acme/shop.git/git-receive-pack`, {
			method: "POST",
			headers: { authorization: `Bearer ${SANDBOX_TOKEN}` },
			body: `${(line.length + 4).toString(16).padStart(4, "0")}${line}0000`,
		});
		expect(answer.status).toBe(400);
	});

	test.each([
		["another branch", "git push origin HEAD:main"],
		["a branch with a similar name", `git push origin HEAD:refs/heads/${PREFIX}0-x`],
		["a tag", `git tag ${PREFIX}-t && git push origin ${PREFIX}-t:refs/tags/${PREFIX}-t`],
		["a deletion", `git push origin :${PREFIX}-pushed`],
		["its own branch together with another", `git push origin HEAD:${PREFIX}-both HEAD:refs/heads/other`],
		[
			"a large push to another branch",
			"head -c 3000000 /dev/urandom > r && git add -A && git commit -qm r && git push origin HEAD:main",
		],
	])("refuses %s with a sentence, and leaves GitHub alone", async (_what, push) => {
		await clone(`${PREFIX}-refused`, "refused");
		const before = await sh("git -C github/acme/shop.git for-each-ref");
		const { code, output } = await inClone(
			"refused",
			`echo $RANDOM > y.txt; git add -A; git commit -qm y; ${push} 2>&1`,
		);
		expect(code).not.toBe(0);
		expect(output).toMatch(/remote rejected.*this session may/);
		expect((await sh("git -C github/acme/shop.git for-each-ref")).output).toBe(before.output);
	});
});

describe("requests by hand", () => {
	const basic = (password: string) => `Basic ${Buffer.from(`x:${password}`).toString("base64")}`;
	const repository = () => `${gateway.url}/gateway/git/acme/shop.git`;

	test("asks for a token, and takes only the sandbox's", async () => {
		const none = await fetch(`${repository()}/info/refs?service=git-upload-pack`);
		expect(none.status).toBe(401);
		expect(none.headers.get("www-authenticate")).toContain("Basic");
		for (const authorization of [basic(GITHUB_TOKEN), basic(""), "Bearer x", "Basic !!!"]) {
			const answer = await fetch(`${repository()}/info/refs?service=git-upload-pack`, {
				headers: { authorization },
			});
			expect(answer.status).toBe(401);
		}
		const authorization = basic(SANDBOX_TOKEN);
		const good = await fetch(`${repository()}/info/refs?service=git-upload-pack`, {
			headers: { authorization },
		});
		expect(good.status).toBe(200);
		await good.body?.cancel();
	});

	test.each([
		["GET", "/info/refs", 403],
		["GET", "/info/refs?service=git-upload-archive", 403],
		["GET", "/HEAD", 404],
		["GET", "/../secret.git/info/refs?service=git-upload-pack", 404],
		["GET", "/..%2fsecret.git/info/refs?service=git-upload-pack", 404],
		["POST", "/info/refs?service=git-upload-pack", 404],
		["POST", "/git-receive-pack", 400],
	])("answers %s %s with %d", async (method, path, status) => {
		const answer = await fetch(`${repository()}${path}`, {
			method,
			headers: { authorization: basic(SANDBOX_TOKEN) },
		});
		expect(answer.status).toBe(status);
		expect(await answer.text()).not.toContain(GITHUB_TOKEN);
	});

	test("refuses a push that cannot be read", async () => {
		for (const body of ["garbage", "0005", "00ffabc"]) {
			const answer = await fetch(`${repository()}/git-receive-pack`, {
				method: "POST",
				headers: { authorization: basic(SANDBOX_TOKEN) },
				body,
			});
			expect(answer.status).toBe(400);
		}
	});

	test("reads a compressed push as well, and refuses what it asks for", async () => {
		const line = `${"0".repeat(40)} ${"a".repeat(40)} refs/heads/main\0report-status`;
		const body = `${(line.length + 4).toString(16).padStart(4, "0")}${line}0000`;
		const packed = new Response(body).body?.pipeThrough(new CompressionStream("gzip"));
		const answer = await fetch(`${repository()}/git-receive-pack`, {
			method: "POST",
			headers: { authorization: basic(SANDBOX_TOKEN), "content-encoding": "gzip" },
			body: await new Response(packed).arrayBuffer(),
		});
		expect(await answer.text()).toContain("ng refs/heads/main this session may push only to");
	});

	test("says nothing of GitHub's token when GitHub refuses it", async () => {
		const other = await startGateway({
			git: {
				url: () => `${github.url}/acme/shop.git`,
				token: async () => "ghs_expired",
				forgetTokens: () => {},
			},
		});
		const answer = await fetch(`${other.url}/gateway/git/acme/shop.git/info/refs?service=git-upload-pack`, {
			headers: { authorization: basic(SANDBOX_TOKEN) },
		});
		other.stop();
		expect(answer.status).toBe(403);
		expect(await answer.text()).toBe("GitHub does not let Bobbin do this in the repository.\n");
	});
});

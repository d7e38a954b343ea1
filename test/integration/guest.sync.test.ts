import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { anAccess, SANDBOX_TOKEN, startGateway } from "../harness/gateway.ts";
import { startGitServer } from "../harness/git-server.ts";

const guest = new URL("../../sandbox/guest/", import.meta.url).pathname;
const BRANCH = "bobbin/1a2b3c4d-fix";

let dir: string;
let github: Awaited<ReturnType<typeof startGitServer>>;
let gateway: Awaited<ReturnType<typeof startGateway>>;
let count = 0;
/** The repository of a test at GitHub, a colleague's clone of it, and the session's checkout. */
let name: string;

beforeAll(async () => {
	dir = await mkdtemp(join("/tmp", "bobbin-sync-"));
	await sh("mkdir -p home/secrets github/acme");
	await writeFile(join(dir, "home/secrets/token"), SANDBOX_TOKEN);
	github = await startGitServer(join(dir, "github"), "ghs_token");
	gateway = await startGateway({
		findSandbox: async () => anAccess({ repository: { owner: "acme", name } }),
		git: {
			url: (repository) => `${github.url}/${repository.owner}/${repository.name}.git`,
			token: async () => "ghs_token",
			forgetTokens: () => {},
		},
	});
});
afterAll(async () => {
	gateway?.stop();
	github?.stop();
	await rm(dir, { recursive: true, force: true });
});
beforeEach(async () => {
	count += 1;
	name = `shop-${count}`;
	await sh(`git init -q --bare -b main github/acme/${name}.git && git clone -q github/acme/${name}.git theirs-${count}
		cd theirs-${count} && printf 'one\\ntwo\\nthree\\n' > a.txt && echo b > b.txt && git add . && git commit -qm first && git push -q origin main`);
});

const IDENTITY = {
	GIT_AUTHOR_NAME: "Zoe",
	GIT_AUTHOR_EMAIL: "zoe@example.com",
	GIT_COMMITTER_NAME: "Zoe",
	GIT_COMMITTER_EMAIL: "zoe@example.com",
};

async function sh(command: string, env: Record<string, string> = IDENTITY) {
	const run = promisify(execFile)("bash", ["-ec", command], {
		cwd: dir,
		env: {
			PATH: process.env.PATH ?? "",
			HOME: join(dir, "home"),
			BOBBIN_SECRETS_DIR: join(dir, "home/secrets"),
			BOBBIN_GATEWAY_URL: gateway?.url ?? "",
			...env,
		},
	});
	return run.then(
		({ stdout }) => ({ code: 0, output: stdout.trim() }),
		(error: { code: number; stdout: string; stderr: string }) => ({
			code: error.code,
			output: error.stderr.trim(),
		}),
	);
}

/** Syncs the checkout; gives the facts without the head, or the exit code. */
async function sync(
	state: "fresh" | "kept",
	options: { branch?: string; base?: string; PATH?: string } = {},
): Promise<string[]> {
	const { branch = BRANCH, base = "main", ...env } = options;
	const { code, output } = await sh(
		`sh ${guest}/sync.sh acme/${name} ${base} ${branch} ${dir}/ours-${count} ${state}`,
		env,
	);
	if (code !== 0) return [`exit ${code}`, output];
	const head = (await ours("git rev-parse HEAD")).output;
	const facts = output.split("\n");
	expect(facts).toContain(`head ${head}`);
	return facts.filter((fact) => !fact.startsWith("head "));
}

/** In the session's checkout, with git as the agent has it. */
const ours = (command: string) =>
	sh(`guest_dir=${guest}; . ${guest}/git-env.sh; cd ours-${count}; ${command}`);
const theirs = async (command: string) => {
	const done = await sh(`cd theirs-${count}; ${command}`);
	expect(done.code).toBe(0);
};
const commit = (file: string, text: string) =>
	`echo ${text} >> ${file} && git add -A && git commit -qm ${text}`;
/** A colleague takes the session's branch and pushes to it. */
const push = (command: string, how = "") =>
	theirs(
		`git fetch -q && git checkout -q -B ${BRANCH} origin/${BRANCH} && ${command} && git push -q ${how} origin ${BRANCH}`,
	);

/** A session that has pushed one commit and has uncommitted work. */
async function atWork(): Promise<void> {
	await sync("fresh");
	await ours(
		`${commit("ours.txt", "mine")} && git push -q origin HEAD && echo uncommitted > work.txt && echo more >> b.txt`,
	);
}
const isWorkKept = async () =>
	expect((await ours("cat work.txt; tail -1 b.txt; git log --format=%s | grep -c mine")).output).toBe(
		"uncommitted\nmore\n1",
	);

describe("a checkout in which nobody has worked", () => {
	test("is put on the session's branch at the newest commit, whatever a build left in it", async () => {
		await sync("fresh", { branch: "main" });
		await ours(
			"echo built >> a.txt; mkdir node_modules; touch node_modules/x .git/index.lock; git rm -q --cached b.txt",
		);
		await theirs(`${commit("a.txt", "newer")} && git push -q origin main`);
		expect(await sync("fresh")).toEqual(["moved"]);
		expect(
			(
				await ours(
					"git branch --show-current; git log -1 --format=%s; git status --porcelain; ls node_modules",
				)
			).output,
		).toBe(`${BRANCH}\nnewer\n?? node_modules/\nx`);
		expect((await ours("git rev-parse --abbrev-ref @{upstream}")).code).not.toBe(0);
	});

	test("follows a base that was rewritten", async () => {
		await sync("fresh", { branch: "main" });
		await theirs("git commit -q --amend -m other && git push -qf origin main");
		expect(await sync("fresh", { branch: "main" })).toEqual(["moved"]);
		expect((await ours("git log --format=%s")).output).toBe("other");
	});

	test("goes on with the session's branch that was pushed before", async () => {
		await atWork();
		await sh(`rm -rf ours-${count}`);
		expect(await sync("fresh", { branch: "main" })).toEqual([]);
		expect(await sync("fresh")).toEqual(["moved"]);
		expect((await ours("git log --format=%s -1")).output).toBe("mine");
	});

	test("names what is not fetched: submodules and large files", async () => {
		await theirs(
			"printf '[submodule \"x\"]' > .gitmodules; echo '*.bin filter=lfs diff=lfs merge=lfs -text' > .gitattributes; git add . && git commit -qm odd && git push -q origin main",
		);
		expect(await sync("fresh")).toEqual(["submodules", "lfs"]);
	});
});

describe("a session's own checkout", () => {
	test("is not touched by a sync of the pool that comes late", async () => {
		await atWork();
		expect(await sync("fresh", { branch: "main" })).toEqual(["elsewhere"]);
		await isWorkKept();
	});

	test("keeps commits and uncommitted work, and has the newest base", async () => {
		await atWork();
		await theirs(`${commit("a.txt", "newer")} && git push -q origin main`);
		expect(await sync("kept")).toEqual([]);
		await isWorkKept();
		expect((await ours("git log -1 --format=%s origin/main")).output).toBe("newer");
	});

	test("takes in what others pushed on top, around uncommitted work", async () => {
		await atWork();
		await push(commit("theirs.txt", "theirs"));
		expect(await sync("kept")).toEqual(["pulled 1", "moved"]);
		await isWorkKept();
		expect((await ours("cat theirs.txt")).output).toBe("theirs");
	});

	test("leaves what others pushed where uncommitted work is in the way", async () => {
		await atWork();
		await push(commit("b.txt", "theirs"));
		expect(await sync("kept")).toEqual(["behind 1"]);
		await isWorkKept();
	});

	test("tells of both sides' commits, and merges nothing", async () => {
		await atWork();
		await push(commit("theirs.txt", "theirs"));
		await ours(`git stash -q && ${commit("ours.txt", "again")} && git stash pop -q`);
		expect(await sync("kept")).toEqual(["diverged 1 1"]);
		await isWorkKept();
		expect((await ours("git log -1 --format=%s")).output).toBe("again");
	});

	test("tells of a force-push, and keeps what was overwritten there", async () => {
		await atWork();
		await push("git commit -q --amend -m rewritten", "-f");
		expect(await sync("kept")).toEqual(["rewritten 1 1"]);
		await isWorkKept();
		expect(await sync("kept")).toEqual(["diverged 1 1"]);
	});

	test("tells of commits that a force-push took away", async () => {
		await atWork();
		await push("git reset -q --hard HEAD~1", "-f");
		expect(await sync("kept")).toEqual(["rewritten 1 0"]);
		await isWorkKept();
	});

	test("tells of a branch that was deleted, once", async () => {
		await atWork();
		await theirs(`git push -q origin :${BRANCH}`);
		expect(await sync("kept")).toEqual(["gone"]);
		await isWorkKept();
		expect(await sync("kept")).toEqual([]);
	});

	test("stays on another branch that the agent chose", async () => {
		await atWork();
		await ours("git checkout -q -b bobbin/1a2b3c4d-other");
		expect(await sync("kept")).toEqual(["elsewhere"]);
		await isWorkKept();
	});

	test("is found again by another name of its remote, and behind locks that a killed git left", async () => {
		await atWork();
		await theirs(`${commit("a.txt", "newer")} && git push -q origin main`);
		await ours("git remote rename origin mine; touch .git/refs/remotes/mine/main.lock");
		await ours(
			"mkdir -p .git/refs/remotes/origin && touch .git/refs/remotes/origin/main.lock .git/packed-refs.lock",
		);
		// No other git of this machine must count.
		await sh("mkdir -p bin && printf '#!/bin/sh\\nexit 1\\n' > bin/pgrep && chmod 755 bin/pgrep");
		expect(await sync("kept", { PATH: `${dir}/bin:${process.env.PATH}` })).toEqual([]);
		await isWorkKept();
		expect((await ours("git log -1 --format=%s origin/main")).output).toBe("newer");
	});

	test("that lost its .git is kept beside a new clone", async () => {
		await atWork();
		await ours("rm -rf .git");
		const [aside = ""] = await sync("kept");
		expect(aside).toMatch(/^aside \d+$/);
		expect(
			(
				await sh(
					`cat ours-${count}.before-${aside.slice(6)}/work.txt; git -C ours-${count} branch --show-current`,
				)
			).output,
		).toBe(`uncommitted\n${BRANCH}`);
	});

	test("goes on without its base, and says so", async () => {
		await atWork();
		await theirs(
			"git push -q origin main:trunk && git -C ../github/acme/$(basename $(git remote get-url origin)) symbolic-ref HEAD refs/heads/trunk && git push -q origin :main",
		);
		expect(await sync("kept")).toEqual(["no-base"]);
		await isWorkKept();
	});
});

describe("the next branch of a session", () => {
	const NEXT = `${BRANCH}-2`;

	test("begins at the newest base and takes uncommitted work along", async () => {
		await atWork();
		await theirs(`${commit("a.txt", "newer")} && git push -q origin main`);
		await ours("touch .git/index.lock");
		expect(await sync("kept", { branch: NEXT })).toEqual(["moved"]);
		expect(
			(await ours("git branch --show-current; git log -1 --format=%s; cat work.txt; tail -1 b.txt")).output,
		).toBe(`${NEXT}\nnewer\nuncommitted\nmore`);
	});

	test("marks what uncommitted work and the base disagree on, and keeps the work in the stash", async () => {
		await atWork();
		await theirs(`${commit("b.txt", "newer")} && git push -q origin main`);
		expect(await sync("kept", { branch: NEXT })).toEqual(["conflict", "moved"]);
		expect(
			(
				await ours(
					"git branch --show-current; git status --porcelain b.txt; git show stash@{0}:b.txt | tail -1; cat work.txt",
				)
			).output,
		).toBe(`${NEXT}\nUU b.txt\nmore\nuncommitted`);
	});

	test("is not begun in the middle of a merge", async () => {
		await atWork();
		await theirs(`${commit("ours.txt", "newer")} && git push -q origin main`);
		await ours("git stash -qu; git fetch -q; git merge -q origin/main");
		expect(await sync("kept", { branch: NEXT })).toEqual(["unfinished"]);
		expect((await ours("git branch --show-current; git status --porcelain")).output).toBe(
			`${BRANCH}\nAA ours.txt`,
		);
	});
});

describe("what cannot be synced ends with its own exit code", () => {
	test("13 for a base that is not there, 14 for an empty repository, 10 for one that was renamed", async () => {
		expect(await sync("fresh", { base: "trunk" })).toEqual([
			"exit 13",
			expect.stringContaining("trunk does not exist"),
		]);
		await sh(`rm -rf ours-${count}`);
		await sync("fresh", { branch: "main" });
		expect((await sync("fresh", { base: "trunk", branch: "bobbin/1a2b3c4d-new" }))[0]).toBe("exit 13");
		await sh(`mv github/acme/${name}.git github/acme/elsewhere.git`);
		expect((await sync("kept"))[0]).toBe("exit 10");
		await sh(`rm -rf ours-${count}; git init -q --bare -b main github/acme/${name}.git`);
		expect((await sync("fresh"))[0]).toBe("exit 14");
	});

	test("and two at once are done one after the other", async () => {
		await sync("fresh");
		expect(await Promise.all([sync("kept"), sync("kept"), sync("kept")])).toEqual([[], [], []]);
		expect(await readFile(join(dir, `ours-${count}/b.txt`), "utf8")).toBe("b\n");
	});
});

import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { SANDBOX_TOKEN, startGateway } from "../harness/gateway.ts";
import { startGitServer } from "../harness/git-server.ts";

const GITHUB_TOKEN = "ghs_secret_of_the_installation";
const guest = new URL("../../sandbox/guest/", import.meta.url).pathname;
const WIP = "bobbin/wip/1a2b3c4d";
const BRANCH = "bobbin/1a2b3c4d-fix";

let dir: string;
let github: Awaited<ReturnType<typeof startGitServer>>;
let gateway: Awaited<ReturnType<typeof startGateway>>;

beforeAll(async () => {
	dir = await mkdtemp("/tmp/bobbin-saved-");
	await sh(`
		mkdir -p temporary home/secrets github/acme && git init -q --bare -b main github/acme/shop.git && git init -q -b main seed && cd seed
		printf '*.log\\n' > .gitignore && echo hello > a.txt && git add . && git -c user.name=t -c user.email=t@example.com commit -qm first
		git push -q ../github/acme/shop.git main`);
	await writeFile(join(dir, "home/secrets/token"), SANDBOX_TOKEN);
	github = await startGitServer(join(dir, "github"), GITHUB_TOKEN);
	gateway = await startGateway({
		git: {
			url: ({ owner, name }) => `${github.url}/${owner}/${name}.git`,
			token: async () => GITHUB_TOKEN,
			forgetTokens: () => {},
		},
	});
	await sh(`sh ${guest}/sync.sh acme/shop main ${BRANCH} ${dir}/repo fresh`);
});
afterAll(async () => {
	gateway.stop();
	github.stop();
	await rm(dir, { recursive: true, force: true });
});

async function sh(command: string): Promise<{ code: number; output: string }> {
	const env = {
		PATH: process.env.PATH ?? "",
		HOME: join(dir, "home"),
		TMPDIR: join(dir, "temporary"),
		BOBBIN_SECRETS_DIR: join(dir, "home/secrets"),
		BOBBIN_GATEWAY_URL: gateway?.url ?? "",
		GIT_AUTHOR_NAME: "Ada",
		GIT_AUTHOR_EMAIL: "ada@example.com",
		GIT_COMMITTER_NAME: "Ada",
		GIT_COMMITTER_EMAIL: "ada@example.com",
	};
	const run = promisify(execFile)("bash", ["-ec", command], { cwd: dir, env });
	return run.then(
		({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
		(error: { code: number; stdout: string; stderr: string }) => ({
			code: error.code,
			output: error.stdout + error.stderr,
		}),
	);
}

const save = (branch = WIP) => sh(`sh ${guest}/save-work.sh ${dir}/repo ${branch}`);
const atGithub = async (command: string) => (await sh(`git -C github/acme/shop.git ${command}`)).output;
const inRepo = async (command: string) => (await sh(`cd repo; ${command}`)).output;

test("nothing is pushed where everything is at GitHub already", async () => {
	expect(await save()).toMatchObject({ code: 3 });
	expect(await atGithub("branch --list")).not.toContain("wip");
});

test("saves changed, new and staged files beside the branch, which stays as it is", async () => {
	await inRepo(
		"echo changed > a.txt; mkdir 'a b'; echo new > 'a b/näw.txt'; echo staged > s.txt; git add s.txt; echo no > x.log",
	);
	const before = await inRepo("git status --porcelain; git rev-parse HEAD; git stash list; git branch -a");
	expect(await save()).toMatchObject({ code: 0 });
	expect(await inRepo("git status --porcelain; git rev-parse HEAD; git stash list; git branch -a")).toBe(
		before,
	);
	expect(await atGithub(`-c core.quotePath=off ls-tree -r --name-only ${WIP}`)).toBe(
		".gitignore\na b/näw.txt\na.txt\ns.txt\n",
	);
	expect(await atGithub(`show ${WIP}:a.txt`)).toBe("changed\n");
	expect(await atGithub(`log --format='%an %s' ${WIP}`)).toBe(
		"Bobbin Work in progress, kept by Bobbin\nAda first\n",
	);
});

test("saving again adds to the branch, so what was saved before is still there", async () => {
	const first = await atGithub(`rev-parse ${WIP}`);
	await inRepo("rm s.txt; echo more > a.txt; git commit -qm mine -- a.txt; echo later > b.txt");
	expect(await save()).toMatchObject({ code: 0 });
	const second = await atGithub(`rev-parse ${WIP}`);
	expect(await atGithub(`merge-base --is-ancestor ${first.trim()} ${WIP}; echo $?`)).toBe("0\n");
	expect(await atGithub(`show ${WIP}:b.txt ${WIP}:a.txt`)).toBe("later\nmore\n");
	expect(await save()).toMatchObject({ code: 0 });
	expect(await atGithub(`rev-parse ${WIP}`)).toBe(second);
});

test("saves a commit that was never pushed, and leaves no file behind", async () => {
	await inRepo("git add -A; git commit -qm all");
	expect(await save()).toMatchObject({ code: 0 });
	expect(await atGithub(`log --format=%s ${WIP}`)).toContain("all\n");
	expect(await sh("ls temporary")).toMatchObject({ output: "" });
});

test("what is for temporary files may be full", async () => {
	await inRepo("echo without room > c.txt");
	expect(await sh(`TMPDIR=/nowhere sh ${guest}/save-work.sh ${dir}/repo ${WIP}`)).toMatchObject({ code: 0 });
	expect(await atGithub(`show ${WIP}:c.txt`)).toBe("without room\n");
	expect(await sh(`ls /dev/shm | grep -c "bobbin-save\\." || true`)).toMatchObject({ output: "0\n" });
});

test("the gateway lets no other session's branch be written", async () => {
	await inRepo("echo again > a.txt");
	const { code, output } = await save("bobbin/wip/99999999");
	expect(code).toBe(1);
	expect(output).toContain("this session may push only to");
	expect(await atGithub("branch --list")).not.toContain("99999999");
});

test("a folder without a repository has nothing to save", async () => {
	expect(await sh(`mkdir -p empty; sh ${guest}/save-work.sh ${dir}/empty ${WIP}`)).toMatchObject({ code: 3 });
});

import { readdir, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDaemonClient, type DaemonClient } from "../../sandbox/providers/local/daemon-client.ts";
import { createTestDatabase } from "../harness/database.ts";
import { joinPlayground, type PlaygroundHuman } from "../harness/playground-client.ts";
import { withSandboxes } from "../harness/sandbox-access.ts";
import { startApp, type TestApp } from "../harness/start-app.ts";
import { openThread } from "../harness/thread.ts";

interface Inside {
	daemon: DaemonClient;
	branch: string;
	sandbox: string;
}

const DISK_MIB = 256;

const database = await createTestDatabase();
let app: TestApp;
let mia: PlaygroundHuman;
/** Works on acme/web-shop. */
let attacker: Inside;
/** Works on acme/docs-site. */
let victim: Inside;

beforeAll(async () => {
	app = await startApp({
		DATABASE_URL: database.url,
		LOG_LEVEL: "fatal",
		SANDBOX_DISK_MIB: String(DISK_MIB),
	});
	mia = await joinPlayground(app.origin, "mia");
	[attacker, victim] = await Promise.all([enter("acme/web-shop"), enter("acme/docs-site")]);
	await run(attacker, "git -c user.name=x -c user.email=x@example.com commit -q --allow-empty -m evil");
	await run(
		attacker,
		"git branch evil $(git -c user.name=x -c user.email=x@example.com commit-tree HEAD^{tree} -m evil)",
	);
});
afterAll(async () => {
	await Promise.all([attacker?.daemon.close(), victim?.daemon.close()]);
	mia?.close();
	await app?.remove();
	await database.drop();
});

/** A session whose agent has been led astray: commands run where it runs, as whom it runs. */
async function enter(repository: string): Promise<Inside> {
	const thread = await openThread(mia, "general", `@bobbin what is in here? (in ${repository})`);
	await thread.untilMarked("white_check_mark");
	const { rows } = await database.pool.query<{ branch: string; sandbox: string }>(
		`select s.branch, b.name as sandbox from sessions s join threads t on t.session_id = s.id
		 join sandboxes b on b.session_id = s.id where thread_ts = $1`,
		[thread.threadTs],
	);
	const { branch = "", sandbox = "" } = rows[0] ?? {};
	const socket = join(app.dataDir, "sandboxes/sandboxes", sandbox, "host/daemon.sock");
	return { daemon: createDaemonClient(socket), branch, sandbox };
}

/** What a command says, both streams in one. */
async function run({ daemon }: Inside, command: string): Promise<string> {
	const script = `cd ~/repo; exec 2>&1; guest_dir=/opt/bobbin/guest; . $guest_dir/git-env.sh; TOKEN=$(cat $BOBBIN_SECRETS_DIR/token)
		GATEWAY=http://127.0.0.1:8701/gateway; ${command}`;
	const { stdout, exitCode } = await daemon.exec({
		command: script,
		timeoutMs: 60_000,
		env: { BOBBIN_GATEWAY_URL: "http://127.0.0.1:8701" },
	});
	return `${stdout.trim()}\nexit ${exitCode}`;
}

const status = (from: Inside, what: string) =>
	run(from, `curl -s -m 10 -o /dev/null -w '%{http_code}' ${what}`);

const BEARER = '-H "Authorization: Bearer $TOKEN"';

describe("credentials", () => {
	test("neither environment, processes nor files hold one of Bobbin's", async () => {
		const { password, port } = new URL(database.url);
		// In brackets, so that the search does not find itself.
		const secret = `[${password.slice(0, 1)}]${password.slice(1)}`;
		const found = await run(
			attacker,
			`cat /proc/*/environ /proc/*/cmdline | tr '\\0' '\\n' > /tmp/all; env >> /tmp/all
			 grep -cE '[D]ATABASE_URL|[S]LACK_|[G]ITHUB_|[A]NTHROPIC_API|[x]oxb-|[P]RIVATE KEY|[1]27.0.0.1:${port}' /tmp/all; rm /tmp/all
			 grep -rlE '[x]oxb-|BEGIN [A-Z ]*[P]RIVATE KEY|${secret}' ~ /tmp /run /etc 2>/dev/null`,
		);
		expect(found).toBe("0\nexit 1");
	});

	test("its own token is in no file of the home and in no git setting", async () => {
		expect(await run(attacker, 'grep -rl "$TOKEN" ~; git config --list | grep -c "$TOKEN"')).toBe(
			"0\nexit 1",
		);
	});
});

describe("Bobbin's own doors", () => {
	test.each([
		["the database", () => new URL(database.url).port],
		["the app", () => new URL(app.origin).port],
	])("%s cannot be reached, by no address and no proxy", async (_what, toPort) => {
		const port = toPort();
		for (const address of ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "169.254.169.254", "10.0.0.1"]) {
			expect(await status(attacker, `--noproxy '*' http://${address}:${port}/`)).toMatch(/^000/);
			expect(await status(attacker, `--noproxy '' http://${address}:${port}/`)).toMatch(/^403/);
		}
	});

	test("no socket of the host is in sight but the two that are given", async () => {
		const sockets = await run(attacker, "find / -type s 2>/dev/null | grep -v '^/proc' | sort");
		expect(sockets.split("\n").slice(0, -1)).toEqual([
			expect.stringMatching(/^\/run\/bobbin\/host\/.*\.sock$/),
			expect.stringMatching(/^\/run\/bobbin\/host\/.*\.sock$/),
			expect.stringMatching(/^\/run\/bobbin\/host\/.*\.sock$/),
		]);
	});

	test("a gateway path that climbs reaches nothing else of the app", async () => {
		for (const path of ["/../healthz", "/%2e%2e/healthz", "/git/../../healthz", "/../playground.json"]) {
			expect(await status(attacker, `--path-as-is ${BEARER} "$GATEWAY${path}"`)).toMatch(/^(403|404)/);
		}
		expect(await status(attacker, "http://127.0.0.1:8701/playground.json")).toMatch(/^404/);
	});
});

describe("other repositories and branches", () => {
	test("another repository can be neither listed, cloned nor pushed to", async () => {
		const other = '"$GATEWAY/git/acme/docs-site.git"';
		expect(await run(attacker, `git ls-remote ${other}`)).toMatch(/403|not found|404/i);
		expect(await run(attacker, `git clone -q ${other} /tmp/other`)).toMatch(/exit 128$/);
		expect(await run(attacker, `git push ${other} HEAD:refs/heads/bobbin/x`)).toMatch(/exit (1|128)$/);
	});

	test.each([
		["the default branch", () => "HEAD:main"],
		["the default branch by force", () => "+evil:main"],
		["another session's branch", () => `HEAD:refs/heads/${victim.branch}`],
		["a tag", () => "HEAD:refs/tags/v1"],
		["a deletion", () => ":main"],
		["a ref that only looks like its own", () => `HEAD:refs/heads/${attacker.branch}/../main`],
		["GitHub's hidden refs", () => "HEAD:refs/pull/1/head"],
		["notes", () => "HEAD:refs/notes/commits"],
	])("a push to %s is refused", async (_what, toRefspec) => {
		const before = await run(attacker, "git ls-remote origin main");
		expect(await run(attacker, `git push -q origin '${toRefspec()}'`)).toMatch(/exit (1|128)$/);
		expect(await run(attacker, "git ls-remote origin main")).toBe(before);
	});

	test("a crafted packet line moves nothing", async () => {
		const url = '"$GATEWAY/git/acme/web-shop.git/git-receive-pack"';
		const craft = (line: string) => `
			main=$(git rev-parse origin/main); zero=0000000000000000000000000000000000000000
			line="${line}"; printf '%04x%s0000' $((\${#line} + 4)) "$line" > /tmp/packet
			curl -s -m 10 -o /dev/null -w '%{http_code}' ${BEARER} -H 'content-type: application/x-git-receive-pack-request' --data-binary @/tmp/packet ${url}
			git ls-remote origin main | cut -c1-40 | grep -c $main`;
		for (const line of [
			"$main $zero refs/heads/main",
			"$zero $main refs/heads/x refs/heads/main",
			"$main $main refs/heads/main\\n",
			"push-cert",
			"shallow $main",
		]) {
			expect(await run(attacker, craft(line))).toMatch(/^(200|400|403)1\nexit 0$/);
		}
	});
});

describe("other sessions", () => {
	test("a token that is nobody's, changed or empty opens nothing", async () => {
		for (const token of [
			"",
			"x",
			"$(echo $TOKEN | cut -c2-)",
			"0$TOKEN",
			"$(echo $TOKEN | tr 0-9a-f 1-9a-f0)",
		]) {
			const by = `-H "Authorization: Bearer ${token}"`;
			expect(
				await status(attacker, `${by} "$GATEWAY/git/acme/web-shop.git/info/refs?service=git-upload-pack"`),
			).toMatch(/^401/);
			expect(await status(attacker, `${by} -X POST "$GATEWAY/model/v1/messages"`)).toMatch(/^401/);
		}
	});

	test("a pull request cannot be opened from another session's branch, or in its name", async () => {
		const body = JSON.stringify({ branch: victim.branch, title: "Mine", body: "" });
		expect(
			await status(
				attacker,
				`${BEARER} -H 'content-type: application/json' -d '${body}' "$GATEWAY/tools/open_pull_request"`,
			),
		).toMatch(/^403/);
	});

	test("the files and the agent of another sandbox cannot be reached", async () => {
		expect(
			await run(attacker, `ls ${join(app.dataDir, "sandboxes")} / 2>/dev/null | grep -c ${victim.sandbox}`),
		).toMatch(/^0/);
		const password = await run(victim, "cat $BOBBIN_SECRETS_DIR/agent-password");
		const own = await status(
			victim,
			`-u "opencode:${password.split("\n")[0]}" http://127.0.0.1:4096/global/health`,
		);
		expect(own).toMatch(/^200/);
		expect(
			await status(attacker, `-u "opencode:${password.split("\n")[0]}" http://127.0.0.1:4096/global/health`),
		).toMatch(/^401/);
	});
});

/** Last: the attacker's sandbox goes. */
describe.runIf(process.getuid?.() === 0)("the disk", () => {
	const dirOf = (sandbox: string) => join(app.dataDir, "sandboxes/sandboxes", sandbox);
	const freeMib = async () => {
		const { bavail, bsize } = await statfs(app.dataDir);
		return (bavail * bsize) / 2 ** 20;
	};

	test("one that is filled is full for its sandbox alone, and goes with it", async () => {
		const before = await freeMib();
		const filled = await run(
			attacker,
			"dd if=/dev/zero of=$HOME/big bs=1M; dd if=/dev/zero of=/tmp/big bs=1M; dd if=/dev/zero of=/dev/shm/big bs=1M; du -cm ~ /tmp /dev/shm | tail -n 1",
		);
		expect(filled.match(/No space left on device/g)).toHaveLength(3);
		const written = Number(/(\d+)\ttotal/.exec(filled)?.[1]);
		expect(written).toBeGreaterThan(DISK_MIB * 0.8);
		expect(written).toBeLessThanOrEqual(DISK_MIB);
		expect((await stat(join(dirOf(attacker.sandbox), "disk.ext4"))).size).toBe(DISK_MIB * 2 ** 20);
		// Others work on the same disk meanwhile.
		expect(before - (await freeMib())).toBeLessThan(DISK_MIB * 3);

		expect(await run(victim, "dd if=/dev/zero of=$HOME/some bs=1M count=50 2>/dev/null; rm ~/some")).toBe(
			"\nexit 0",
		);
		expect((await fetch(`${app.origin}/healthz`)).status).toBe(200);

		await withSandboxes(app.dataDir, async (provider) => {
			await provider.stop(attacker.sandbox);
			await provider.delete(attacker.sandbox);
		});
		expect(await readdir(join(app.dataDir, "sandboxes/sandboxes"))).not.toContain(attacker.sandbox);
	});
});

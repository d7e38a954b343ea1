import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LocalProvider } from "../../sandbox/providers/local/local-provider.ts";
import { findSandboxProcesses } from "../../sandbox/providers/local/processes.ts";
import { eventually } from "../harness/eventually.ts";
import { type LocalSandboxes, prepareLocalSandboxes, requireIsolation } from "../harness/local-sandboxes.ts";

const isRoot = process.getuid?.() === 0;
let sandboxes: LocalSandboxes;
let provider: LocalProvider;
beforeAll(async () => {
	sandboxes = await prepareLocalSandboxes();
	provider = sandboxes.open();
	await requireIsolation(provider);
	await Promise.all([provider.create({ name: "one" }), provider.create({ name: "two" })]);
});
afterAll(() => sandboxes?.remove());

const run = (command: string, name = "one") => provider.exec(name, { command, timeoutMs: 60_000 });
const say = async (command: string, name = "one") => (await run(command, name)).stdout.trim();
const dirOf = (name: string) => join(sandboxes.rootDir, "sandboxes", name);

test("has no capability, no root and no new privileges", async () => {
	const status = await say("grep -E '^(CapEff|CapBnd|NoNewPrivs)' /proc/self/status");
	expect(status).toMatch(/^CapEff:\t0{16}\nCapBnd:\t0{16}\nNoNewPrivs:\t1$/);
	expect(await say("id -u; id -un")).toBe("1000\nagent");
});

test.runIf(isRoot)("is a user of its own on the host, each sandbox another", async () => {
	const owners = await Promise.all(
		["one", "two"].map(async (name) => {
			const [pid] = await findSandboxProcesses(dirOf(name));
			return (await stat(`/proc/${pid}`)).uid;
		}),
	);
	expect(owners.every((uid) => uid >= 200_000)).toBe(true);
	expect(new Set(owners).size).toBe(2);
});

test("sees only its own processes", async () => {
	const names = await say("ps -eo comm --no-headers | sort | uniq | xargs");
	expect(names.split(" ")).not.toContain("vitest");
	expect(Number(await say("ps -e --no-headers | wc -l"))).toBeLessThan(10);
	const [first] = await findSandboxProcesses(dirOf("two"));
	expect((await run(`kill -0 ${first}`)).exitCode).not.toBe(0);
	expect((await run(`kill -0 ${process.pid}`)).exitCode).not.toBe(0);
});

test("cannot read the host's files, however it asks", async () => {
	const project = new URL("../../package.json", import.meta.url).pathname;
	const secrets = [
		"/etc/shadow",
		project,
		join(dirOf("two"), "host/daemon.json"),
		...(isRoot ? [join(dirOf("two"), "disk.ext4"), join(dirOf("one"), "disk.ext4")] : []),
		join(dirOf("one"), "record.json"),
	];
	for (const path of [...secrets, `/proc/1/root${project}`, "/root/.bashrc"]) {
		await expect(provider.readFile("one", path), path).rejects.toMatchObject({ name: "SandboxError" });
		await run(`ln -sfn ${path} ~/link`);
		await expect(provider.readFile("one", "/home/agent/link"), path).rejects.toMatchObject({
			name: "SandboxError",
		});
	}
	expect(await say("ls /; ls /etc/shadow /root 2>&1")).not.toMatch(/^(root|home\/\w+|var\/lib|work)$/m);
});

test("a link in the home leads nowhere when Bobbin writes through it", async () => {
	const target = join(sandboxes.guestDir, "hello.sh");
	const before = await readFile(target, "utf8");
	await run(`ln -sfn ${target} ~/out`);
	await provider.writeFile("one", "/home/agent/out", "changed").catch(() => {});
	expect(await readFile(target, "utf8")).toBe(before);
});

test("writes nowhere but in its home and its own temporary folder", async () => {
	for (const dir of [
		"/",
		"/usr",
		"/usr/bin",
		"/etc",
		"/opt/bobbin",
		"/opt/bobbin/guest",
		"/run/bobbin/host",
	]) {
		expect((await run(`touch ${dir}/x`)).exitCode, dir).not.toBe(0);
	}
	expect((await run("echo x >> /opt/bobbin/guest/hello.sh")).exitCode).not.toBe(0);
	await run("touch /tmp/private ~/own");
	expect(await readdir("/tmp")).not.toContain("private");
	expect(await say("ls /tmp", "two")).toBe("");
});

test("has no network but loopback", async () => {
	expect(await say("tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '")).toBe("lo");
	expect((await run("curl -sS --noproxy '*' -m 2 http://1.1.1.1/")).exitCode).not.toBe(0);
	expect((await run("getent hosts registry.npmjs.org")).exitCode).not.toBe(0);
});

test("cannot lead Bobbin to another socket in the place of its daemon's", async () => {
	const other = join(dirOf("two"), "host/daemon.sock");
	await run(`rm -f /run/bobbin/run/*.sock; ln -s ${other} /run/bobbin/run/daemon.sock; ln -s ${other} ~/x`);
	expect(await say("hostname")).toBe("one");
	expect((await run("mv ~/x /run/bobbin/host/daemon.sock")).exitCode).not.toBe(0);
	const again = sandboxes.open();
	expect((await again.exec("one", { command: "hostname", timeoutMs: 60_000 })).stdout).toBe("one\n");
	await again.close();
});

test("a fork bomb stays inside its bounds, and can be ended", async () => {
	const { capabilities } = await provider.doctor();
	expect(capabilities.limitsEnforced).toBe(true);
	await provider.create({ name: "bomb", limits: { processes: 64 } });
	const ref = await provider.spawn("bomb", { key: "bomb", command: ":(){ :|:& };: 2>/dev/null; sleep 100" });
	const group = sandboxes.groupsOf("bomb").find((path) => existsSync(join(path, "pids.events"))) ?? "none";
	const read = (name: string) => readFile(join(group, name), "utf8");
	await eventually(async () => expect(await read("pids.events")).toMatch(/^max [1-9]/));
	expect(await say("echo the other one does not feel it", "two")).toContain("not feel");
	await provider.killStrays("bomb", []);
	await eventually(async () => expect(Number(await read("pids.current"))).toBeLessThan(30));
	expect(await provider.proc("bomb", ref)).toMatchObject({ running: false });
	expect(await say("echo usable again", "bomb")).toBe("usable again");
	await provider.delete("bomb");
	expect(await findSandboxProcesses(dirOf("bomb"))).toEqual([]);
});

test("what takes too much memory is ended, and the sandbox lives on", async () => {
	await provider.create({ name: "greedy", limits: { memoryMiB: 160 } });
	const eat = "node -e 'const all=[];for(;;)all.push(Buffer.alloc(8e6,1))'";
	expect((await run(eat, "greedy")).exitCode).toBe(137);
	expect(await say("echo alive", "greedy")).toBe("alive");
	await provider.delete("greedy");
});

test("an agent that kills the daemon ends its own sandbox, which starts again", async () => {
	await provider.create({ name: "suicidal" });
	await run("echo kept > ~/file", "suicidal");
	await expect(run("kill -9 $PPID; sleep 10", "suicidal")).rejects.toMatchObject({
		code: "unavailable",
		retryable: true,
	});
	await eventually(async () => expect((await provider.get("suicidal"))?.state).toBe("stopped"));
	await expect(run("true", "suicidal")).rejects.toMatchObject({ code: "conflict" });
	await provider.ensureStarted("suicidal");
	expect(await say("cat ~/file", "suicidal")).toBe("kept");
	await provider.delete("suicidal");
});

test("a deleted sandbox leaves no process, mount, group, user or folder", async () => {
	await provider.create({ name: "gone" });
	await provider.spawn("gone", { key: "a", command: "setsid sleep 999 & sleep 999" });
	await run("mkdir -p ~/ro/only && touch ~/ro/only/file && chmod -R a-w ~/ro", "gone");
	expect(sandboxes.groupsOf("gone")).not.toEqual([]);
	await provider.delete("gone");
	expect(await findSandboxProcesses(dirOf("gone"))).toEqual([]);
	expect(sandboxes.groupsOf("gone")).toEqual([]);
	expect(await readFile("/proc/mounts", "utf8")).not.toContain(sandboxes.rootDir);
	expect(await readdir(join(sandboxes.rootDir, "sandboxes"))).toEqual(["one", "two"]);
	expect(await readdir(join(sandboxes.rootDir, "trash"))).toEqual([]);
	if (isRoot) expect(await readdir(join(sandboxes.rootDir, "uids"))).toHaveLength(2);
});

test("works under a path that is too long for sockets", async () => {
	const deep = await prepareLocalSandboxes("a-folder-with-a-long-name/".repeat(6));
	const other = deep.open({ gateway: (_, response) => response.end("deep") });
	await other.create({ name: "deep" });
	const said = await other.exec("deep", { command: "curl -sS $BOBBIN_GATEWAY_URL", timeoutMs: 60_000 });
	expect(said.stdout).toBe("deep");
	await deep.remove();
});

test.runIf(isRoot)("a full disk is told when a sandbox is made, and nothing is left of it", async () => {
	const small = await prepareLocalSandboxes();
	await mkdir(small.rootDir);
	execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m,mode=755", "tmpfs", small.rootDir]);
	try {
		const other = small.open();
		await expect(other.create({ name: "big" })).rejects.toMatchObject({ code: "disk_full" });
		expect(await other.list()).toEqual([]);
		expect(await readdir(join(small.rootDir, "tools"))).toEqual([]);
	} finally {
		execFileSync("umount", [small.rootDir]);
		await small.remove();
	}
});

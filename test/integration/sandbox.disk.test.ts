import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LocalProvider } from "../../sandbox/providers/local/local-provider.ts";
import { eventually } from "../harness/eventually.ts";
import { type LocalSandboxes, prepareLocalSandboxes, requireIsolation } from "../harness/local-sandboxes.ts";
import { ORDINARY, runWhere } from "../harness/run-where.ts";

const DISK_MIB = 256;

describe.runIf(process.getuid?.() === 0)("a disk with a limit", () => {
	let sandboxes: LocalSandboxes;
	let provider: LocalProvider;
	beforeAll(async () => {
		sandboxes = await prepareLocalSandboxes();
		provider = sandboxes.open({ diskMiB: DISK_MIB });
		await requireIsolation(provider);
		expect((await provider.doctor()).capabilities.diskLimited).toBe(true);
	});
	afterAll(() => sandboxes?.remove());

	const dirOf = (name: string) => join(sandboxes.rootDir, "sandboxes", name);
	const diskOf = (name: string) => join(dirOf(name), "disk.ext4");
	const takes = async (name: string) => ((await stat(diskOf(name))).blocks * 512) / 2 ** 20;
	const run = (name: string, command: string) => provider.exec(name, { command, timeoutMs: 60_000 });
	const say = async (name: string, command: string) => (await run(name, command)).stdout.trim();

	test("is full at its size, in every folder that can be written, and only there", async () => {
		await Promise.all(["full", "neighbour"].map((name) => provider.create({ name })));
		const fill = await run("full", "dd if=/dev/zero of=$HOME/big bs=1M");
		expect(fill.stderr).toContain("No space left on device");
		const written = Number(await say("full", "du -m ~/big | cut -f1"));
		expect(written).toBeGreaterThan(DISK_MIB * 0.75);
		expect(written).toBeLessThan(DISK_MIB);
		for (const folder of ["/tmp", "/run/bobbin/run", "/dev/shm", "$HOME"]) {
			const more = await run("full", `dd if=/dev/zero of=${folder}/more bs=1M count=1`);
			expect(more.stderr, folder).toContain("No space left on device");
		}
		for (const folder of ["/dev", "/run/bobbin/birth", "/run/bobbin/host", "/var", "/"]) {
			expect((await run("full", `echo x > ${folder}/more`)).exitCode, folder).not.toBe(0);
		}
		expect(await takes("full")).toBeLessThan(DISK_MIB + 1);
		expect(await say("neighbour", "dd if=/dev/zero of=$HOME/some bs=1M count=100 2>/dev/null; ls ~")).toBe(
			"some",
		);
		expect(await say("full", "rm ~/big; echo works > ~/file; cat ~/file")).toBe("works");
	});

	test("is given back by a stop, keeps the home, and goes with the sandbox", async () => {
		await provider.create({ name: "brief" });
		await run("brief", "dd if=/dev/zero of=/tmp/big bs=1M count=100; echo kept > ~/kept; rm -f ~/big; sync");
		expect(await takes("brief")).toBeGreaterThan(90);
		await provider.stop("brief");
		expect(await takes("brief")).toBeLessThan(20);
		await provider.ensureStarted("brief");
		expect(await say("brief", "cat ~/kept; ls -A /tmp")).toBe("kept");
		await provider.delete("brief");
		expect(await readdir(join(sandboxes.rootDir, "sandboxes"))).not.toContain("brief");
	});

	test("a sandbox from a snapshot has one of its own, and is kept running and stopped", async () => {
		await provider.create({ name: "origin" });
		await run("origin", "echo 1 > ~/one");
		await provider.snapshot("origin", "first");
		await provider.create({ name: "heir", snapshot: "first" });
		expect((await run("heir", "dd if=/dev/zero of=$HOME/big bs=1M")).stderr).toContain("No space left");
		await run("heir", "rm ~/big; echo 2 > ~/two");
		await provider.snapshot("heir", "second");
		await provider.stop("heir");
		await provider.snapshot("heir", "third");
		for (const snapshot of ["second", "third"]) {
			await provider.create({ name: `from-${snapshot}`, snapshot });
			expect(await say(`from-${snapshot}`, "cat ~/one ~/two; ls ~")).toBe("1\n2\none\ntwo");
		}
	});

	test("outlives its sandbox's processes, and the power of the machine", async () => {
		await provider.create({ name: "cut" });
		await run("cut", "echo kept > ~/kept; sync");
		await provider.spawn("cut", { key: "writer", command: "while :; do echo x >> ~/more; done" });
		// As it lies on the disk at any moment.
		await copyFile(diskOf("cut"), join(sandboxes.guestDir, "as-it-lay"));
		await sandboxes.cutPower("cut");
		await eventually(async () => expect((await provider.get("cut"))?.state).toBe("stopped"));
		await provider.ensureStarted("cut");
		expect(await say("cut", "cat ~/kept; test -s ~/more && echo more")).toBe("kept\nmore");
		await provider.stop("cut");
		await copyFile(join(sandboxes.guestDir, "as-it-lay"), diskOf("cut"));
		await provider.ensureStarted("cut");
		expect(await say("cut", "cat ~/kept")).toBe("kept");
	});

	test("one that is beyond mending is told, and can be deleted", async () => {
		await provider.create({ name: "broken" });
		await provider.stop("broken");
		const disk = await open(diskOf("broken"), "r+");
		await disk.truncate(0);
		await disk.close();
		await expect(provider.ensureStarted("broken")).rejects.toMatchObject({ code: "unavailable" });
		await provider.delete("broken");
		expect(await provider.get("broken")).toBeNull();
	});

	test("is taken up by the next process, and released where nobody needs it", async () => {
		const others = await prepareLocalSandboxes();
		try {
			const script = new URL("../harness/sandbox-owner.ts", import.meta.url).pathname;
			const owner = spawn(process.execPath, [script, others.rootDir, others.guestDir, String(DISK_MIB)], {
				stdio: ["ignore", "pipe", "inherit"],
			});
			const exited = once(owner, "exit");
			for await (const line of createInterface(owner.stdout)) if (line === "ready") break;
			owner.kill("SIGKILL");
			await exited;
			const heir = others.open();
			await heir.recover(["kept"]);
			expect(await heir.proc("kept", { key: "tick" })).toEqual({ running: true });
			const { stdout } = await heir.exec("kept", { command: "df -m --output=size ~", timeoutMs: 60_000 });
			expect(Number(stdout.split("\n")[1])).toBeLessThan(DISK_MIB);
			expect(await readdir(join(others.rootDir, "sandboxes"))).toEqual(["kept"]);
			expect(await readdir(join(others.rootDir, "trash"))).toEqual([]);
		} finally {
			await others.remove();
		}
	});
});

const ROUND_TRIP = `
	console.log((await provider.doctor()).capabilities.diskLimited);
	await provider.create({ name: "a" });
	await provider.snapshot("a", "s");
	await provider.create({ name: "b", snapshot: "s" });
	console.log((await provider.exec("b", { command: "df /tmp | grep -c loop; echo works", timeoutMs: 60_000 })).stdout);
	await provider.recover([]);`;

test.runIf(process.getuid?.() === 0).each([
	["an ordinary user", ORDINARY, ""],
	["root without loop devices", [], "for dev in /dev/loop*; do mount --bind /dev/null $dev; done;"],
	["root without mkfs", [], "mount --bind /dev/null /usr/sbin/mkfs.ext4;"],
])("for %s there is no limit, and that is said", async (_, user, world) => {
	expect(await runWhere(user, world, ROUND_TRIP)).toBe("false\n0\nworks\n\n");
});

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { continueProcesses, stopProcesses } from "../../sandbox/providers/local/hold-processes.ts";
import type { LocalProvider } from "../../sandbox/providers/local/local-provider.ts";
import { findSandboxProcesses } from "../../sandbox/providers/local/processes.ts";
import { PATIENCE_MS } from "../config/patience.ts";
import { eventually } from "../harness/eventually.ts";
import { type LocalSandboxes, prepareLocalSandboxes, requireIsolation } from "../harness/local-sandboxes.ts";
import { ORDINARY, runWhere } from "../harness/run-where.ts";

const isRoot = process.getuid?.() === 0;

let sandboxes: LocalSandboxes;
let provider: LocalProvider;
beforeEach(async () => {
	sandboxes = await prepareLocalSandboxes();
	provider = sandboxes.open();
	await requireIsolation(provider);
});
afterEach(() => sandboxes.remove());

const pathOf = (...parts: string[]) => join(sandboxes.rootDir, ...parts);
const recordOf = (name: string) => pathOf("sandboxes", name, "record.json");
const say = async (id: string, command: string, by = provider) => {
	const { exitCode, stdout, stderr } = await by.exec(id, { command, timeoutMs: 60_000 });
	expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
	return stdout;
};
const listed = (name: string) =>
	readdir(pathOf(name)).catch((error: NodeJS.ErrnoException) => {
		if (error.code === "ENOENT") return [];
		throw error;
	});
const isPartial = (layer: string) => layer.includes(".partial");
const exists = (path: string) =>
	stat(path).then(
		() => true,
		() => false,
	);

test.runIf(isRoot)("homes are made of layers here, and no mount of theirs is the host's", async () => {
	expect((await provider.doctor()).capabilities).toMatchObject({
		snapshots: "layers",
		snapshotsRunning: true,
	});
	await provider.create({ name: "a" });
	await provider.snapshot("a", "s");
	await provider.create({ name: "b", snapshot: "s" });
	expect(await say("b", "stat -f -c %T ~")).toBe("overlayfs\n");
	expect(await readFile("/proc/self/mounts", "utf8")).not.toContain(sandboxes.rootDir);
});

test("every layer goes once nothing is made of it, and its user id", async () => {
	await provider.create({ name: "a" });
	await say("a", "echo 1 > ~/one");
	await provider.snapshot("a", "first");
	await provider.create({ name: "b", snapshot: "first" });
	await say("b", "echo 2 > ~/two");
	await provider.snapshot("b", "second");
	expect(await listed("layers")).toHaveLength(2);
	if (isRoot) {
		const owners = await Promise.all(
			["a", "b"].map(
				async (name) =>
					(await stat(`/proc/${(await findSandboxProcesses(pathOf("sandboxes", name)))[0]}`)).uid,
			),
		);
		expect(owners[0]).toBe(owners[1]);
	}

	await provider.deleteSnapshot("first");
	await provider.delete("a");
	expect(await listed("layers")).toHaveLength(2);
	await provider.delete("b");
	expect(await listed("layers")).toHaveLength(2);
	await provider.create({ name: "other" });
	await provider.create({ name: "c", snapshot: "second" });
	expect(await say("c", "cat ~/one ~/two")).toBe("1\n2\n");
	await provider.delete("other");
	await provider.delete("c");
	if (isRoot) expect(await listed("uids")).toHaveLength(1);
	await provider.deleteSnapshot("second");
	expect(await listed("layers")).toEqual([]);
	expect(await listed("uids")).toEqual([]);
	expect(await listed("trash")).toEqual([]);
});

test("a long chain is made one layer, and loses nothing", async () => {
	await provider.create({ name: "a" });
	await say("a", "echo 0 > ~/0");
	await provider.snapshot("a", "s");
	// Eleven more layers, each with a file of its own.
	const path = pathOf("snapshots/s.json");
	const record = JSON.parse(await readFile(path, "utf8"));
	const [base] = record.layers;
	for (let depth = 1; depth < 12; depth++) {
		const layer = `layer-${depth}`;
		await mkdir(pathOf("layers", layer));
		await writeFile(pathOf("layers", layer, String(depth)), `${depth}\n`);
		if (isRoot) execFileSync("chown", ["-R", `${record.uid}:${record.uid}`, pathOf("layers", layer)]);
		record.layers.unshift(layer);
	}
	await writeFile(path, JSON.stringify(record));

	await provider.create({ name: "deep", snapshot: "s" });
	await say("deep", "cd; rm 3; echo top > 12; echo more >> 5");
	await provider.snapshot("deep", "flat");
	const { layers } = JSON.parse(await readFile(pathOf("snapshots/flat.json"), "utf8"));
	expect(layers).toHaveLength(1);
	expect(layers).not.toContain(base);
	await provider.delete("deep");
	await provider.deleteSnapshot("s");
	expect(await listed("layers")).toEqual(layers);
	await provider.create({ name: "b", snapshot: "flat" });
	expect(await say("b", "cd; ls | sort -n | xargs; cat 0 5 12")).toBe(
		"0 1 2 4 5 6 7 8 9 10 11 12\n0\n5\nmore\ntop\n",
	);
});

test("holes in files stay holes", async () => {
	await provider.create({ name: "a" });
	await say("a", "truncate -s 100M ~/sparse; echo end >> ~/sparse");
	const { sizeBytes } = await provider.snapshot("a", "s");
	expect(sizeBytes).toBeLessThan(1_000_000);
	await provider.create({ name: "b", snapshot: "s" });
	expect(Number(await say("b", "du -k ~/sparse | cut -f1"))).toBeLessThan(1000);
	expect(await say("b", "stat -c %s ~/sparse; tail -n 1 ~/sparse | tr -d '\\0'")).toBe("104857604\nend\n");
});

test.runIf(isRoot)("a full disk is told, leaves nothing, and the sandbox goes on", async () => {
	const small = await prepareLocalSandboxes();
	await mkdir(small.rootDir);
	// The tools, and one and a half times what the home will hold.
	const size = (await stat(process.execPath)).size + 60_000_000;
	execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size},mode=755`, "tmpfs", small.rootDir]);
	// One that is limited does not know that what it was promised is not there.
	const other = small.open({ diskMiB: null });
	try {
		await other.create({ name: "a" });
		await say("a", "head -c 35000000 /dev/zero | tr '\\0' x > ~/big", other);
		const ref = await other.spawn("a", { key: "k", command: "sleep 100" });
		await expect(other.snapshot("a", "s")).rejects.toMatchObject({ code: "disk_full" });
		expect(await other.getSnapshot("s")).toBeNull();
		expect(await readdir(join(small.rootDir, "layers"))).toEqual([]);
		expect(await readdir(join(small.rootDir, "snapshots"))).toEqual([]);
		expect(await other.proc("a", ref)).toEqual({ running: true });
		await say("a", "truncate -s 1M ~/big", other);
		expect((await other.snapshot("a", "s")).sizeBytes).toBeLessThan(2_000_000);
		await other.delete("a");
	} finally {
		await other.close();
		execFileSync("umount", ["-l", small.rootDir]);
		await small.remove();
	}
});

/** Starts a process that takes a snapshot, and kills it when `moment` has come, however soon it is over again. */
async function killSnapshotter(moment: () => Promise<boolean>): Promise<void> {
	const script = new URL("../harness/snapshot-owner.ts", import.meta.url).pathname;
	const owner = spawn(process.execPath, [script, sandboxes.rootDir, sandboxes.guestDir], {
		stdio: ["ignore", "pipe", "inherit"],
	});
	const exited = once(owner, "exit");
	try {
		for await (const line of createInterface(owner.stdout)) if (line === "ready") break;
		await vi.waitUntil(moment, { timeout: PATIENCE_MS, interval: 1 });
	} finally {
		owner.kill("SIGKILL");
		await exited;
	}
}

test.each([
	["when everything is held", () => exists(pathOf("sandboxes/kept/frozen.json"))],
	["in the middle of the copy", async () => (await listed("layers")).some(isPartial)],
	[
		"after the copy",
		async () => {
			const layers = await listed("layers");
			return layers.length === 2 && !layers.some(isPartial);
		},
	],
	["when a sandbox is made from it", () => exists(recordOf("copy"))],
])("a process that is killed %s leaves nothing held and nothing half", async (_, moment) => {
	await killSnapshotter(moment);
	const heir = sandboxes.open();
	await heir.recover(["kept"]);
	expect(await exists(pathOf("sandboxes/kept/frozen.json"))).toBe(false);
	const ticks = async () =>
		(await heir.readLogs("kept", { key: "tick" }, { stdout: 0, stderr: 0 })).next.stdout;
	const then = await ticks();
	await eventually(async () => expect(await ticks()).toBeGreaterThan(then));

	const done = await heir.getSnapshot("cut-off");
	expect(await listed("layers")).toHaveLength(done ? 2 : 1);
	await heir.snapshot("kept", "cut-off");
	await heir.create({ name: "copy", snapshot: "cut-off" });
	expect(await say("copy", "cat ~/base; tail -c 4 ~/large", heir)).toBe("base\nend\n");
	expect(await readFile("/proc/self/mounts", "utf8")).not.toContain(sandboxes.rootDir);
});

test("what is held by a process that died goes on when it is next needed", async () => {
	await provider.create({ name: "a" });
	await stopProcesses(pathOf("sandboxes/a"));
	const states = async () => {
		const pids = await findSandboxProcesses(pathOf("sandboxes/a"));
		const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, "utf8")));
		return stats.map((line) => line.slice(line.lastIndexOf(")") + 2)[0]);
	};
	expect(new Set(await states())).toEqual(new Set(["T"]));
	await writeFile(
		pathOf("sandboxes/a/frozen.json"),
		JSON.stringify({ owner: { pid: process.pid, startTime: 1 }, by: "signals" }),
	);
	const heir = sandboxes.open();
	expect(await say("a", "echo goes on", heir)).toBe("goes on\n");

	await stopProcesses(pathOf("sandboxes/a"));
	await continueProcesses(pathOf("sandboxes/a"));
	expect(await states()).not.toContain("T");
	await stopProcesses(pathOf("sandboxes/a"));
	await writeFile(pathOf("sandboxes/a/frozen.json"), "");
	await heir.stop("a");
	expect(await findSandboxProcesses(pathOf("sandboxes/a"))).toEqual([]);
});

test("after a loss of power a sandbox with layers starts again, also without what its record did not have yet", async () => {
	await provider.create({ name: "a" });
	await say("a", "echo 1 > ~/one");
	await provider.snapshot("a", "s");
	await provider.create({ name: "b", snapshot: "s" });
	await say("b", "echo 2 > ~/two; rm ~/one");
	for (const name of ["a", "b"]) await sandboxes.cutPower(name);
	const { snapshot, layers, copyFrom, ...older } = JSON.parse(await readFile(recordOf("a"), "utf8"));
	expect({ snapshot, layers, copyFrom }).toEqual({ snapshot: null, layers: [], copyFrom: null });
	await writeFile(recordOf("a"), JSON.stringify(older));

	const heir = sandboxes.open();
	await heir.recover(["a", "b"]);
	await heir.ensureStarted("a");
	await heir.ensureStarted("b");
	expect(await say("a", "ls ~", heir)).toBe("one\n");
	expect(await say("b", "ls ~", heir)).toBe("two\n");
	await heir.recover(["b"]);
	expect(await heir.getSnapshot("s")).not.toBeNull();
	expect((await heir.get("b"))?.snapshot).toBe("s");
});

test("a record that makes no sense hides no other, and nothing that it may need is removed", async () => {
	await provider.create({ name: "well" });
	await provider.snapshot("well", "s");
	await provider.create({ name: "broken", snapshot: "s" });
	await provider.stop("broken");
	await writeFile(recordOf("broken"), "{");
	await writeFile(pathOf("snapshots/torn.json"), "");
	expect((await provider.list()).map(({ name, state }) => [name, state]).sort()).toEqual([
		["broken", "error"],
		["well", "started"],
	]);
	expect((await provider.get("broken"))?.errorReason).toContain("record.json");
	const warnings: string[] = [];
	const heir = sandboxes.open({ warn: (_, message) => warnings.push(message) });
	expect((await heir.listSnapshots()).map(({ name }) => name)).toEqual(["s"]);
	await provider.deleteSnapshot("s");
	expect(await listed("layers")).toHaveLength(1);

	await heir.recover(["well", "broken"]);
	expect(warnings).toEqual([
		"a snapshot's record cannot be read",
		"a sandbox could not be taken up or deleted",
		"a snapshot's record cannot be read: it is forgotten",
	]);
	expect(await listed("layers")).toHaveLength(1);
	await heir.delete("broken");
	await heir.recover(["well"]);
	expect((await heir.list()).map(({ name }) => name)).toEqual(["well"]);
	expect(await listed("layers")).toEqual([]);
	expect(await listed("snapshots")).toEqual([]);
	await heir.snapshot("well", "torn");
});

test("a sandbox that was only claimed is no sandbox, and is made anew", async () => {
	await provider.create({ name: "a" });
	await provider.snapshot("a", "s");
	await provider.create({ name: "b", snapshot: "s" });
	await provider.stop("b");
	const record = JSON.parse(await readFile(recordOf("b"), "utf8"));
	await writeFile(
		recordOf("b"),
		JSON.stringify({
			...record,
			state: "creating",
			homeDir: "",
			layers: ["gone"],
			owner: { pid: process.pid, startTime: 1 },
		}),
	);
	expect(await provider.get("b")).toBeNull();
	await expect(provider.ensureStarted("b")).rejects.toMatchObject({ code: "not_found" });
	await provider.create({ name: "b", snapshot: "s" });
	expect(await say("b", "echo works")).toBe("works\n");
});

test("a tools folder that vanished is made again", async () => {
	await provider.create({ name: "a" });
	await rm(pathOf("tools"), { recursive: true });
	await provider.create({ name: "b" });
	expect(await say("b", "/opt/bobbin/guest/hello.sh")).toBe("hello from the guest\n");
});

const ROUND_TRIP = `
	const say = async (id, command) => (await provider.exec(id, { command, timeoutMs: 60_000 })).stdout;
	console.log((await provider.doctor()).capabilities.snapshots);
	await provider.create({ name: "a" });
	await say("a", "cd; mkdir d e; echo 1 > d/one; echo 2 > e/two; echo x > closed; chmod 0 closed");
	await provider.snapshot("a", "s");
	await provider.create({ name: "b", snapshot: "s" });
	await say("b", "cd; rm d/one; mv e f; rm -r d; mkdir d; echo 3 > d/three");
	const ref = await provider.spawn("b", { key: "k", command: "sleep 100" });
	await provider.snapshot("b", "t");
	console.log(await provider.proc("b", ref));
	await provider.create({ name: "c", snapshot: "t" });
	console.log(await say("c", "cd; stat -c '%n %a' closed; chmod 600 closed; cat closed; find d e f -type f | sort | xargs; cat d/three f/two"));
	await provider.recover([]);
	await provider.deleteSnapshot("s");
	await provider.deleteSnapshot("t");
	console.log(await provider.list(), await provider.listSnapshots());
	const { readdirSync } = await import("node:fs");
	console.log(readdirSync(process.argv[1] + "/root/layers"), readdirSync(process.argv[1] + "/root/trash"));`;
const ROUND_TRIP_SAID = "{ running: true }\nclosed 0\nx\nd/three f/two\n3\n2\n\n[] []\n[] []\n";

test.runIf(isRoot)("an ordinary user makes layers too, where the kernel lets him", async () => {
	expect(await runWhere(ORDINARY, "", ROUND_TRIP)).toBe(`layers\n${ROUND_TRIP_SAID}`);
});

test.runIf(isRoot).each([
	["root", []],
	["an ordinary user", ORDINARY],
])("where nothing can be mounted, %s copies", async (_, user) => {
	const world = "mount --bind /dev/null /usr/bin/mount;";
	expect(await runWhere(user, world, ROUND_TRIP)).toBe(`copies\n${ROUND_TRIP_SAID}`);
});

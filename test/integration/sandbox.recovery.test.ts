import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findSandboxProcesses } from "../../sandbox/providers/local/processes.ts";
import { eventually } from "../harness/eventually.ts";
import { type LocalSandboxes, prepareLocalSandboxes, requireIsolation } from "../harness/local-sandboxes.ts";

let sandboxes: LocalSandboxes;
beforeEach(async () => {
	sandboxes = await prepareLocalSandboxes();
	const probe = sandboxes.open();
	await requireIsolation(probe);
	await probe.close();
});
afterEach(() => sandboxes.remove());

const dirOf = (name: string) => join(sandboxes.rootDir, "sandboxes", name);

/** Starts a process that makes sandboxes, and kills it some time after it has said a word. */
async function killOwnerAfter(word: string, delayMs: number): Promise<void> {
	const script = new URL("../harness/sandbox-owner.ts", import.meta.url).pathname;
	const owner = spawn(process.execPath, [script, sandboxes.rootDir, sandboxes.guestDir], {
		stdio: ["ignore", "pipe", "inherit"],
	});
	const exited = once(owner, "exit");
	for await (const line of createInterface(owner.stdout)) if (line === word) break;
	if (delayMs > 0) await Promise.race([exited, new Promise((resolve) => setTimeout(resolve, delayMs))]);
	owner.kill("SIGKILL");
	await exited;
}

test("what a killed process made is taken up again, and what nobody needs is deleted", async () => {
	await killOwnerAfter("ready", 0);
	expect(await findSandboxProcesses(dirOf("kept"))).not.toEqual([]);
	expect(await findSandboxProcesses(dirOf("lost"))).not.toEqual([]);

	const provider = sandboxes.open({ gateway: (request, response) => response.end(`heir ${request.url}`) });
	const journal = async (key: string) => {
		const { stdout } = await provider.readLogs("kept", { key }, { stdout: 0, stderr: 0 });
		return Buffer.from(stdout).toString();
	};
	// A call that is made while nobody answers waits, and is answered by the next process.
	await writeFile(join(dirOf("kept"), "home/go"), "");
	await eventually(async () => {
		expect(await readFile(join(dirOf("kept"), "run/journal/caller.out"), "utf8")).toBe("calling\n");
	});

	await provider.recover(["kept"]);

	await eventually(async () => expect(await journal("caller")).toBe("calling\nheir /late"));
	expect(await provider.proc("kept", { key: "tick" })).toEqual({ running: true });
	const before = (await journal("tick")).length;
	await eventually(async () => expect((await journal("tick")).length).toBeGreaterThan(before));
	const numbers = (await journal("tick")).trimEnd().split("\n").map(Number);
	expect(numbers).toEqual(numbers.map((_, index) => index + 1));

	expect(await provider.list()).toMatchObject([{ name: "kept", state: "started" }]);
	expect(await findSandboxProcesses(dirOf("lost"))).toEqual([]);
	expect(sandboxes.groupsOf("lost")).toEqual([]);
	expect(await readdir(join(sandboxes.rootDir, "sandboxes"))).toEqual(["kept"]);
	expect(await readdir(join(sandboxes.rootDir, "trash"))).toEqual([]);
});

test.each([0, 15, 40, 80, 130])(
	"a process killed %i ms into creating leaves nothing that cannot be mended",
	async (delayMs) => {
		await killOwnerAfter("creating", delayMs);
		const provider = sandboxes.open();
		await provider.recover(["kept"]);
		expect(await provider.get("lost")).toBeNull();
		expect(await findSandboxProcesses(dirOf("lost"))).toEqual([]);
		expect(sandboxes.groupsOf("lost")).toEqual([]);

		await provider.create({ name: "kept" });
		expect((await provider.exec("kept", { command: "echo works", timeoutMs: 60_000 })).stdout).toBe(
			"works\n",
		);
		await provider.delete("kept");
		expect(await findSandboxProcesses(dirOf("kept"))).toEqual([]);
	},
);

test("a sandbox that ended while Bobbin was away is stopped, and starts again with its files", async () => {
	await killOwnerAfter("ready", 0);
	await sandboxes.cutPower("kept");
	const provider = sandboxes.open();
	await provider.recover(["kept"]);
	expect((await provider.get("kept"))?.state).toBe("stopped");
	await writeFile(join(dirOf("kept"), "home/file"), "there");
	await provider.ensureStarted("kept");
	expect(Buffer.from(await provider.readFile("kept", "/home/agent/file")).toString()).toBe("there");
});

test("the sandboxes of a process that still lives are left alone", async () => {
	const first = sandboxes.open();
	await first.create({ name: "in-use" });
	const record = join(dirOf("in-use"), "record.json");
	const parent = await readFile(`/proc/${process.ppid}/stat`, "utf8");
	const startTime = Number(parent.slice(parent.lastIndexOf(")") + 2).split(" ")[19]);
	const data = JSON.parse(await readFile(record, "utf8"));
	await writeFile(record, JSON.stringify({ ...data, owner: { pid: process.ppid, startTime } }));

	const second = sandboxes.open();
	await second.recover([]);
	expect((await first.exec("in-use", { command: "echo yes", timeoutMs: 60_000 })).stdout).toBe("yes\n");
	await first.delete("in-use");
});

test("old tools folders go once no sandbox uses them", async () => {
	const provider = sandboxes.open();
	await provider.create({ name: "old" });
	const tools = join(sandboxes.rootDir, "tools");
	const [first] = await readdir(tools);
	await writeFile(join(sandboxes.guestDir, "new.txt"), "new");

	const next = sandboxes.open();
	await next.create({ name: "new" });
	await next.recover(["old", "new"]);
	expect(await readdir(tools)).toHaveLength(2);
	expect(
		(await next.exec("new", { command: "cat /opt/bobbin/guest/new.txt", timeoutMs: 60_000 })).stdout,
	).toBe("new");
	await next.delete("old");
	await next.recover(["new"]);
	expect(await readdir(tools)).not.toContain(first);
});

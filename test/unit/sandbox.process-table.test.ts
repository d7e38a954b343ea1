import { expect, test } from "vitest";

interface Entry {
	pid: number;
	ppid: number;
}
// Plain JavaScript, because it runs inside sandboxes.
const path = "../../sandbox/providers/local/daemon/process-table.mjs";
const { treeOf, ownProcesses, endAll, listProcesses, signal } = (await import(path)) as {
	treeOf(table: Entry[], roots: number[]): Set<number>;
	ownProcesses(table: Entry[], sandbox: { privatePids: boolean; marker: string }): Entry[];
	endAll(list: () => Entry[], select: (table: Entry[]) => Entry[]): Promise<void>;
	listProcesses(): Entry[];
	signal(pid: number, name: string): void;
};

const TABLE = [
	{ pid: 1, ppid: 0 },
	{ pid: 12, ppid: 11 },
	{ pid: 11, ppid: 10 },
	{ pid: 10, ppid: 1 },
	{ pid: 20, ppid: 1 },
];

test("a tree holds the descendants, in whatever order they are listed", () => {
	expect([...treeOf(TABLE, [10])].sort()).toEqual([10, 11, 12]);
	expect([...treeOf(TABLE, [])]).toEqual([]);
});

test("on the host, nothing is ours but what bears the mark or descends from the daemon", () => {
	const marker = "BOBBIN_SANDBOX_DIR=/no/such/sandbox";
	expect(ownProcesses(listProcesses(), { privatePids: false, marker })).toEqual([]);
	const mine = { pid: 4_000_001, ppid: process.pid };
	const table = [...listProcesses().filter(({ pid }) => pid === process.ppid || pid === 1), mine];
	expect(ownProcesses(table, { privatePids: false, marker })).toEqual([mine]);
});

test("neither the first process nor the daemon itself is ever ours", () => {
	const table = [{ pid: 1, ppid: 0 }, { pid: process.pid, ppid: 1 }, ...TABLE.slice(1)];
	const own = ownProcesses(table, { privatePids: true, marker: "" }).map(({ pid }) => pid);
	expect(own).toEqual([12, 11, 10, 20]);
});

test.each([0, 1, -1, Number.NaN, process.pid])("a signal for process %d is refused", (pid) => {
	expect(() => signal(pid, "SIGCONT")).toThrow("mistake");
});

test("ending nothing signals nothing", async () => {
	await endAll(
		() => TABLE,
		() => [],
	);
});

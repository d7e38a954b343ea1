import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { SandboxError } from "../../provider.ts";
import { hasCode } from "./sandbox-failure.ts";

interface Limits {
	memoryMiB: number;
	cpus: number | null;
	processes: number;
}

/** The kernel's limits for groups of processes, in whichever version this machine offers. */
export interface Cgroups {
	readonly enforced: boolean;
	/** Makes the sandbox's groups; a process joins by writing its id to each of the returned files. */
	create(name: string, limits: Limits): Promise<string[]>;
	processes(name: string): Promise<number[]>;
	/** Holds all processes of the sandbox; false where that must be done in another way. */
	freeze(name: string): Promise<boolean>;
	thaw(name: string): Promise<void>;
	/** Once no process is left in them. */
	remove(name: string): Promise<void>;
	names(): Promise<string[]>;
	/** Takes the common folder away where no group is left in it. */
	close(): Promise<void>;
}

interface Hierarchy {
	/** The folder that holds one group per sandbox. */
	dir: string;
	/** Makes that folder so that limits hold in it; another process may have taken it away when it was empty. */
	prepare(): Promise<void>;
	/** File name → value; null where this limit is not set. */
	settings(limits: Limits): [string, string | null][];
	/** How its groups are held: what is written where, and which file tells when it is so. */
	freezer?: { file: string; freeze: string; thaw: string; stateFile: string; frozen: RegExp };
}

const CPU_PERIOD_US = 100_000;
const REMOVE_TRIES = 100;
const FROZEN_WITHIN_MS = 5000;

/** The name of the folder in which the groups of this root folder's sandboxes are. */
export function toScope(rootDir: string): string {
	return `bobbin-${createHash("sha256").update(rootDir).digest("hex").slice(0, 8)}`;
}

/**
 * Finds what limits can be enforced here: cgroup v2, else v1, else none. All sandboxes together weigh as much as a busy
 * process for each processor: as one of many they would starve beside whatever else runs here.
 *
 * @param scope as `toScope` gives it
 */
export async function findCgroups(scope: string): Promise<Cgroups> {
	const mounts = await readMounts();
	const hierarchies = (await findV2(mounts, scope)) ?? (await findV1(mounts, scope)) ?? [];
	const groups = (name: string) => hierarchies.map(({ dir }) => join(dir, name));
	const freezing = hierarchies.find(({ freezer }) => freezer !== undefined);

	return {
		enforced: hierarchies.length > 0,

		async create(name, limits) {
			for (const { dir, prepare, settings } of hierarchies) {
				await prepare();
				await mkdir(join(dir, name), { recursive: true });
				for (const [file, value] of settings(limits)) {
					if (value !== null) await writeSetting(join(dir, name, file), value);
				}
			}
			return groups(name).map((group) => join(group, "cgroup.procs"));
		},

		async processes(name) {
			const lists = await Promise.all(groups(name).map((group) => readLines(join(group, "cgroup.procs"))));
			return [...new Set(lists.flat().map(Number))];
		},

		async freeze(name) {
			if (!freezing?.freezer) return false;
			const { file, freeze, stateFile, frozen } = freezing.freezer;
			const group = join(freezing.dir, name);
			// A sandbox that was started without this group.
			if ((await readLines(join(group, "cgroup.procs"))).length === 0) return false;
			await writeSetting(join(group, file), freeze);
			const deadline = Date.now() + FROZEN_WITHIN_MS;
			while (!(await readLines(join(group, stateFile))).some((line) => frozen.test(line))) {
				if (Date.now() > deadline) {
					throw new SandboxError("unavailable", "The sandbox's processes could not be held.", {
						retryable: true,
					});
				}
				await delay(1);
			}
			return true;
		},

		async thaw(name) {
			if (!freezing?.freezer) return;
			await writeSetting(join(freezing.dir, name, freezing.freezer.file), freezing.freezer.thaw);
		},

		async remove(name) {
			for (const group of groups(name)) await removeGroup(group);
		},

		async close() {
			for (const { dir } of hierarchies) await attempt(() => rmdir(dir));
		},

		async names() {
			const found = await Promise.all(hierarchies.map(({ dir }) => readFolders(dir)));
			return [...new Set(found.flat())];
		},
	};
}

interface Mount {
	point: string;
	type: string;
	options: string[];
}

async function readMounts(): Promise<Mount[]> {
	const lines = await readLines("/proc/self/mounts");
	return lines.map((line) => {
		const [, point = "", type = "", options = ""] = line.split(" ");
		return { point, type, options: options.split(",") };
	});
}

async function findV2(mounts: Mount[], scope: string): Promise<Hierarchy[] | null> {
	const mount = mounts.find(({ type }) => type === "cgroup2");
	if (!mount) return null;
	const own = (await readLines("/proc/self/cgroup")).find((line) => line.startsWith("0::"))?.slice(3) ?? "/";
	// Root may use the top; another user only what was delegated to it.
	const base = process.getuid?.() === 0 ? mount.point : join(mount.point, own);
	const controllers = (await readLines(join(base, "cgroup.controllers"))).join(" ").split(" ");
	if (!controllers.includes("memory") || !controllers.includes("pids")) return null;
	const dir = join(base, scope);
	const wanted = ["+memory", "+pids", ...(controllers.includes("cpu") ? ["+cpu"] : [])].join(" ");
	const prepare = async () => {
		await mkdir(dir, { recursive: true });
		await writeFile(join(base, "cgroup.subtree_control"), wanted);
		await writeFile(join(dir, "cgroup.subtree_control"), wanted);
		await writeSetting(join(dir, "cpu.weight"), String(Math.min(100 * availableParallelism(), 10_000)));
	};
	if (!(await attempt(prepare))) return null;
	return [
		{
			dir,
			prepare,
			settings: ({ memoryMiB, cpus, processes }) => [
				["memory.max", String(memoryMiB * 1024 * 1024)],
				["memory.swap.max", "0"],
				["pids.max", String(processes)],
				["cpu.weight", "50"],
				["cpu.max", cpus === null ? null : `${Math.round(cpus * CPU_PERIOD_US)} ${CPU_PERIOD_US}`],
			],
			freezer: {
				...{ file: "cgroup.freeze", freeze: "1", thaw: "0" },
				...{ stateFile: "cgroup.events", frozen: /^frozen 1$/ },
			},
		},
	];
}

async function findV1(mounts: Mount[], scope: string): Promise<Hierarchy[] | null> {
	const at = (controller: string) =>
		mounts.find(({ type, options }) => type === "cgroup" && options.includes(controller))?.point;
	const [memory, pids, cpu, freezer] = [at("memory"), at("pids"), at("cpu"), at("freezer")];
	if (!memory || !pids) return null;
	const under = (point: string) => {
		const dir = join(point, scope);
		return { dir, prepare: async () => void (await mkdir(dir, { recursive: true })) };
	};
	const hierarchies: Hierarchy[] = [
		{
			...under(memory),
			settings: ({ memoryMiB }) => [
				["memory.limit_in_bytes", String(memoryMiB * 1024 * 1024)],
				["memory.memsw.limit_in_bytes", String(memoryMiB * 1024 * 1024)],
			],
		},
		{ ...under(pids), settings: ({ processes }) => [["pids.max", String(processes)]] },
	];
	if (cpu) {
		const { dir, prepare } = under(cpu);
		hierarchies.push({
			dir,
			async prepare() {
				await prepare();
				await writeSetting(join(dir, "cpu.shares"), String(1024 * availableParallelism()));
			},
			settings: ({ cpus }) => [
				["cpu.shares", "512"],
				["cpu.cfs_quota_us", cpus === null ? null : String(Math.round(cpus * CPU_PERIOD_US))],
			],
		});
	}
	if (freezer) {
		hierarchies.push({
			...under(freezer),
			settings: () => [],
			freezer: {
				...{ file: "freezer.state", freeze: "FROZEN", thaw: "THAWED" },
				...{ stateFile: "freezer.state", frozen: /^FROZEN$/ },
			},
		});
	}
	const usable = await attempt(async () => {
		for (const { prepare } of hierarchies) await prepare();
	});
	return usable ? hierarchies : null;
}

/** False where the kernel or the container does not let us: then there are no limits, and the capabilities say so. */
async function attempt(act: () => Promise<void>): Promise<boolean> {
	try {
		await act();
		return true;
	} catch (error) {
		if (hasCode(error, "EACCES", "EPERM", "EROFS", "EBUSY", "EINVAL", "ENOENT")) return false;
		throw error;
	}
}

async function writeSetting(path: string, value: string): Promise<void> {
	try {
		await writeFile(path, value, { flag: "r+" });
	} catch (error) {
		// Swap accounting and CPU control are not in every kernel.
		if (!hasCode(error, "ENOENT")) throw error;
	}
}

async function removeGroup(dir: string): Promise<void> {
	for (let tries = 1; ; tries++) {
		try {
			await rmdir(dir);
			return;
		} catch (error) {
			if (hasCode(error, "ENOENT")) return;
			// The kernel still counts processes that were killed a moment ago.
			if (!hasCode(error, "EBUSY") || tries === REMOVE_TRIES) throw error;
			await delay(10);
		}
	}
}

async function readFolders(dir: string): Promise<string[]> {
	try {
		const entries = await readdir(dir, { withFileTypes: true });
		return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
	} catch (error) {
		if (hasCode(error, "ENOENT")) return [];
		throw error;
	}
}

async function readLines(path: string): Promise<string[]> {
	try {
		return (await readFile(path, "utf8")).split("\n").filter((line) => line !== "");
	} catch (error) {
		if (hasCode(error, "ENOENT", "ENODEV")) return [];
		throw error;
	}
}

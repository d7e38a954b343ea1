import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { SandboxError } from "../../provider.ts";
import { SYSTEM_PATH } from "./launch.ts";
import { type Layout, openRoot } from "./layout.ts";
import { IN_OWN_MOUNTS } from "./overlay.ts";
import { removeTree } from "./remove-tree.ts";
import { runProgram } from "./run-program.ts";
import { hasCode } from "./sandbox-failure.ts";
import { exists } from "./tools.ts";

const TRY_WITHIN_MS = 20_000;
const RELEASED_WITHIN_MS = 10_000;
/** With a journal: an ext4 without one never takes the place of a file that was deleted in the last minute. */
const FORMAT = [
	...["-q", "-F", "-b", "4096", "-m", "0", "-J", "size=16"],
	...["-E", "lazy_itable_init=1,lazy_journal_init=1"],
];
/** No barriers: what is written inside need not outlive the machine's power, and nothing there waits for our disk. */
const OPTIONS = "loop,nosuid,nodev,noatime,nobarrier";

/** Mounts the file $1 at $2; what is written there belongs to $3. What the last run left is cleared. */
const MOUNT_AND_GO = `mount -t ext4 -o ${OPTIONS} -- "$1" "$2" || exit 1
	[ ! -e "$2/run" ] || rm -rf -- "$2/run" "$2/tmp" "$2/shm"
	install -d -m 700 -o "$3" -g "$3" -- "$2/run" "$2/tmp" "$2/shm" "$2/home" "$2/upper" "$2/work" || exit 1
	shift 3; exec "$@"`;
/** What was removed counts as free once the journal is written. */
const CLEAR = `mount -t ext4 -o ${OPTIONS} -- "$1" "$2" || exit 1
	rm -rf -- "$2/run" "$2/tmp" "$2/shm" && sync -f -- "$2" && fstrim -- "$2"`;

/** The sandbox's folders where its disk has a limit: all that is written inside is in one file, mounted at `disk`. */
export function placeOnDisk(layout: Layout): Layout {
	const at = (name: string) => join(layout.disk, name);
	return {
		...layout,
		...{ run: at("run"), tmp: at("tmp"), shm: at("shm") },
		...{ home: at("home"), upper: at("upper"), work: at("work") },
	};
}

/** Part of a command line that runs in mounts of its own: what follows it has the disk. */
export function mountDisk(layout: Layout, uid: number): string[] {
	return ["sh", "-c", MOUNT_AND_GO, "sh", layout.diskFile, layout.disk, String(uid)];
}

/** The beginning of a command line that sees a sandbox's disk: in the mounts of its process, or in some of its own. */
export function reachDisk(layout: Layout, uid: number, pid: number | null): string[] {
	if (pid !== null) return ["nsenter", `--mount=/proc/${pid}/ns/mnt`, "--"];
	return [...IN_OWN_MOUNTS, ...mountDisk(layout, uid)];
}

/**
 * Makes a sandbox's disk, or makes sure that an earlier one is whole. A file with holes: it takes no more than what was
 * written.
 *
 * @throws SandboxError `unavailable` where it is still in use or damaged
 */
export async function prepareDisk(rootDir: string, layout: Layout, diskMiB: number): Promise<void> {
	if (await exists(layout.diskFile)) {
		await untilReleased(layout.diskFile);
		// Does next to nothing unless the machine lost its power: then it replays the journal, and mends.
		const check = await runProgram(["e2fsck", "-y", layout.diskFile], { path: SYSTEM_PATH });
		if (check.outcome === "done" && check.exitCode < 4) return;
		const said = check.outcome === "done" ? check.output.trim().slice(-300) : "e2fsck is missing";
		throw new SandboxError("unavailable", `The sandbox's disk is damaged: ${said}`);
	}
	await copyTemplate(rootDir, diskMiB, layout.diskFile);
}

/** Gives back what a stopped sandbox's disk no longer needs. */
export async function clearDisk(layout: Layout): Promise<void> {
	await untilReleased(layout.diskFile);
	const run = await runProgram([...IN_OWN_MOUNTS, "sh", "-c", CLEAR, "sh", layout.diskFile, layout.disk], {
		path: SYSTEM_PATH,
	});
	if (run.outcome === "done" && run.exitCode === 0) return;
	const said = run.outcome === "done" ? run.output.trim().slice(-300) : "unshare is missing";
	throw new SandboxError("unavailable", `The sandbox's disk could not be cleared: ${said}`);
}

/** Really makes a disk and writes to it; false where the system has no loop devices for us or no programs for that. */
export async function canLimitDisk(rootDir: string, diskMiB: number): Promise<boolean> {
	const dir = join(rootDir, "trash", `trial-${randomUUID()}`);
	await openRoot(rootDir);
	await mkdir(join(dir, "at"), { recursive: true, mode: 0o700 });
	try {
		if (!(await makeTemplate(rootDir, diskMiB))) return false;
		const [file, at] = [join(dir, "disk.ext4"), join(dir, "at")];
		await copyTemplate(rootDir, diskMiB, file);
		const mount = ["sh", "-c", MOUNT_AND_GO, "sh", file, at, "0"];
		const tried = await runProgram([...IN_OWN_MOUNTS, ...mount, "touch", join(at, "home/file")], {
			path: SYSTEM_PATH,
			timeoutMs: TRY_WITHIN_MS,
		});
		return tried.outcome === "done" && tried.exitCode === 0;
	} finally {
		await removeTree(dir);
	}
}

const templateOf = (rootDir: string, diskMiB: number) => join(rootDir, "disks", `${diskMiB}.ext4`);

/** An empty disk, to be copied: that is faster than to make one. */
async function makeTemplate(rootDir: string, diskMiB: number): Promise<boolean> {
	const template = templateOf(rootDir, diskMiB);
	if (await exists(template)) return true;
	await mkdir(join(rootDir, "disks"), { recursive: true, mode: 0o700 });
	const partial = join(rootDir, "trash", `${randomUUID()}.ext4`);
	const file = await open(partial, "wx", 0o600);
	try {
		await file.truncate(diskMiB * 1024 * 1024);
		const made = await runProgram(["mkfs.ext4", ...FORMAT, partial], { path: SYSTEM_PATH });
		if (made.outcome === "missing" || made.exitCode !== 0) return false;
		await rename(partial, template);
		return true;
	} finally {
		await file.close();
		await removeTree(partial);
	}
}

async function copyTemplate(rootDir: string, diskMiB: number, to: string): Promise<void> {
	const partial = `${to}.partial`;
	const copy = ["cp", "--sparse=always", "--", templateOf(rootDir, diskMiB), partial];
	let run = await runProgram(copy, { path: SYSTEM_PATH });
	if (run.outcome === "done" && run.exitCode !== 0 && (await makeTemplate(rootDir, diskMiB))) {
		run = await runProgram(copy, { path: SYSTEM_PATH });
	}
	if (run.outcome === "missing" || run.exitCode !== 0) {
		throw new SandboxError("unavailable", "A disk for the sandbox could not be made.", { retryable: true });
	}
	await rename(partial, to);
}

/** The kernel unmounts with the last process. What is mounted still must be neither mended nor mounted again. */
async function untilReleased(file: string): Promise<void> {
	const deadline = Date.now() + RELEASED_WITHIN_MS;
	while ((await listLoopFiles()).has(file)) {
		if (Date.now() > deadline) {
			throw new SandboxError("unavailable", "The sandbox's disk is still in use.", { retryable: true });
		}
		await delay(5);
	}
}

async function listLoopFiles(): Promise<Set<string>> {
	const devices = (await readdir("/sys/block")).filter((name) => name.startsWith("loop"));
	const files = devices.map(async (device) => {
		try {
			return (await readFile(`/sys/block/${device}/loop/backing_file`, "utf8")).trimEnd();
		} catch (error) {
			if (hasCode(error, "ENOENT", "ENXIO", "ENODEV")) return "";
			throw error;
		}
	});
	return new Set(await Promise.all(files));
}

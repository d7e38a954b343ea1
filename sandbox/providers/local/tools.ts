import { createHash, randomUUID } from "node:crypto";
import { chmod, copyFile, link, mkdir, readdir, readFile, rename, rm, stat, symlink } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { hasCode } from "./sandbox-failure.ts";

export interface ToolSources {
	nodeBinary: string;
	opencodeBinary: string | null;
	/** `rg`, with which OpenCode's glob and grep search. */
	ripgrepBinary?: string | null;
	guestDir: string;
	/** The folder of npm's package, where sandboxes would not see it under /usr. */
	npmDir?: string | null;
}

export interface Tools {
	key: string;
	dir: string;
}

interface ToolFile {
	from: string;
	/** Inside the tools folder. */
	to: string;
	/** Known by size and time instead of content, and linked where that can be. */
	large: boolean;
}

const DAEMON = fileURLToPath(new URL(".", import.meta.url));
const NPM = "node/lib/node_modules/npm";
const DAEMON_FILES = ["bridge.mjs", "files.mjs", "process-table.mjs", "processes.mjs"];

/**
 * Makes the folder that every sandbox sees read-only. It is a copy (large files are hard links where that can be),
 * because the originals may lie behind a folder that a sandbox's user may not pass. Its name tells its content: other
 * sources give another folder, and sandboxes that run keep theirs.
 */
export async function prepareTools(toolsDir: string, sources: ToolSources): Promise<Tools> {
	const files = await listFiles(sources);
	const key = await fingerprint(files);
	const dir = join(toolsDir, key);
	if (await exists(dir)) return { key, dir };

	const beside = join(toolsDir, `${key}.${randomUUID()}.partial`);
	try {
		for (const file of files) await place(beside, file);
		if (needsNpm(sources)) await linkNpm(beside);
		await openFolders(beside);
		await rename(beside, dir);
	} catch (error) {
		await rm(beside, { recursive: true, force: true });
		// Another process was faster.
		if (!hasCode(error, "ENOTEMPTY", "EEXIST")) throw error;
	}
	return { key, dir };
}

async function listFiles(sources: ToolSources): Promise<ToolFile[]> {
	const guest = await listTree(sources.guestDir);
	const npm = needsNpm(sources) ? await listTree(sources.npmDir) : [];
	return [
		{ from: sources.nodeBinary, to: "node/bin/node", large: true },
		...(sources.opencodeBinary === null
			? []
			: [{ from: sources.opencodeBinary, to: "opencode/bin/opencode", large: true }]),
		...(sources.ripgrepBinary ? [{ from: sources.ripgrepBinary, to: "ripgrep/bin/rg", large: true }] : []),
		{ from: join(DAEMON, "daemon.mjs"), to: "daemon.mjs", large: false },
		...DAEMON_FILES.map((name) => ({
			from: join(DAEMON, "daemon", name),
			to: join("daemon", name),
			large: false,
		})),
		...guest.map((path) => ({ from: join(sources.guestDir, path), to: join("guest", path), large: false })),
		...npm.map((path) => ({ from: join(sources.npmDir ?? "", path), to: join(NPM, path), large: true })),
	];
}

/** The files of a folder, by their path in it. */
async function listTree(dir: string): Promise<string[]> {
	const entries = await readdir(dir, { recursive: true, withFileTypes: true });
	return entries
		.filter((entry) => entry.isFile())
		.map((entry) => relative(dir, join(entry.parentPath, entry.name)))
		.sort();
}

function needsNpm(sources: ToolSources): sources is ToolSources & { npmDir: string } {
	return typeof sources.npmDir === "string" && !sources.npmDir.startsWith("/usr/");
}

/** As in a distribution of Node. */
async function linkNpm(dir: string): Promise<void> {
	for (const name of ["npm", "npx"]) {
		await symlink(`../lib/node_modules/npm/bin/${name}-cli.js`, join(dir, "node/bin", name));
	}
}

async function fingerprint(files: ToolFile[]): Promise<string> {
	const hash = createHash("sha256");
	const stats = await Promise.all(files.map(({ from }) => stat(from)));
	for (const [index, { from, to, large }] of files.entries()) {
		const { size, mtimeMs, mode } = stats[index] ?? {};
		hash.update(`${to}\0${mode}\0`);
		hash.update(large ? `${from}\0${size}\0${mtimeMs}\0` : await readFile(from));
	}
	return hash.digest("hex").slice(0, 16);
}

async function place(dir: string, { from, to, large }: ToolFile): Promise<void> {
	const target = join(dir, to);
	await mkdir(dirname(target), { recursive: true });
	const { mode } = await stat(from);
	const open = (mode & 0o111) === 0 ? 0o644 : 0o755;
	if (large && (mode & open & 0o555) === (open & 0o555) && (await linked(from, target))) return;
	await copyFile(from, target);
	await chmod(target, open);
}

async function linked(from: string, target: string): Promise<boolean> {
	try {
		await link(from, target);
		return true;
	} catch (error) {
		// Another file system, another owner, too many links, a file system without links: it is copied.
		if (hasCode(error, "EXDEV", "EPERM", "EACCES", "EMLINK", "ENOTSUP")) return false;
		throw error;
	}
}

async function openFolders(dir: string): Promise<void> {
	await chmod(dir, 0o755);
	for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
		if (entry.isDirectory()) await chmod(join(entry.parentPath, entry.name), 0o755);
	}
}

export async function exists(path: string): Promise<boolean> {
	try {
		await stat(path);
		return true;
	} catch (error) {
		if (hasCode(error, "ENOENT")) return false;
		throw error;
	}
}

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { SandboxError } from "../../provider.ts";
import type { ToolSources } from "./daytona-provider-deps.ts";

interface ToolFile {
	from: string;
	/** Inside the tools folder. */
	to: string;
}

const HERE = fileURLToPath(new URL(".", import.meta.url));
const DAEMON = fileURLToPath(new URL("../local/daemon/", import.meta.url));

/** What a sandbox needs from us: the programs, the guest folder, and the hands with the modules that they share. */
export async function listTools(sources: ToolSources): Promise<ToolFile[]> {
	const entries = await readdir(sources.guestDir, { recursive: true, withFileTypes: true });
	const guest = entries
		.filter((entry) => entry.isFile())
		.map((entry) => join(entry.parentPath, entry.name))
		.sort();
	const optional = (from: string | null, to: string) => (from === null ? [] : [{ from, to }]);
	return [
		{ from: sources.nodeBinary, to: "node/bin/node" },
		...optional(sources.opencodeBinary, "opencode/bin/opencode"),
		...optional(sources.ripgrepBinary, "ripgrep/bin/rg"),
		{ from: join(HERE, "hands.mjs"), to: "hands.mjs" },
		...["own.mjs", "runs.mjs", "identity.mjs"].map((name) => ({
			from: join(HERE, "hands", name),
			to: join("hands", name),
		})),
		...["files.mjs", "process-table.mjs"].map((name) => ({
			from: join(DAEMON, name),
			to: join("daemon", name),
		})),
		...guest.map((from) => ({ from, to: join("guest", relative(sources.guestDir, from)) })),
	];
}

/** By content alone, so that every machine gives the same name to the same tools. 16 hex digits. */
export async function hashTools(files: ToolFile[], more: string): Promise<string> {
	const hash = createHash("sha256").update(more);
	for (const { from, to } of files) {
		hash.update(`\0${to}\0`);
		await pipeline(createReadStream(from), async (chunks) => {
			for await (const chunk of chunks) hash.update(chunk);
		});
	}
	return hash.digest("hex").slice(0, 16);
}

/** Hands a gzipped tar of the files to `use`, as a stream. */
export async function withArchive(
	files: ToolFile[],
	use: (archive: Readable) => Promise<void>,
): Promise<void> {
	const dir = await mkdtemp(join(tmpdir(), "bobbin-tools-"));
	try {
		for (const { from, to } of files) {
			await mkdir(dirname(join(dir, to)), { recursive: true });
			await symlink(from, join(dir, to));
		}
		// -h: what the links lead to. Names of users are of no use elsewhere.
		const tar = spawn("tar", ["-czhf", "-", "--owner=0", "--group=0", "-C", dir, "."], {
			stdio: ["ignore", "pipe", "inherit"],
		});
		const ended = new Promise<void>((resolve, reject) => {
			tar.once("error", reject);
			tar.once("close", (code) =>
				code === 0
					? resolve()
					: reject(new SandboxError("unavailable", `The tools could not be packed: tar ended with ${code}.`)),
			);
		});
		await Promise.all([use(tar.stdout), ended]);
	} finally {
		await rm(dir, { recursive: true, force: true });
	}
}

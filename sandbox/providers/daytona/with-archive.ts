import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, stat, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { SandboxError } from "../../provider.ts";

export interface PackedFile {
	from: string;
	/** Inside the archive. */
	to: string;
}

/** Hands a gzipped tar of the files to `use`, as a stream. */
export async function withArchive(
	files: PackedFile[],
	use: (archive: Readable) => Promise<void>,
): Promise<void> {
	const dir = await mkdtemp(join(tmpdir(), "bobbin-archive-"));
	try {
		for (const { from, to } of files) {
			await mkdir(dirname(join(dir, to)), { recursive: true });
			await symlink(from, join(dir, to));
		}
		const before = await stamp(files);
		// -h: what the links lead to. Names of our users are of no use elsewhere.
		const tar = spawn("tar", ["-I", "gzip -1", "-chf", "-", "--owner=0", "--group=0", "-C", dir, "."], {
			stdio: ["ignore", "pipe", "ignore"],
		});
		const ended = new Promise<void>((resolve, reject) => {
			tar.once("error", reject);
			tar.once("close", async (code) => {
				// 1: a file is not what it was, which a new hard link to it is enough for.
				if (code === 0 || (code === 1 && (await stamp(files)) === before)) resolve();
				else reject(new SandboxError("unavailable", `Files could not be packed: tar ended with ${code}.`));
			});
		});
		try {
			await Promise.all([use(tar.stdout), ended]);
		} finally {
			tar.kill();
		}
	} finally {
		await rm(dir, { recursive: true, force: true });
	}
}

async function stamp(files: PackedFile[]): Promise<string> {
	const stats = await Promise.all(files.map(({ from }) => stat(from)));
	return stats.map(({ size, mtimeMs }) => `${size} ${mtimeMs}`).join();
}

import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
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
		// -h: what the links lead to. Names of our users are of no use elsewhere.
		const tar = spawn("tar", ["-czhf", "-", "--owner=0", "--group=0", "-C", dir, "."], {
			stdio: ["ignore", "pipe", "inherit"],
		});
		const ended = new Promise<void>((resolve, reject) => {
			tar.once("error", reject);
			tar.once("close", (code) =>
				code === 0
					? resolve()
					: reject(new SandboxError("unavailable", `Files could not be packed: tar ended with ${code}.`)),
			);
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

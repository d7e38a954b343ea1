import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SandboxError } from "../../provider.ts";
import { hasCode } from "./sandbox-failure.ts";

/** Above the ids that systems give to people and services. Two clones on one machine take the same ones. */
const FIRST = 200_000;
const COUNT = 20_000;

/** Host user ids, one per sandbox: where we are root, the sandbox's processes must be nobody that the host knows. */
export interface UserIds {
	/** The first id, for trials. */
	readonly first: number;
	take(name: string): Promise<number>;
	free(uid: number): Promise<void>;
	/** Frees what was taken for a sandbox that is not among these. */
	keepOnly(names: Set<string>): Promise<void>;
}

/** One file per taken id, made exclusively: two processes never take the same. */
export function createUserIds(dir: string): UserIds {
	return {
		first: FIRST,
		async take(name) {
			await mkdir(dir, { recursive: true });
			for (let uid = FIRST; uid < FIRST + COUNT; uid++) {
				try {
					await writeFile(join(dir, String(uid)), name, { flag: "wx" });
					return uid;
				} catch (error) {
					if (!hasCode(error, "EEXIST")) throw error;
				}
			}
			throw new SandboxError("quota", `More than ${COUNT} sandboxes are on this machine.`);
		},
		async free(uid) {
			await rm(join(dir, String(uid)), { force: true });
		},
		async keepOnly(names) {
			await mkdir(dir, { recursive: true });
			for (const file of await readdir(dir)) {
				const owner = await readFile(join(dir, file), "utf8");
				if (!names.has(owner)) await rm(join(dir, file), { force: true });
			}
		},
	};
}

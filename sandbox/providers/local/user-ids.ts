import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SandboxError } from "../../provider.ts";
import { hasCode } from "./sandbox-failure.ts";
import { createTurns } from "./turns.ts";

/** Above the ids that systems give to people and services. Two clones on one machine take the same ones. */
const FIRST = 200_000;
const COUNT = 20_000;

/**
 * Host user ids: where we are root, the sandbox's processes must be nobody that the host knows. One per sandbox that
 * began empty; what is made from a snapshot takes over the id that owns its files.
 */
export interface UserIds {
	/** The first id, for trials. */
	readonly first: number;
	take(name: string): Promise<number>;
	/** Frees an id that no record names, unless it was taken anew for a sandbox that has its folder. */
	free(uid: number, hasFolder: (name: string) => Promise<boolean>): Promise<void>;
	/** Frees what is not among these ids (null: nobody knows) and was not taken for one of these sandboxes. */
	keepOnly(used: () => Promise<{ uids: Set<number> | null; names: Set<string> }>): Promise<void>;
}

/** One file per taken id, made exclusively: two processes never take the same. */
export function createUserIds(dir: string): UserIds {
	const inTurn = createTurns();
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
		free: (uid, hasFolder) =>
			inTurn(String(uid), async () => {
				const file = join(dir, String(uid));
				try {
					if (!(await hasFolder(await readFile(file, "utf8")))) await rm(file);
				} catch (error) {
					if (!hasCode(error, "ENOENT")) throw error;
				}
			}),
		async keepOnly(used) {
			await mkdir(dir, { recursive: true });
			const files = await readdir(dir);
			// Afterwards: a sandbox has its folder before it takes its id.
			const { uids, names } = await used();
			if (uids === null) return;
			for (const file of files) {
				if (uids.has(Number(file)) || names.has(await readFile(join(dir, file), "utf8"))) continue;
				await rm(join(dir, file), { force: true });
			}
		},
	};
}

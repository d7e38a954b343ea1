import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describePlayground } from "./playground-client.ts";

/** A colleague's clone of a repository at the playground's GitHub. */
export interface RepositoryClone {
	dir: string;
	/** Runs a script of bash in the clone; gives what it printed. Fails with it. */
	run(script: string): Promise<string>;
	remove(): Promise<void>;
}

export async function cloneRepository(origin: string, repository: string): Promise<RepositoryClone> {
	const { github } = await describePlayground(origin);
	const top = await mkdtemp(join(tmpdir(), "bobbin-clone-"));
	const url = new URL(`${github.url}/${repository}.git`);
	Object.assign(url, { username: "x-access-token", password: github.token });
	const env = {
		PATH: process.env.PATH ?? "",
		HOME: top,
		...{ GIT_AUTHOR_NAME: "Zoe", GIT_AUTHOR_EMAIL: "zoe@example.com" },
		...{ GIT_COMMITTER_NAME: "Zoe", GIT_COMMITTER_EMAIL: "zoe@example.com" },
	};
	const dir = join(top, "clone");
	await promisify(execFile)("git", ["clone", "-q", url.href, dir], { env });
	return {
		dir,
		async run(script) {
			const { stdout } = await promisify(execFile)("bash", ["-ec", script], { cwd: dir, env });
			return stdout.trim();
		},
		remove: () => rm(top, { recursive: true, force: true }),
	};
}

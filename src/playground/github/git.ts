import { type ChildProcessWithoutNullStreams, execFile, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** git ended with an exit code that is not 0. */
export class GitError extends Error {
	override readonly name = "GitError";
	readonly exitCode: number | null;
	constructor(args: string[], exitCode: number | null, stderr: string) {
		super(`git ${args[0]} ended with ${exitCode}: ${stderr.trim().slice(0, 2000)}`);
		this.exitCode = exitCode;
	}
}

interface GitCall {
	input?: string | Uint8Array;
	env?: Record<string, string>;
}

export interface Git {
	rootDir: string;
	/** The folder of a bare repository. */
	path(repository: { owner: string; name: string }): string;
	/** Runs git in a folder and gives what it printed. Throws GitError. */
	run(folder: string, args: string[], call?: GitCall): Promise<string>;
	/** The same for what is no text. */
	read(folder: string, args: string[]): Promise<Buffer>;
	/** Starts git with pipes, for what streams. */
	start(args: string[], env: Record<string, string>): ChildProcessWithoutNullStreams;
}

// Who the hook refuses is decided here, by the list it gets; the words are the ones GitHub prints.
const UPDATE_HOOK = `#!/bin/sh
for protected in $PLAYGROUND_PROTECTED_REFS; do
	if [ "$1" = "$protected" ]; then
		echo "error: GH006: Protected branch update failed for $1." >&2
		echo "error: Changes must be made through a pull request." >&2
		exit 1
	fi
done
exit 0
`;

const CONFIG = (hooks: string) => `[safe]
	directory = *
[init]
	defaultBranch = main
[core]
	hooksPath = "${hooks}"
[http]
	receivepack = true
[gc]
	auto = 0
[receive]
	autogc = false
[uploadpack]
	allowReachableSHA1InWant = true
	allowFilter = true
`;

/** The system's git on bare repositories under `rootDir`, with a configuration of its own: nobody's ~/.gitconfig counts. */
export function createGit(rootDir: string): Git {
	const home = join(rootDir, ".home");
	const hooks = join(home, "hooks");
	mkdirSync(hooks, { recursive: true });
	writeFileSync(join(hooks, "update"), UPDATE_HOOK, { mode: 0o755 });
	writeFileSync(join(home, ".gitconfig"), CONFIG(hooks));
	// `env` adds to what this process has, so that git is found as the user finds it.
	const settings = (env: Record<string, string>) =>
		Object.entries({ HOME: home, XDG_CONFIG_HOME: home, GIT_CONFIG_NOSYSTEM: "1", LC_ALL: "C", ...env }).map(
			([name, value]) => `${name}=${value}`,
		);
	return {
		rootDir,
		path: ({ owner, name }) => join(rootDir, owner.toLowerCase(), `${name.toLowerCase()}.git`),
		run: (folder, args, call = {}) =>
			new Promise((resolve, reject) => {
				const child = execFile(
					"env",
					[...settings(call.env ?? {}), "git", "-C", folder, ...args],
					{ maxBuffer: 64 * 1024 * 1024 },
					(error, stdout, stderr) => {
						if (error === null) resolve(stdout);
						else reject(new GitError(args, typeof error.code === "number" ? error.code : null, stderr));
					},
				);
				// git may end before it has read everything; its exit code tells, not the pipe.
				child.stdin?.on("error", () => {});
				child.stdin?.end(call.input ?? "");
			}),
		read: (folder, args) =>
			new Promise((resolve, reject) => {
				const whole = [...settings({}), "git", "-C", folder, ...args];
				const options = { maxBuffer: 64 * 1024 * 1024, encoding: "buffer" } as const;
				execFile("env", whole, options, (error, stdout, stderr) => {
					if (error === null) resolve(stdout);
					else reject(new GitError(args, typeof error.code === "number" ? error.code : null, String(stderr)));
				});
			}),
		start: (args, env) => spawn("env", [...settings(env), "git", ...args]),
	};
}

import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

export const ORDINARY = ["--user", "--keep-caps", "--map-user=1000", "--map-group=1000"];
export const ROOT_OF_CONTAINER = ["--user", "--keep-caps", "--map-root-user"];

/**
 * Runs a script that has a `provider` of local sandboxes in a world of its own: another user, without bubblewrap, with a
 * kernel that refuses namespaces.
 *
 * @param user how the world's users are ours, as `unshare` takes it; none: as here
 * @param world shell commands that change the world first
 * @returns what the script printed
 */
export async function runWhere(user: string[], world: string, script: string): Promise<string> {
	const provider = new URL("../../sandbox/providers/local/local-provider.ts", import.meta.url).href;
	const setting = `
		const { createLocalProvider } = await import(${JSON.stringify(provider)});
		const provider = createLocalProvider({
			rootDir: process.argv[1] + "/root", nodeBinary: process.execPath, opencodeBinary: null,
			guestDir: process.argv[1] + "/guest", gateway() {}, isolation: "full", allowHosts: [], memoryMiB: 256,
			diskMiB: 256,
			log: { info() {}, warn: console.error },
		});
		${script}
		await provider.close();`;
	const dir = await mkdtemp("/tmp/bobbin-world-");
	await chmod(dir, 0o755);
	await mkdir(join(dir, "guest"));
	const command = `${world} exec setpriv --ambient-caps=-all --inh-caps=-all "$0" --input-type=module-typescript -e "$1" "$2"`;
	const unshare = ["--mount", ...user, "--fork", "bash", "-c", command];
	try {
		const run = promisify(execFile);
		const { stdout } = await run("unshare", [...unshare, process.execPath, setting, dir], {
			env: { PATH: "/usr/sbin:/usr/bin" },
		});
		return stdout;
	} finally {
		await rm(dir, { recursive: true });
	}
}

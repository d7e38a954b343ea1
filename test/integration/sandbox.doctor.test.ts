import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { examine } from "../../sandbox/providers/local/doctor.ts";

test("says what to install where bubblewrap is missing", async () => {
	const report = await examine({ isolation: "full", limitsEnforced: true, uid: null, path: "/nonexistent" });
	expect(report.ok).toBe(false);
	expect(report.problems).toMatchObject([
		{ code: "bwrap_missing", fix: expect.stringContaining("apt-get install -y bubblewrap") },
	]);
});

test("needs nothing and promises nothing where no isolation was asked for", async () => {
	const report = await examine({ isolation: "none", limitsEnforced: false, uid: null, path: "/nonexistent" });
	expect(report).toMatchObject({
		ok: true,
		capabilities: { isolation: "none", networkPolicy: false, limitsEnforced: false },
	});
});

/** Runs a script in a world of its own: without bubblewrap, or with a kernel that refuses namespaces. */
async function runWhere(user: string[], world: string, script: string): Promise<string> {
	const provider = new URL("../../sandbox/providers/local/local-provider.ts", import.meta.url).href;
	const setting = `
		const { createLocalProvider } = await import(${JSON.stringify(provider)});
		const provider = createLocalProvider({
			rootDir: process.argv[1] + "/root", nodeBinary: process.execPath, opencodeBinary: null,
			guestDir: process.argv[1] + "/guest", gateway() {}, isolation: "full", allowHosts: [], memoryMiB: 256, log: console,
		});
		${script}
		await provider.close();`;
	const dir = await mkdtemp("/tmp/bobbin-doctor-");
	await chmod(dir, 0o755);
	await mkdir(join(dir, "guest"));
	const command = `${world} exec setpriv --ambient-caps=-all --inh-caps=-all "$0" --input-type=module-typescript -e "$1" "$2"`;
	const unshare = ["--mount", "--user", ...user, "--keep-caps", "--fork", "bash", "-c", command];
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
const REPORT = `
	console.log(JSON.stringify((await provider.doctor()).problems[0]));
	await provider.create({ name: "x" }).catch((error) => console.log(error.code, error.message));
	console.log(JSON.stringify(await provider.list()));`;

const ORDINARY = ["--map-user=1000", "--map-group=1000"];

test("creating says what the doctor says: bubblewrap is not there", async () => {
	const said = await runWhere(ORDINARY, "mount --bind /dev/null /usr/bin/bwrap;", REPORT);
	expect(said).toContain('"code":"bwrap_missing"');
	expect(said).toMatch(/^unsupported bubblewrap is not installed.*apt-get install -y bubblewrap/m);
	expect(said).toMatch(/^\[\]$/m);
});

test("creating says what the doctor says: namespaces are refused", async () => {
	const said = await runWhere(ORDINARY, "echo 0 > /proc/sys/user/max_user_namespaces;", REPORT);
	expect(said).toContain('"code":"namespaces_refused"');
	expect(said).toMatch(
		/^unsupported This system does not let bubblewrap .*sysctl -w user.max_user_namespaces/ms,
	);
});

test("creating says what the doctor says: the root of a container with few user ids", async () => {
	const said = await runWhere(["--map-root-user"], "", REPORT);
	expect(said).toMatch(/^unsupported Bobbin runs as the root of a container that has no user id 200000/m);
	expect(said).toMatch(/^\[\]$/m);
});

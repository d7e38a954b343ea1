import { chmod, chown, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** The folders of one sandbox. */
export interface Layout {
	dir: string;
	record: string;
	log: string;
	/** Written by the provider, read-only inside: settings and the sockets of both sides. */
	host: string;
	/** Where the daemon's socket is born; gone once we have that. */
	birth: string;
	/** Written inside: journals, secrets. Emptied at every start. */
	run: string;
	tmp: string;
	/** /dev/shm; null: in memory, within the limit of that. */
	shm: string | null;
	etc: string;
	/** The agent's home. Where it has layers, they are mounted here, and only the sandbox's own processes see them. */
	home: string;
	/** A home with layers: what was changed in it, and the kernel's folder for that. */
	upper: string;
	work: string;
	/** The file system that all written inside goes to, where the disk has a limit, and where it is mounted. */
	diskFile: string;
	disk: string;
	/** There while somebody holds all processes. */
	frozen: string;
}

export function layOut(sandboxesDir: string, name: string): Layout {
	const dir = join(sandboxesDir, name);
	return {
		dir,
		record: join(dir, "record.json"),
		log: join(dir, "daemon.log"),
		host: join(dir, "host"),
		birth: join(dir, "birth"),
		run: join(dir, "run"),
		tmp: join(dir, "tmp"),
		shm: null,
		etc: join(dir, "etc"),
		home: join(dir, "home"),
		upper: join(dir, "upper"),
		work: join(dir, "work"),
		diskFile: join(dir, "disk.ext4"),
		disk: join(dir, "disk"),
		frozen: join(dir, "frozen.json"),
	};
}

/** Other users must pass through it, under any umask; one that is there already is left as it is. */
export async function openRoot(rootDir: string): Promise<void> {
	if ((await mkdir(rootDir, { recursive: true })) !== undefined) await chmod(rootDir, 0o755);
}

/** The few files of /etc that a sandbox has of its own. */
export const ETC_FILES = {
	passwd: "root:x:0:0::/root:/usr/sbin/nologin\nagent:x:1000:1000::/home/agent:/bin/bash\n",
	group: "root:x:0:\nagent:x:1000:\n",
	hosts: "127.0.0.1 localhost\n::1 localhost\n",
	"resolv.conf": "# Names are resolved by the egress proxy.\n",
	"nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
};

/**
 * Makes the folders ready for a start: what a run leaves behind is cleared, the home is kept.
 *
 * @param uid who owns what is written inside, where that is another user than ours
 * @param on what is mounted: layers at the home, a disk that holds the folders that are written inside
 */
export async function prepareLayout(
	layout: Layout,
	uid: number | null,
	on: { layers: boolean; disk: boolean },
): Promise<void> {
	const cleared = [layout.birth, layout.host, ...(on.disk ? [] : [layout.run, layout.tmp])];
	await Promise.all(cleared.map((dir) => rm(dir, { recursive: true, force: true })));
	const files = [layout.run, layout.tmp, layout.home, ...(on.layers ? [layout.upper] : [])];
	const written = [layout.birth, ...(on.disk ? [] : files)];
	const mounted = on.disk ? [layout.disk] : on.layers ? [layout.work] : [];
	const ours = [layout.dir, layout.host, layout.etc, ...mounted];
	for (const dir of [...ours, ...written]) await mkdir(dir, { recursive: true });
	await Promise.all(Object.entries(ETC_FILES).map(([name, text]) => writeFile(join(layout.etc, name), text)));
	// Modes are set afterwards, so that they hold under any umask.
	await chmod(layout.etc, 0o755);
	await Promise.all(Object.keys(ETC_FILES).map((name) => chmod(join(layout.etc, name), 0o644)));
	await chmod(layout.dir, 0o750);
	await chmod(layout.host, 0o750);
	if (uid !== null) {
		// The owner's group is the sandbox's: its user may pass, other users of this machine may not.
		await Promise.all([layout.dir, layout.host].map((dir) => chown(dir, process.getuid?.() ?? 0, uid)));
		await Promise.all(written.map((dir) => chown(dir, uid, uid)));
	}
	await Promise.all(written.map((dir) => chmod(dir, 0o700)));
}

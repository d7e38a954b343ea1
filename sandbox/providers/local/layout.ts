import { chmod, chown, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** The folders of one sandbox. */
export interface Layout {
	dir: string;
	record: string;
	log: string;
	/** Written by the provider, read-only inside: settings and the sockets of both sides. */
	host: string;
	/** Written inside: the daemon's socket at its birth, journals. Emptied at every start. */
	run: string;
	tmp: string;
	etc: string;
	/** The agent's home: the only folder that survives a stop. */
	home: string;
}

export function layOut(sandboxesDir: string, name: string): Layout {
	const dir = join(sandboxesDir, name);
	return {
		dir,
		record: join(dir, "record.json"),
		log: join(dir, "daemon.log"),
		host: join(dir, "host"),
		run: join(dir, "run"),
		tmp: join(dir, "tmp"),
		etc: join(dir, "etc"),
		home: join(dir, "home"),
	};
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
 */
export async function prepareLayout(layout: Layout, uid: number | null): Promise<void> {
	await Promise.all(
		[layout.run, layout.tmp, layout.host].map((dir) => rm(dir, { recursive: true, force: true })),
	);
	for (const dir of [layout.dir, layout.host, layout.etc, layout.run, layout.tmp, layout.home]) {
		await mkdir(dir, { recursive: true });
	}
	const files = Object.entries(ETC_FILES).map(([name, text]) => writeFile(join(layout.etc, name), text));
	await Promise.all(files);
	// Modes are set afterwards, so that they hold under any umask.
	await chmod(layout.etc, 0o755);
	await Promise.all(Object.keys(ETC_FILES).map((name) => chmod(join(layout.etc, name), 0o644)));
	await chmod(layout.dir, 0o750);
	await chmod(layout.host, 0o750);
	if (uid !== null) {
		// The owner's group is the sandbox's: its user may pass, other users of this machine may not.
		await Promise.all([layout.dir, layout.host].map((dir) => chown(dir, process.getuid?.() ?? 0, uid)));
		await Promise.all([layout.run, layout.tmp, layout.home].map((dir) => chown(dir, uid, uid)));
	}
	await Promise.all([layout.run, layout.tmp, layout.home].map((dir) => chmod(dir, 0o700)));
}

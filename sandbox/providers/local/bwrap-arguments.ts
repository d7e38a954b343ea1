import { ETC_FILES, type Layout } from "./layout.ts";

/** Paths inside an isolated sandbox. */
export const INSIDE = { home: "/home/agent", tools: "/opt/bobbin", own: "/run/bobbin" };

/** Files and folders of the host's /etc that programs need and that tell nothing. */
const HOST_ETC = [
	"ssl/certs",
	"ssl/openssl.cnf",
	"ca-certificates",
	"pki/tls/certs",
	"pki/ca-trust",
	"alternatives",
	"ld.so.cache",
	"ld.so.conf",
	"ld.so.conf.d",
	"localtime",
	"protocols",
	"services",
	"mime.types",
];

/** The namespaces of a sandbox: also what the doctor tries. */
export const NAMESPACES = [
	"--unshare-user",
	"--unshare-pid",
	"--unshare-ipc",
	"--unshare-uts",
	"--unshare-net",
	"--new-session",
];

/** The system's programs, read-only. `topFolders` are those of /bin, /lib … that are no links to /usr. */
export function systemArguments(topFolders: string[]): string[] {
	const links = ["bin", "sbin", "lib", "lib64"].filter((name) => !topFolders.includes(`/${name}`));
	return [
		...["--ro-bind", "/usr", "/usr"],
		...topFolders.flatMap((folder) => ["--ro-bind", folder, folder]),
		...links.flatMap((name) => ["--symlink", `usr/${name}`, `/${name}`]),
		...["--proc", "/proc", "--dev", "/dev"],
	];
}

/**
 * What bubblewrap is told. The root is composed of few parts and never the host's: bubblewrap that is run by root would
 * otherwise still read root's files. No `--die-with-parent`: a sandbox outlives the process that made it.
 */
export function composeArguments(sandbox: {
	layout: Layout;
	hostname: string;
	toolsDir: string;
	topFolders: string[];
	command: string[];
}): string[] {
	const { layout, hostname, toolsDir, topFolders, command } = sandbox;
	return [
		...NAMESPACES,
		...systemArguments(topFolders),
		...HOST_ETC.flatMap((name) => ["--ro-bind-try", `/etc/${name}`, `/etc/${name}`]),
		...Object.keys(ETC_FILES).flatMap((name) => ["--ro-bind", `${layout.etc}/${name}`, `/etc/${name}`]),
		...(layout.shm === null ? [] : ["--bind", layout.shm, "/dev/shm"]),
		// In memory too, and without a size.
		...["--remount-ro", "/dev"],
		...["--bind", layout.tmp, "/tmp"],
		...["--symlink", "../tmp", "/var/tmp"],
		...["--ro-bind", toolsDir, INSIDE.tools],
		...["--bind", layout.run, `${INSIDE.own}/run`],
		...["--bind", layout.birth, `${INSIDE.own}/birth`],
		...["--ro-bind", layout.host, `${INSIDE.own}/host`],
		...["--bind", layout.home, INSIDE.home],
		...["--remount-ro", "/"],
		...["--uid", "1000", "--gid", "1000", "--hostname", hostname],
		...["--chdir", INSIDE.own, "--clearenv", "--cap-drop", "ALL"],
		"--",
		...command,
	];
}

import { readFile } from "node:fs/promises";
import type { Capabilities, DoctorReport } from "../../provider.ts";
import { NAMESPACES, systemArguments } from "./bwrap-arguments.ts";
import { dropUser, findTopFolders, SYSTEM_PATH } from "./launch.ts";
import { runProgram } from "./run-program.ts";
import { hasCode } from "./sandbox-failure.ts";

const TRY_WITHIN_MS = 10_000;
const INSTALL = "apt-get install -y bubblewrap (Debian, Ubuntu) or dnf install -y bubblewrap (Fedora)";

type Problem = DoctorReport["problems"][number];

/** Really starts something in a sandbox's namespaces, and says what is missing and how to mend it. */
export async function examine(options: {
	isolation: "full" | "none";
	limitsEnforced: boolean;
	uid: number | null;
	/** Whether the homes of sandboxes can be made of layers. */
	layers?: boolean;
	/** Whether what a sandbox writes has a limit. */
	diskLimited?: boolean;
	/** Where bubblewrap is looked for. */
	path?: string;
}): Promise<DoctorReport> {
	const isolated = options.isolation === "full";
	const capabilities: Capabilities = {
		isolation: isolated ? "namespace" : "none",
		limitsEnforced: options.limitsEnforced,
		diskLimited: options.diskLimited ?? false,
		networkPolicy: isolated,
		survivesOwner: true,
		snapshots: options.layers ? "layers" : "copies",
		snapshotsRunning: process.platform === "linux",
	};
	const problem = isolated ? await findProblem(options.uid, options.path ?? SYSTEM_PATH) : null;
	return { ok: problem === null, capabilities, problems: problem === null ? [] : [problem] };
}

async function findProblem(uid: number | null, path: string): Promise<Problem | null> {
	if (process.platform !== "linux") {
		return {
			code: "not_linux",
			message: `The local sandbox needs Linux; this is ${process.platform}.`,
			fix: "Run Bobbin on Linux, or set SANDBOX_ISOLATION=none to run agents without isolation.",
		};
	}
	const programs = ["bash", "git"].map(
		(name) => `command -v ${name} >/dev/null || { echo ${name} is missing; exit 9; }`,
	);
	const trial = [
		"bwrap",
		...NAMESPACES,
		...systemArguments(await findTopFolders()),
		"--",
		"sh",
		"-c",
		programs.join("; "),
	];
	const missing = await runProgram(["bwrap", "--version"], { path, timeoutMs: TRY_WITHIN_MS });
	if (missing.outcome === "missing") {
		return {
			code: "bwrap_missing",
			message: "bubblewrap is not installed; sandboxes are made with it.",
			fix: INSTALL,
		};
	}
	if (uid !== null && !(await hasUserId(uid))) {
		return {
			code: "user_ids_missing",
			message: `Bobbin runs as the root of a container that has no user id ${uid}, and a sandbox must not be root.`,
			fix: "Run Bobbin as an ordinary user of that container, or give the container more user ids (for example in /etc/subuid).",
		};
	}
	const result = await runProgram(dropUser(uid, trial), { path, timeoutMs: TRY_WITHIN_MS });
	if (result.outcome === "done" && result.exitCode === 0) return null;
	const said = result.outcome === "done" ? result.output.trim() : "setpriv (util-linux) is missing";
	if (result.outcome === "done" && result.exitCode === 9) {
		return {
			code: "program_missing",
			message: `A sandbox needs programs of this machine: ${said}.`,
			fix: "apt-get install -y bash git",
		};
	}
	return {
		code: "namespaces_refused",
		message: `This system does not let bubblewrap make its namespaces: ${said}`,
		fix: await findNamespaceFix(),
	};
}

/** Whether our user namespace knows the id: user_namespaces(7), lines of "first inside, first outside, count". */
async function hasUserId(uid: number): Promise<boolean> {
	const ranges = (await readFile("/proc/self/uid_map", "utf8")).trim().split("\n");
	return ranges.some((range) => {
		const [first = 0, , count = 0] = range.trim().split(/\s+/).map(Number);
		return uid >= first && uid < first + count;
	});
}

async function findNamespaceFix(): Promise<string> {
	if ((await readSetting("kernel/apparmor_restrict_unprivileged_userns")) === "1") {
		return "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or give /usr/bin/bwrap an AppArmor profile with the rule `userns,`";
	}
	if ((await readSetting("kernel/unprivileged_userns_clone")) === "0") {
		return "sysctl -w kernel.unprivileged_userns_clone=1";
	}
	if ((await readSetting("user/max_user_namespaces")) === "0")
		return "sysctl -w user.max_user_namespaces=15000";
	return "In a container, start it with --security-opt seccomp=unconfined --security-opt apparmor=unconfined (Docker's default profile refuses user namespaces).";
}

async function readSetting(name: string): Promise<string | null> {
	try {
		return (await readFile(`/proc/sys/${name}`, "utf8")).trim();
	} catch (error) {
		if (hasCode(error, "ENOENT", "EACCES")) return null;
		throw error;
	}
}

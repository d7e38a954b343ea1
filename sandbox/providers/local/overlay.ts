import { randomUUID } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { SYSTEM_PATH } from "./launch.ts";
import { type Layout, openRoot } from "./layout.ts";
import { removeTree } from "./remove-tree.ts";
import { type ProgramRun, runProgram } from "./run-program.ts";

const TRY_WITHIN_MS = 10_000;

/** In the layers folder, because the kernel takes one page of options and so the layers' names must be short. */
const MOUNT_AND_GO = '(cd "$1" && exec mount -t overlay -o "$2" overlay "$3") && shift 3 && exec "$@"';

interface Overlay {
	/** The folder that the other paths, except `at`, are relative to. */
	layersDir: string;
	/** Newest first. */
	layers: string[];
	/** null: read-only. `work` is on the same file system as `upper`. */
	writable: { upper: string; work: string } | null;
	/** Absolute path of a folder. */
	at: string;
}

const asRoot = process.getuid?.() === 0;

/**
 * The beginning of a command line: what follows it may mount. The mounts are in a namespace of their own, so they end
 * with its last process, also after SIGKILL, and nothing is ever left to be unmounted.
 */
export const IN_OWN_MOUNTS = [
	"unshare",
	...(asRoot ? ["--mount"] : ["--user", "--map-root-user", "--mount"]),
	"--",
];

/** Part of a command line that runs in mounts of its own: what follows it sees the layers as one folder. */
export function mountLayers({ layersDir, layers, writable, at }: Overlay): string[] {
	const options = [
		`lowerdir=${layers.join(":")}`,
		...(writable ? [`upperdir=${writable.upper}`, `workdir=${writable.work}`] : []),
		// Layers are copies: what names files of other layers by their number (index, metacopy) would not hold.
		...["index=off", "metacopy=off"],
		// With redirects a folder of a lower layer is renamed as anywhere else; only root's layers can have them.
		asRoot ? "redirect_dir=on" : "userxattr",
	];
	return ["sh", "-c", MOUNT_AND_GO, "sh", layersDir, options.join(","), at];
}

/** The same for a sandbox's home: what is written goes to its own folder. */
export function mountHome(layersDir: string, layout: Layout, layers: string[]): string[] {
	const [upper, work] = [layout.upper, layout.work].map((dir) => relative(layersDir, dir));
	return mountLayers({
		layersDir,
		layers,
		writable: { upper: upper ?? "", work: work ?? "" },
		at: layout.home,
	});
}

/** Really makes layers below the folder, changes what is in them, and says whether that works here. */
export async function canOverlay(rootDir: string): Promise<boolean> {
	if (process.platform !== "linux") return false;
	const dir = join(rootDir, "trash", `trial-${randomUUID()}`);
	await openRoot(rootDir);
	await mkdir(join(rootDir, "trash"), { recursive: true, mode: 0o700 });
	try {
		for (const name of ["lower/folder/inner", "lower/again/inner", "upper", "work", "at"]) {
			await mkdir(join(dir, name), { recursive: true });
		}
		await writeFile(join(dir, "lower/file"), "");
		const overlay = mountLayers({
			layersDir: dir,
			layers: ["lower"],
			writable: { upper: "upper", work: "work" },
			at: join(dir, "at"),
		});
		const change =
			'cd "$1" && rm file && rm -r again && mkdir again && mv folder moved && echo x > moved/x && [ -d moved/inner ] && [ ! -e again/inner ]';
		const tried: ProgramRun = await runProgram(
			[...IN_OWN_MOUNTS, ...overlay, "sh", "-c", change, "sh", join(dir, "at")],
			{
				path: SYSTEM_PATH,
				timeoutMs: TRY_WITHIN_MS,
			},
		);
		return tried.outcome === "done" && tried.exitCode === 0;
	} finally {
		await removeTree(dir);
	}
}

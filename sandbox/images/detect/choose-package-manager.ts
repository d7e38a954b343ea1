import type { Folder } from "./folder.ts";
import type { Package } from "./read-package.ts";

export interface PackageManager {
	name: "npm" | "pnpm" | "yarn" | "bun";
	title: string;
	/** Commands that bring the program itself where it is missing. */
	bring: string[];
	install: string;
	lock: string | null;
	otherLocks: string[];
	/** What decided beside the lock file. */
	because: string | null;
}

type Name = PackageManager["name"];

// In this order where several lock files lie side by side: npm's is most often a leftover.
const LOCKS: [string, Name][] = [
	["pnpm-lock.yaml", "pnpm"],
	["yarn.lock", "yarn"],
	["bun.lock", "bun"],
	["bun.lockb", "bun"],
	["package-lock.json", "npm"],
	["npm-shrinkwrap.json", "npm"],
];

const SETTINGS: [string, Name][] = [
	[".yarnrc.yml", "yarn"],
	["pnpm-workspace.yaml", "pnpm"],
	["bunfig.toml", "bun"],
];

/** Lock files decide; where several are there, `packageManager` does. */
export function choosePackageManager(folder: Folder, read: Package): PackageManager {
	const declared = /^(npm|pnpm|yarn|bun)@(\d+(?:\.\d+)*(?:-[\w.]+)?)/.exec(read.packageManager ?? "");
	const wanted = declared?.[1];
	const locks = LOCKS.filter(([file]) => folder.has(file));
	const lock = locks.find(([, name]) => name === wanted) ?? locks[0];
	const name =
		lock?.[1] ??
		LOCKS.find(([, known]) => known === wanted)?.[1] ??
		SETTINGS.find(([settings]) => folder.has(settings))?.[1] ??
		"npm";
	const version = wanted === name ? declared?.[2] : undefined;
	const file = lock?.[0] ?? null;
	return {
		...toCommands(name, folder, version, file !== null),
		name,
		lock: file,
		otherLocks: locks.map(([other]) => other).filter((other) => other !== file),
		because: version === undefined ? null : `package.json asks for ${name} ${version}`,
	};
}

function toCommands(
	name: Name,
	folder: Folder,
	version: string | undefined,
	locked: boolean,
): Pick<PackageManager, "title" | "bring" | "install"> {
	switch (name) {
		case "npm":
			return {
				title: "npm",
				bring: [],
				install: locked ? "npm ci" : "npm install --no-package-lock",
			};
		case "pnpm":
			return {
				title: "pnpm",
				bring: [bring("pnpm", `pnpm@${version ?? toPnpmMajor(folder.read("pnpm-lock.yaml"))}`)],
				install: `pnpm install ${locked ? "--frozen-lockfile" : "--no-lockfile"}`,
			};
		case "yarn":
			return toYarn(folder, version, locked);
		case "bun":
			return {
				title: "bun",
				bring: [bring("bun", `bun@${version ?? "1"}`)],
				install: `bun install ${locked ? "--frozen-lockfile" : "--no-save"}`,
			};
	}
}

function toYarn(folder: Folder, version: string | undefined, locked: boolean) {
	const isBerry =
		folder.has(".yarnrc.yml") ||
		/^__metadata:/m.test(folder.read("yarn.lock") ?? "") ||
		(version !== undefined && Number.parseInt(version, 10) >= 2);
	if (!isBerry) {
		return {
			title: "yarn 1",
			bring: [bring("yarn", `yarn@${version ?? "1"}`)],
			install: `yarn install --non-interactive ${locked ? "--frozen-lockfile" : "--no-lockfile"}`,
		};
	}
	return {
		title: "yarn (berry)",
		// The classic one hands over to the release that lies in the repository.
		bring: [
			/^yarnPath:/m.test(folder.read(".yarnrc.yml") ?? "")
				? bring("yarn", "yarn@1")
				: bring("yarn", `@yarnpkg/cli-dist@${version ?? "4"}`),
		],
		install: `yarn install ${locked ? "--immutable" : "--no-immutable"}`,
	};
}

const bring = (program: string, spec: string) =>
	`command -v ${program} >/dev/null || npm install --global --prefix ~/.local ${spec}`;

/** pnpm's lock files say which of its versions write them: pnpm.io/next/settings, "lockfileVersion". */
function toPnpmMajor(lock: string | undefined): string {
	const written = /^lockfileVersion:\s*['"]?(\d+)/m.exec(lock ?? "")?.[1];
	return { "5": "7", "6": "8" }[written ?? ""] ?? "10";
}

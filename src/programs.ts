import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface Programs {
	/** Absolute path of the OpenCode binary, or null where there is no package for this platform. */
	opencodeBinary: string | null;
	opencodeVersion: string | null;
	/** Absolute path of `rg`, which OpenCode's search needs, or null. */
	ripgrepBinary: string | null;
	/** What is put into every sandbox. */
	guestDir: string;
}

/** Finds the programs that come with Bobbin as npm packages for this platform. */
export function findPrograms(): Programs {
	const platform = `${process.platform}-${process.arch}`;
	const opencode = findBinary(`opencode-${platform}`, "opencode");
	return {
		opencodeBinary: opencode?.binary ?? null,
		opencodeVersion: opencode?.version ?? null,
		ripgrepBinary: findBinary(`@vscode/ripgrep-${platform}`, "rg")?.binary ?? null,
		guestDir: fileURLToPath(new URL("../sandbox/guest", import.meta.url)),
	};
}

function findBinary(packageName: string, program: string): { binary: string; version: string } | null {
	for (const folder of createRequire(import.meta.url).resolve.paths(packageName) ?? []) {
		const home = join(folder, packageName);
		const binary = join(home, "bin", program);
		if (!existsSync(binary)) continue;
		const { version } = JSON.parse(readFileSync(join(home, "package.json"), "utf8")) as {
			version: string;
		};
		return { binary, version };
	}
	return null;
}

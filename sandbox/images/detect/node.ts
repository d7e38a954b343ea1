import { choosePackageManager, type PackageManager } from "./choose-package-manager.ts";
import { type Folder, firstLine, type Part, readToolVersion } from "./folder.ts";
import { guessPort } from "./guess-port.ts";
import { type Package, readPackage } from "./read-package.ts";

/** `npm init` writes this in. */
const NO_TEST = /no test specified/;

/** A folder with a package.json. */
export function detectNode(folder: Folder): Part | null {
	if (!folder.has("package.json")) return null;
	const read = readPackage(folder.read("package.json"));
	if (read === null) return { found: ["package.json is not valid JSON: nothing is done with it."] };
	const manager = choosePackageManager(folder, read);
	const { scripts } = read;
	const start = ["start", "dev"].find((name) => scripts[name]);
	const hasTest = scripts.test !== undefined && !NO_TEST.test(scripts.test);
	const version = findNodeVersion(folder, read);
	const port = start === undefined ? undefined : guessPort(scripts[start] ?? "");
	const { setup, why } = toSetup(folder, manager, read);
	return {
		setup,
		...(scripts.build ? { build: [`${manager.name} run build`] } : {}),
		...(hasTest ? { test: [`${manager.name} test`] } : {}),
		...(start === undefined ? {} : { start: toStart(manager, start) }),
		...(port === undefined ? {} : { ports: [port] }),
		...(version === undefined ? {} : { tools: { node: version.version } }),
		found: [
			...why,
			...(scripts.build ? ['package.json has a script "build"'] : []),
			...(hasTest ? ['package.json has a script "test"'] : []),
			...(start === undefined ? [] : [`package.json has a script "${start}"`]),
			...(port === undefined ? [] : [`its script "${start}" answers on port ${port}`]),
			...(version === undefined ? [] : [`${version.from} asks for Node ${version.version}`]),
		],
	};
}

function toSetup(folder: Folder, manager: PackageManager, read: Package): { setup: string[]; why: string[] } {
	const declared = [read.dependencies, read.devDependencies, read.optionalDependencies];
	const needsNothing = declared.every((list) => Object.keys(list ?? {}).length === 0);
	if (needsNothing && manager.lock === null && read.workspaces === undefined) {
		return { setup: [], why: ["package.json names no dependencies: there is nothing to install"] };
	}
	const others = manager.otherLocks.length > 0 ? ` (beside ${manager.otherLocks.join(", ")})` : "";
	const why =
		manager.lock === null
			? `package.json names dependencies, and there is no lock file: ${manager.name} installs them`
			: `${manager.lock}${others} says that ${manager.title} installs the dependencies`;
	const hint = folder.has("package.json") && manager.because !== null ? [manager.because] : [];
	return { setup: [...manager.bring, manager.install], why: [why, ...hint] };
}

function toStart({ name }: PackageManager, script: string): string {
	return script === "start" && name !== "bun" ? `${name} start` : `${name} run ${script}`;
}

const LTS: Record<string, string> = { hydrogen: "18", iron: "20", jod: "22", krypton: "24" };

function findNodeVersion(folder: Folder, read: Package): { version: string; from: string } | undefined {
	const sources: [string, string | undefined][] = [
		[".nvmrc", firstLine(folder.read(".nvmrc"))],
		[".node-version", firstLine(folder.read(".node-version"))],
		[".tool-versions", readToolVersion(folder, "nodejs", "node")],
		["package.json (volta)", read.volta.node],
		["package.json (engines)", read.engines.node],
	];
	for (const [from, said] of sources) {
		const version = said
			?.trim()
			.replace(/^v(?=\d)/, "")
			.replace(/^lts\/(\w+)$/i, (_, name: string) => LTS[name.toLowerCase()] ?? "*");
		// Any version will do.
		if (
			version === undefined ||
			version === "" ||
			/^(\*|x|lts\/\*|node|stable|latest|current)$/i.test(version)
		)
			continue;
		return { version: version.slice(0, 50), from };
	}
	return undefined;
}

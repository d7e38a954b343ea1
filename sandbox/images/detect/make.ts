import type { Folder, Part } from "./folder.ts";

const TARGETS = {
	setup: ["setup", "bootstrap", "deps"],
	build: ["build", "all"],
	test: ["test", "check", "tests"],
	start: ["start", "serve", "run"],
} as const;

/** A Makefile's targets, for what nothing else has said. */
export function detectMake(folder: Folder, said: Omit<Part, "found">, alone: boolean): Part | null {
	const file = folder.find("Makefile", "makefile", "GNUmakefile");
	if (file === undefined) return null;
	const text = folder.read(file) ?? "";
	const has = (target: string) => new RegExp(`^${target}\\s*:(?!=)`, "m").test(text);
	const pick = (step: keyof typeof TARGETS) =>
		(said[step]?.length ?? 0) > 0 ? undefined : TARGETS[step].find(has);
	// Beside another tool, these names mean too many things.
	const [setup, build] = alone ? [pick("setup"), pick("build") ?? firstTarget(text)] : [undefined, undefined];
	const [test, start] = [pick("test"), alone ? pick("start") : undefined];
	const chosen = [setup, build, test, start].filter((target) => target !== undefined);
	if (chosen.length === 0) return null;
	return {
		...(setup === undefined ? {} : { setup: [`make ${setup}`] }),
		...(build === undefined ? {} : { build: [`make ${build}`] }),
		...(test === undefined ? {} : { test: [`make ${test}`] }),
		...(start === undefined ? {} : { start: `make ${start}` }),
		found: [`${file} has ${chosen.map((target) => `"${target}"`).join(", ")}`],
	};
}

const firstTarget = (text: string) => /^([A-Za-z][\w-]*)\s*:(?!=)/m.exec(text)?.[1];

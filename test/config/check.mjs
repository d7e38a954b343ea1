// npm run check: format and lint, types, import rules, dead code. All are run, so that one run shows everything.
import { spawnSync } from "node:child_process";
import { cruise } from "dependency-cruiser";
import extractTSConfig from "dependency-cruiser/config-utl/extract-ts-config";
import boundaries from "./boundaries.mjs";

// A cruiser that cannot parse TypeScript reads nothing and finds nothing: fewer files than this is a failure.
const FEWEST_FILES = 150;

function run(title, script, args) {
	const done = spawnSync(process.execPath, [script, ...args], { stdio: "inherit" });
	console.log(`${done.status === 0 ? "ok  " : "FAIL"} ${title}`);
	return done.status === 0;
}

async function checkBoundaries() {
	const { forbidden, options } = boundaries;
	const { output } = await cruise(
		["src", "classifier", "sandbox", "migrations", "test"],
		{ ...options, validate: true, ruleSet: { forbidden } },
		undefined,
		{ tsConfig: extractTSConfig("tsconfig.json") },
	);
	const { violations, totalCruised } = output.summary;
	for (const { rule, from, to } of violations) console.log(`${rule.name}: ${from} → ${to}`);
	const enough = totalCruised >= FEWEST_FILES;
	if (!enough) console.log(`only ${totalCruised} files were read; at least ${FEWEST_FILES} are expected`);
	const ok = violations.length === 0 && enough;
	console.log(`${ok ? "ok  " : "FAIL"} import rules (${totalCruised} modules)`);
	return ok;
}

const results = [
	run("format and lint", "node_modules/@biomejs/biome/bin/biome", [
		"check",
		"--config-path=test/config/lint.json",
	]),
	run("types", "node_modules/typescript/bin/tsc", ["-p", "."]),
	run("types of the pages", "node_modules/typescript/bin/tsc", ["-p", "src/playground/slack/page"]),
	await checkBoundaries(),
	run("dead code", "node_modules/knip/bin/knip.js", ["--config", "test/config/knip.json"]),
];
process.exit(results.every(Boolean) ? 0 : 1);

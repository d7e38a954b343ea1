// Who may import whom. Every rule reads: files at `from` must not reach files at `to`.
const rule = (name, from, to) => ({ name, severity: "error", from, to });

// One vendor, one owner: the library may be named only in the places listed (and in tests).
const vendor = (name, packages, owners) =>
	rule(`vendor-${name}`, { pathNot: [...owners, "^test/"] }, { path: `(^|node_modules/)(${packages})(/|$)` });

const EDGES = "slack|http|github|agent|gateway";

export default {
	forbidden: [
		rule("no-cycles", {}, { circular: true }),
		rule(
			"composition-root-is-top",
			{ path: "^src/", pathNot: "^src/(main|app|doctor)\\.ts$" },
			{ path: "^src/(main|app|doctor)\\.ts$" },
		),
		rule(
			"the-domain-knows-no-edge",
			{ path: "^src/(sessions|images|warm|people|stats|settings|budget)/" },
			{ path: `^src/(${EDGES})/|^src/jobs/tasks/` },
		),
		rule(
			"edges-do-not-cross",
			{ path: `^src/(${EDGES})/` },
			{ path: `^src/(${EDGES})/`, pathNot: "^src/$1/" },
		),
		rule(
			"classifier-and-sandbox-stand-alone",
			{ path: "^(classifier|sandbox)/" },
			{ path: "^(src|classifier|sandbox|clients|migrations)/", pathNot: "^$1/" },
		),
		rule(
			"tasks-import-only-types",
			{ path: "^src/jobs/tasks/" },
			{ path: `^(src/(${EDGES})|classifier|sandbox)/`, dependencyTypesNot: ["type-only"] },
		),
		rule(
			"contract-imports-nothing",
			{ path: "^src/contract/" },
			{ path: "^(src|classifier|sandbox)/", pathNot: "^src/contract/" },
		),
		rule("migrations-are-frozen", { path: "^migrations/" }, { path: "^(src|classifier|sandbox)/" }),
		rule(
			"clients-see-only-the-contract",
			{ path: "^clients/" },
			{ path: "^(src|classifier|sandbox)/", pathNot: "^src/contract/" },
		),
		rule(
			"playground-stands-in-for-vendors",
			{ path: "^src/playground/" },
			{ path: "^(src|classifier|sandbox|migrations)/", pathNot: "^src/(playground/|errors\\.ts|log\\.ts)" },
		),
		rule(
			"product-never-imports-the-playground",
			{ path: "^src/", pathNot: "^src/(playground/|choose-vendors\\.ts|create-slack-door\\.ts)" },
			{ path: "^src/playground/" },
		),
		rule("source-never-imports-tests", { pathNot: "^test/" }, { path: "^test/" }),
		vendor("slack", "@slack", ["^src/slack/", "^src/playground/slack/"]),
		vendor("github", "octokit|@octokit", ["^src/github/"]),
		vendor("daytona", "@daytonaio|@daytona", ["^sandbox/providers/"]),
		vendor("opencode", "@opencode-ai", ["^src/agent/"]),
		vendor("anthropic", "@anthropic-ai", ["^classifier/"]),
		vendor("secretlint", "@secretlint", ["^src/masking/"]),
		vendor("postgres", "pg|kysely|pg-boss", [
			"^src/db/",
			"^src/jobs/",
			"^src/stats/",
			"store\\.ts$",
			"^migrations/",
		]),
	],
	options: {
		tsPreCompilationDeps: true,
		tsConfig: { fileName: "tsconfig.json" },
		doNotFollow: { path: "node_modules" },
		exclude: { path: "^src/playground/demo/" },
		enhancedResolveOptions: { extensions: [".ts", ".tsx", ".mjs", ".js"] },
	},
};

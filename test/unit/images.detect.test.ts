import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { detectRecipe } from "../../sandbox/images/detect-recipe.ts";

const detect = (files: Record<string, string>) => detectRecipe({ paths: Object.keys(files), files });
const json = (value: object) => JSON.stringify(value);
const WITH_DEPENDENCIES = { scripts: { build: "tsc", test: "vitest" }, dependencies: { hono: "4" } };

describe("the demo repositories", () => {
	const demo = fileURLToPath(new URL("../../src/playground/demo", import.meta.url));
	const read = (name: string) => {
		const paths = readdirSync(`${demo}/${name}`, { recursive: true, encoding: "utf8" }).filter(
			(path) => path.split("/").length <= 2,
		);
		const texts = paths.filter((path) => /^(package\.json|pyproject\.toml)$/.test(path));
		return detectRecipe({
			paths,
			files: Object.fromEntries(texts.map((path) => [path, readFileSync(`${demo}/${name}/${path}`, "utf8")])),
		});
	};
	test("web-shop starts and tests without an install", () => {
		const { recipe, found } = read("web-shop");
		expect(recipe).toMatchObject({
			setup: [],
			build: [],
			test: ["npm test"],
			start: "npm start",
			tools: { node: ">=24" },
		});
		expect(found).toContain("package.json names no dependencies: there is nothing to install");
	});
	test("docs-site only tests", () => {
		const { recipe } = read("docs-site");
		expect(recipe).toMatchObject({ setup: [], test: ["npm test"], start: null, tools: { node: ">=20" } });
	});
	test("py-pricing is tested by Python's own unittest", () => {
		const { recipe, found } = read("py-pricing");
		expect(recipe).toMatchObject({
			setup: [],
			test: ["python3 -m unittest discover -s tests -t ."],
			start: null,
			tools: { python: ">=3.9" },
		});
		expect(found).toContain("tests/test_money.py is a test that Python's own unittest runs");
	});
});

describe("Node", () => {
	const setupOf = (files: Record<string, string>, read: object = WITH_DEPENDENCIES) =>
		detect({ "package.json": json(read), ...files }).recipe.setup;

	test.each<[string, Record<string, string>, object, string[]]>([
		["npm", { "package-lock.json": "" }, WITH_DEPENDENCIES, ["npm ci"]],
		["npm without a lock", {}, WITH_DEPENDENCIES, ["npm install --no-package-lock"]],
		[
			"pnpm",
			{ "pnpm-lock.yaml": "lockfileVersion: '6.0'\n" },
			WITH_DEPENDENCIES,
			[
				"command -v pnpm >/dev/null || npm install --global --prefix ~/.local pnpm@8",
				"pnpm install --frozen-lockfile",
			],
		],
		[
			"yarn 1",
			{ "yarn.lock": "# yarn lockfile v1\n" },
			WITH_DEPENDENCIES,
			[expect.stringContaining("yarn@1"), "yarn install --non-interactive --frozen-lockfile"],
		],
		[
			"yarn berry by its lock",
			{ "yarn.lock": "# generated\n__metadata:\n  version: 8\n" },
			WITH_DEPENDENCIES,
			[expect.stringContaining("@yarnpkg/cli-dist@4"), "yarn install --immutable"],
		],
		[
			"yarn berry in the repository",
			{ "yarn.lock": "", ".yarnrc.yml": "yarnPath: .yarn/releases/yarn-4.1.0.cjs\n" },
			WITH_DEPENDENCIES,
			[expect.stringContaining("yarn@1"), "yarn install --immutable"],
		],
		[
			"yarn berry by its settings alone",
			{ ".yarnrc.yml": "nodeLinker: node-modules\n" },
			WITH_DEPENDENCIES,
			[expect.stringContaining("@yarnpkg/cli-dist@4"), "yarn install --no-immutable"],
		],
		[
			"bun",
			{ "bun.lock": "" },
			WITH_DEPENDENCIES,
			[expect.stringContaining("bun@1"), "bun install --frozen-lockfile"],
		],
		[
			"what packageManager says among several locks",
			{ "yarn.lock": "", "package-lock.json": "" },
			{ ...WITH_DEPENDENCIES, packageManager: "npm@10.2.0" },
			["npm ci"],
		],
		[
			"pnpm among several locks",
			{ "package-lock.json": "", "pnpm-lock.yaml": "lockfileVersion: '9.0'\n" },
			WITH_DEPENDENCIES,
			[expect.stringContaining("pnpm@10"), "pnpm install --frozen-lockfile"],
		],
		[
			"the version that packageManager says",
			{ "pnpm-lock.yaml": "" },
			{ ...WITH_DEPENDENCIES, packageManager: "pnpm@9.1.0+sha512.abc" },
			[expect.stringContaining(" pnpm@9.1.0"), "pnpm install --frozen-lockfile"],
		],
		["nothing for a package.json that needs nothing", {}, { scripts: { test: "node --test" } }, []],
	])("installs with %s", (_, files, read, setup) => {
		expect(setupOf(files, read)).toEqual(setup);
	});

	test("scripts give build, test, start and its port", () => {
		const scripts = { build: "next build", test: "jest", dev: "next dev", start: "next start -p 4000" };
		expect(detect({ "package.json": json({ scripts }), "pnpm-lock.yaml": "" }).recipe).toMatchObject({
			build: ["pnpm run build"],
			test: ["pnpm test"],
			start: "pnpm start",
			ports: [4000],
		});
		expect(detect({ "package.json": json({ scripts: { dev: "vite" } }) }).recipe).toMatchObject({
			start: "npm run dev",
			ports: [5173],
		});
	});
	test("npm's placeholder is no test", () => {
		const scripts = { test: 'echo "Error: no test specified" && exit 1' };
		expect(detect({ "package.json": json({ scripts }) }).recipe.test).toEqual([]);
	});
	test.each<[string, Record<string, string>, string | undefined]>([
		[
			".nvmrc before engines",
			{ ".nvmrc": "v20.11.0\n", "package.json": json({ engines: { node: ">=18" } }) },
			"20.11.0",
		],
		["a name of .nvmrc", { ".nvmrc": "lts/iron", "package.json": "{}" }, "20"],
		["any version of .nvmrc", { ".nvmrc": "lts/*", "package.json": "{}" }, undefined],
		[".node-version", { ".node-version": "# ours\n22\n", "package.json": "{}" }, "22"],
		[".tool-versions", { ".tool-versions": "ruby 3.3.0\nnodejs 18.19.0\n", "package.json": "{}" }, "18.19.0"],
		["engines", { "package.json": json({ engines: { node: "^20 || >=22" } }) }, "^20 || >=22"],
	])("the version is that of %s", (_, files, version) => {
		expect(detect(files).recipe.tools.node).toBe(version);
	});
	test("a package.json that is no JSON is said and passed over", () => {
		const { recipe, found } = detect({ "package.json": "{oops", "go.mod": "module x\n\ngo 1.22\n" });
		expect(recipe.test).toEqual(["go test ./..."]);
		expect(found[0]).toBe("package.json is not valid JSON: nothing is done with it.");
	});
	test("odd values in a package.json do no harm", () => {
		const odd = { scripts: [1], engines: "20", packageManager: 4, dependencies: "all", volta: null };
		expect(detect({ "package.json": json(odd) }).recipe).toMatchObject({ setup: [], test: [], start: null });
	});
});

describe("other languages", () => {
	test.each<[string, Record<string, string>, object]>([
		[
			"uv",
			{
				"pyproject.toml": '[dependency-groups]\ndev = ["pytest"]\n',
				"uv.lock": "",
				".python-version": "3.12\n",
			},
			{
				setup: ["command -v uv >/dev/null || python3 -m pip install --user uv", "uv sync --frozen"],
				test: ["uv run --frozen pytest"],
				tools: { python: "3.12" },
			},
		],
		[
			"poetry",
			{
				"pyproject.toml": '[tool.poetry.dependencies]\npython = "^3.11"\n',
				"poetry.lock": "",
				"conftest.py": "",
			},
			{
				setup: [expect.anything(), "poetry install"],
				test: ["poetry run pytest"],
				tools: { python: "^3.11" },
			},
		],
		[
			"pip with requirements",
			{ "requirements.txt": "flask\n", "requirements-dev.txt": "pytest\n" },
			{
				setup: ["python3 -m venv .venv", ".venv/bin/pip install -r requirements.txt -r requirements-dev.txt"],
				test: [".venv/bin/pytest"],
			},
		],
		[
			"pip with a package",
			{
				"pyproject.toml":
					'[build-system]\nrequires = []\n\n[project.optional-dependencies]\ndev = ["pytest"]\n\n[tool.x]\ntest = 1\n',
			},
			{ setup: ["python3 -m venv .venv", '.venv/bin/pip install -e ".[dev]"'], test: [".venv/bin/pytest"] },
		],
		[
			"Django",
			{ "manage.py": "", "requirements.txt": "django" },
			{
				test: [".venv/bin/python manage.py test"],
				start: ".venv/bin/python manage.py runserver 8000",
				ports: [8000],
			},
		],
		[
			"Go",
			{ "go.mod": "module x\n\ngo 1.22.1\n", "main.go": "" },
			{ setup: ["go mod download"], build: ["go build ./..."], start: "go run .", tools: { go: ">=1.22.1" } },
		],
		[
			"cargo",
			{ "Cargo.toml": "", "Cargo.lock": "", "rust-toolchain.toml": '[toolchain]\nchannel = "1.80"\n' },
			{ setup: ["cargo fetch --locked"], test: ["cargo test --locked"], tools: { rust: "1.80" } },
		],
		[
			"Maven, by its wrapper",
			{ "pom.xml": "", mvnw: "" },
			{ build: ["sh ./mvnw -B -ntp -DskipTests package"], test: ["sh ./mvnw -B -ntp test"] },
		],
		["Maven", { "pom.xml": "" }, { test: ["mvn -B -ntp test"] }],
		[
			"Gradle, by its wrapper",
			{ "build.gradle.kts": "", gradlew: "", ".java-version": "temurin-17.0.1" },
			{ test: ["sh ./gradlew --no-daemon --console=plain test"], tools: { java: "17.0.1" } },
		],
		[
			"bundler and Rails",
			{ Gemfile: 'ruby "3.3.0"\n', "Gemfile.lock": "", "bin/rails": "" },
			{
				setup: [expect.stringContaining("path"), expect.stringContaining("frozen"), "bundle install"],
				test: ["bundle exec bin/rails test"],
				ports: [3000],
				tools: { ruby: "3.3.0" },
			},
		],
		[
			"make",
			{ Makefile: "CC := gcc\n.PHONY: all\nall: x\n\tgcc\ntest:\n\t./x\ndeps:\n\ttrue\n" },
			{ setup: ["make deps"], build: ["make all"], test: ["make test"], start: null },
		],
	])("%s", (_, files, recipe) => {
		expect(detect(files).recipe).toMatchObject(recipe);
	});
});

describe("several kinds at once", () => {
	test("all of the root are taken", () => {
		const { recipe } = detect({
			Gemfile: "",
			"package.json": json(WITH_DEPENDENCIES),
			"package-lock.json": "",
			"go.mod": "module x",
		});
		expect(recipe.setup).toEqual([
			"npm ci",
			expect.stringContaining("bundle config"),
			"bundle install",
			"go mod download",
		]);
		expect(recipe.test).toEqual(["npm test", "go test ./..."]);
	});
	test("folders are looked into for what the root has not, and the commands go there", () => {
		const { recipe, found } = detect({
			"web/package.json": json({ ...WITH_DEPENDENCIES, scripts: { start: "vite", test: "vitest" } }),
			"web/pnpm-lock.yaml": "",
			"our api/requirements.txt": "pytest",
			"examples/go.mod": "",
		});
		expect(recipe).toMatchObject({
			setup: [
				expect.stringMatching(/^command -v pnpm/),
				"cd web && pnpm install --frozen-lockfile",
				"cd 'our api' && python3 -m venv .venv",
				"cd 'our api' && .venv/bin/pip install -r requirements.txt",
			],
			test: ["cd web && pnpm test", "cd 'our api' && .venv/bin/pytest"],
			start: "cd web && pnpm start",
			ports: [5173],
		});
		expect(found[0]).toMatch(/^web: pnpm-lock\.yaml says/);
	});
	test("of two that could be started one is, and the other is named", () => {
		const { recipe, found } = detect({
			"package.json": json({ scripts: { start: "node a.js" } }),
			"manage.py": "",
		});
		expect(recipe.start).toBe("npm start");
		expect(found.at(-1)).toMatch(/`python3 manage.py runserver 8000` could be started too/);
	});
	test("a Makefile adds tests where nothing else has them", () => {
		const { recipe } = detect({ "package.json": json({}), Makefile: "build:\n\ttrue\ntest:\n\ttrue\n" });
		expect(recipe).toMatchObject({ build: [], test: ["make test"] });
	});
});

describe("little to go by", () => {
	test("an empty repository gives an empty recipe, and says so", () => {
		const { recipe, found } = detect({});
		expect(recipe).toMatchObject({ setup: [], build: [], test: [], start: null });
		expect(found).toEqual(["The repository is empty: there is nothing to install, build or run."]);
	});
	test("a repository of words alone, too", () => {
		expect(detect({ "README.md": "" }).found).toEqual([expect.stringContaining("Nothing was found")]);
	});
	test("submodules and files of LFS are named as missing", () => {
		const { found } = detect({ ".gitmodules": "", ".gitattributes": "*.psd filter=lfs diff=lfs\n" });
		expect(found.slice(1)).toEqual([
			"Submodules are not fetched: their folders are empty.",
			"Files kept with Git LFS are not fetched: pointers stand in their place.",
		]);
	});
});

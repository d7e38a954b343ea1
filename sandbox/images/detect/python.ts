import { type Folder, firstLine, type Part, readToolVersion } from "./folder.ts";

const VENV = ".venv/bin";

interface Installer {
	setup: string[];
	/** Put before a program's name, to run it with what was installed. */
	run: (program: string) => string;
	why: string;
}

/** A folder with a Python project. */
export function detectPython(folder: Folder): Part | null {
	const marks = ["pyproject.toml", "setup.py", "Pipfile", "manage.py", "uv.lock", "poetry.lock"];
	const requirements = folder.match(/^[\w-]*requirements[\w-]*\.txt$/);
	if (folder.find(...marks) === undefined && requirements.length === 0) return null;
	const installer = chooseInstaller(folder, requirements);
	const test = chooseTest(folder, requirements, installer);
	const isDjango = folder.has("manage.py");
	const version = findVersion(folder);
	return {
		setup: installer.setup,
		...(test === null ? {} : { test: [test.command] }),
		...(isDjango ? { start: `${installer.run("python")} manage.py runserver 8000`, ports: [8000] } : {}),
		...(version === undefined ? {} : { tools: { python: version.version } }),
		found: [
			installer.why,
			...(test === null ? [] : [test.why]),
			...(isDjango ? ["manage.py starts a Django server on port 8000"] : []),
			...(version === undefined ? [] : [`${version.from} asks for Python ${version.version}`]),
		],
	};
}

const bring = (program: string) =>
	`command -v ${program} >/dev/null || python3 -m pip install --user ${program}`;
const makeVenv = "python3 -m venv .venv";

function chooseInstaller(folder: Folder, requirements: string[]): Installer {
	const pyproject = folder.read("pyproject.toml") ?? "";
	if (folder.has("uv.lock")) {
		const run = (program: string) => `uv run --frozen ${program}`;
		return { setup: [bring("uv"), "uv sync --frozen"], run, why: "uv.lock says that uv installs" };
	}
	if (folder.has("poetry.lock") || /^\[tool\.poetry\]/m.test(pyproject)) {
		const why = folder.has("poetry.lock") ? "poetry.lock" : "pyproject.toml";
		const run = (program: string) => `poetry run ${program}`;
		return { setup: [bring("poetry"), "poetry install"], run, why: `${why} says that poetry installs` };
	}
	if (folder.has("Pipfile")) {
		const install = folder.has("Pipfile.lock") ? "pipenv sync --dev" : "pipenv install --dev --skip-lock";
		const run = (program: string) => `pipenv run ${program}`;
		return { setup: [bring("pipenv"), install], run, why: "Pipfile says that pipenv installs" };
	}
	const run = (program: string) => `${VENV}/${program}`;
	if (requirements.length > 0) {
		const files = requirements.map((name) => `-r ${name}`).join(" ");
		const why = `${requirements.join(" and ")} says what pip installs, into .venv`;
		return { setup: [makeVenv, `${VENV}/pip install ${files}`], run, why };
	}
	if (isPackage(folder, pyproject)) {
		const why = `${folder.has("setup.py") ? "setup.py" : "pyproject.toml"} is a package that pip installs, into .venv`;
		return { setup: [makeVenv, `${VENV}/pip install -e ${toTarget(pyproject)}`], run, why };
	}
	return {
		setup: [],
		run: (program) => (program === "python" ? "python3" : program),
		why: "the Python project names no dependencies: there is nothing to install",
	};
}

function isPackage(folder: Folder, pyproject: string): boolean {
	return (
		folder.has("setup.py") ||
		/^\[build-system\]/m.test(pyproject) ||
		/^dependencies\s*=\s*\[\s*["']/m.test(pyproject) ||
		/^\[project\.optional-dependencies\]/m.test(pyproject)
	);
}

/** With the extras that developers install, as far as there are any. */
function toTarget(pyproject: string): string {
	const section =
		/^\[project\.optional-dependencies\]\n([\s\S]*?)(?=^\[|$(?![\s\S]))/m.exec(pyproject)?.[1] ?? "";
	const extras = ["dev", "test", "tests"].filter((name) => new RegExp(`^${name}\\s*=`, "m").test(section));
	return extras.length > 0 ? `".[${extras.join(",")}]"` : ".";
}

function chooseTest(
	folder: Folder,
	requirements: string[],
	{ run }: Installer,
): { command: string; why: string } | null {
	const texts = ["pyproject.toml", "setup.cfg", "tox.ini", "Pipfile", ...requirements];
	const naming = texts.find((name) => /\bpytest\b/.test(folder.read(name) ?? ""));
	const mark = naming ?? folder.find("pytest.ini", "conftest.py", "tests/conftest.py");
	if (mark !== undefined) return { command: run("pytest"), why: `${mark} says that pytest runs the tests` };
	if (folder.has("manage.py")) {
		return { command: `${run("python")} manage.py test`, why: "manage.py runs the tests" };
	}
	const [first] = folder.match(/^(tests?\/)?test_\w+\.py$/);
	if (first === undefined) return null;
	const [where] = first.includes("/") ? first.split("/") : ["."];
	const top = folder.has(`${where}/__init__.py`) ? " -t ." : "";
	const command = `${run("python")} -m unittest discover -s ${where}${top}`;
	return { command, why: `${first} is a test that Python's own unittest runs` };
}

function findVersion(folder: Folder): { version: string; from: string } | undefined {
	const pyproject = folder.read("pyproject.toml") ?? "";
	const sources: [string, string | undefined][] = [
		[".python-version", firstLine(folder.read(".python-version"))],
		[".tool-versions", readToolVersion(folder, "python")],
		["runtime.txt", firstLine(folder.read("runtime.txt"))?.replace(/^python-/, "")],
		["pyproject.toml", /^requires-python\s*=\s*["']([^"']+)["']/m.exec(pyproject)?.[1]],
		["pyproject.toml", /^python\s*=\s*["']([^"']+)["']/m.exec(pyproject)?.[1]],
	];
	const known = sources.find(([, said]) => said !== undefined && /\d/.test(said));
	return known?.[1] === undefined ? undefined : { from: known[0], version: known[1].slice(0, 50) };
}

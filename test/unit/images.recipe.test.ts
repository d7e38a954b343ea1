import { describe, expect, test } from "vitest";
import { hashRecipe } from "../../sandbox/images/hash-recipe.ts";
import { parseRecipe } from "../../sandbox/images/parse-recipe.ts";
import { EMPTY_RECIPE, type Recipe } from "../../sandbox/images/recipe.ts";
import { writeRecipe } from "../../sandbox/images/write-recipe.ts";

const WHOLE = `
description: The shop
hints: Anything about buying
directory: ./apps/web/
tools: {node: 22, python: 3.10}
services: [postgres, redis]
env:
  TZ: UTC
  RETRIES: 3
  DEBUG: true
setup:
  - npm ci
  - npm run migrate
build: npm run build
test: |
  npm run lint
  npm test
start: npm start
ports: [3000]
`;

const recipeOf = (text: string) => {
	const parsed = parseRecipe(text);
	if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
	return parsed.recipe;
};
const problemsOf = (text: string) => {
	const parsed = parseRecipe(text);
	return parsed.ok ? [] : parsed.problems;
};

describe("the text of a recipe", () => {
	test("is read with commands as lists and versions as they are written", () => {
		expect(recipeOf(WHOLE)).toEqual({
			description: "The shop",
			hints: "Anything about buying",
			directory: "apps/web",
			tools: { node: "22", python: "3.10" },
			services: ["postgres", "redis"],
			env: { TZ: "UTC", RETRIES: "3", DEBUG: "true" },
			setup: ["npm ci", "npm run migrate"],
			build: ["npm run build"],
			test: ["npm run lint\nnpm test"],
			start: "npm start",
			ports: [3000],
		});
	});
	test.each(["", "\n\n", "# nothing yet\n", "---\n"])("%j leaves everything to detection", (text) => {
		expect(recipeOf(text)).toEqual({});
	});
	test("a key without a value says that there is nothing to do", () => {
		expect(recipeOf("setup:\nstart:\nbuild: []")).toEqual({ setup: [], start: null, build: [] });
	});

	test.each([
		["tets: npm test", 1, "tets", 'Did you mean "test"?'],
		["test: a\nport: [1]", 2, "port", 'Did you mean "ports"?'],
		["# top\n\ninstall: npm ci", 3, "install", "There are: description, hints"],
		["tools:\n  nod: 20", 2, "tools.nod", 'Did you mean "node"?'],
		["services: [postgresql]", 1, "services[0]", 'Did you mean "postgres"?'],
		["services:\n  - redis\n  - kafka", 3, "services[1]", "There are: postgres, redis."],
		["ports: [3000, http]", 1, "ports[1]", 'list of port numbers, for example [3000], and not "http"'],
		["ports: 3000", 1, "ports", "list of port numbers, for example [3000], and not 3000"],
		["ports: [70000]", 1, "ports[0]", "65535 at most"],
		["env:\n  A B: 1", 2, "env.A B", "must be a name of letters"],
		["env:\n  PATH: /x", 2, "env.PATH", "none that Bobbin needs"],
		["env:\n  OPENCODE_CONFIG: /x", 2, "env.OPENCODE_CONFIG", "none that Bobbin needs"],
		["env:\n  A: [1]", 2, "env.A", "and not a list"],
		["directory: ../other", 1, "directory", "a path inside the repository"],
		["directory: /etc", 1, "directory", "a path inside the repository"],
		["build:\n  run: make", 1, "build", "a command or a list of commands, and not keys with values"],
		["start: [a, b]", 1, "start", "one command, and not a list"],
		["test: ''", 1, "test", "empty"],
		["setup: a\nsetup: b", 2, "", "unique"],
		["setup: [a", 1, "", "This is not YAML"],
		["- npm test", 1, "", 'such as "test: npm test"'],
		["just words", 1, "", 'such as "test: npm test"'],
	])("%j is refused at line %i, key %j", (text, line, key, words) => {
		const problems = problemsOf(text);
		expect(problems[0]).toMatchObject({ line, key });
		expect(problems[0]?.message).toContain(words);
	});
	test("every problem is named, in the order of lines", () => {
		const problems = problemsOf("ports: no\ntets: a\ntools:\n  nod: 1\n");
		expect(problems.map(({ line, key }) => [line, key])).toEqual([
			[1, "ports"],
			[2, "tets"],
			[4, "tools.nod"],
		]);
	});
	test("aliases that multiply are refused", () => {
		const bomb = ["a: &a [x,x,x,x,x,x,x,x,x]"];
		for (let i = 1; i < 9; i++) {
			const [from, to] = [String.fromCharCode(96 + i), String.fromCharCode(97 + i)];
			bomb.push(`${to}: &${to} [${Array(9).fill(`*${from}`).join(",")}]`);
		}
		expect(problemsOf(bomb.join("\n"))).toEqual([
			{ line: 1, key: "", message: expect.stringContaining("aliases") },
		]);
	});
	test("a text of many thousand lines is refused", () => {
		expect(problemsOf("# long\n".repeat(10_000))).toEqual([
			{ line: 1, key: "", message: "A recipe may have 64 KiB at most." },
		]);
	});
	test("what was found is written so that it reads the same", () => {
		const recipe: Recipe = { ...EMPTY_RECIPE, ...recipeOf(WHOLE) };
		expect({ ...EMPTY_RECIPE, ...recipeOf(writeRecipe(recipe)) }).toEqual(recipe);
		expect(recipeOf(writeRecipe(EMPTY_RECIPE))).toEqual({});
	});
});

describe("the hash of a recipe", () => {
	const hash = (text: string) => hashRecipe(recipeOf(text));
	test("is the same for another order of keys and other words about the repository", () => {
		expect(hash("test: a\nenv: {A: 1, B: 2}\nhints: old")).toBe(hash("env: {B: 2, A: 1}\ntest: [a]"));
	});
	test.each(["test: b", "test: a\nports: [1]", "test: a\nsetup:", "{}"])("differs for %j", (text) => {
		expect(hash(text)).not.toBe(hash("test: a"));
	});
});

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { environment } from "../../src/config/environment.ts";

const NAMES = Object.keys(environment.shape);
const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");

it("names every setting in the README", () => {
	const words = new Set(read("README.md").match(/[A-Z][A-Z_]+/g));
	expect(NAMES.filter((name) => !words.has(name))).toEqual([]);
});

it("has every setting in .env.example, and none that is not read", () => {
	const shown = [...read(".env.example").matchAll(/^# ([A-Z_]+)=/gm)].map(([, name]) => name);
	// The engine's own name for where it is.
	expect(shown.sort()).toEqual(NAMES.filter((name) => name !== "DOCKER_HOST").sort());
});

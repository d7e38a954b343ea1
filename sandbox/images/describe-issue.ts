import type { z } from "zod";
import { findNearest } from "./find-nearest.ts";
import { SERVICES, TOOLS, writtenRecipeSchema } from "./recipe.ts";

const KNOWN: Record<string, readonly string[]> = {
	"": Object.keys(writtenRecipeSchema.shape),
	tools: TOOLS,
};

/** What is wrong with a key that is not known, with the one that was probably meant. */
export function describeKey(parent: string, key: string): string {
	const known = KNOWN[parent];
	if (known === undefined) {
		return `"${key}" must be a name of letters, digits and underscores, and none that Bobbin needs (PATH, HOME, BOBBIN_…, OPENCODE_…, LD_…).`;
	}
	const nearest = findNearest(key, known);
	const where = parent === "" ? "a recipe" : `"${parent}"`;
	return nearest === undefined
		? `"${key}" is not a key of ${where}. There are: ${known.join(", ")}.`
		: `"${key}" is not a key of ${where}. Did you mean "${nearest}"?`;
}

const EXPECTED: Record<string, string> = {
	description: "text",
	hints: "text",
	directory: "a path inside the repository, for example apps/web",
	tools: "versions by program, for example {node: 22}",
	services: `a list of ${SERVICES.join(" and ")}`,
	env: "values by name, for example {TZ: UTC}",
	setup: "a command or a list of commands",
	build: "a command or a list of commands",
	test: "a command or a list of commands",
	start: "one command",
	ports: "a list of port numbers, for example [3000]",
};

/** What is wrong with a value, with what was expected. */
export function describeIssue(issue: z.core.$ZodIssue, value: unknown): string {
	const [key, ...rest] = issue.path.map(String);
	if (key === "services" && rest.length > 0 && typeof value === "string") {
		const nearest = findNearest(value, SERVICES);
		return nearest
			? `"${shorten(value)}" is not a service. Did you mean "${nearest}"?`
			: `"${shorten(value)}" is not a service. There are: ${SERVICES.join(", ")}.`;
	}
	if (issue.code === "too_big") return `This is too long: ${issue.maximum} at most.`;
	if (issue.code === "too_small" && typeof value === "string") return "This is empty.";
	return `This must be ${EXPECTED[key ?? ""] ?? "something else"}, and not ${name(value)}.`;
}

function name(value: unknown): string {
	if (value === null || value === undefined) return "empty";
	if (Array.isArray(value)) return "a list";
	if (typeof value === "object") return "keys with values";
	return JSON.stringify(typeof value === "string" ? shorten(value) : value);
}

const shorten = (text: string) => (text.length > 60 ? `${text.slice(0, 59)}…` : text);

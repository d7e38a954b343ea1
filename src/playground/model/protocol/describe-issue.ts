import type { z } from "zod";

/** The first thing wrong with a request, worded as the vendor does: the field's path, a colon, what is wrong with it. */
export function describeIssue(error: z.ZodError): string {
	const found = error.issues
		.map((issue) => deepest(issue, []))
		.sort((a, b) => b.path.length - a.path.length)[0];
	if (!found) return "Invalid request";
	const { issue, path } = found;
	if (issue.code === "unrecognized_keys") {
		return `${[...path, issue.keys[0] ?? ""].join(".")}: Extra inputs are not permitted`;
	}
	const missing = issue.code === "invalid_type" && issue.input === undefined;
	return `${path.join(".") || "body"}: ${missing ? "Field required" : issue.message}`;
}

interface Found {
	issue: z.core.$ZodIssue;
	path: PropertyKey[];
}

/** A union reports one list of issues per branch: the branch that got furthest is the one that was meant. */
function deepest(issue: z.core.$ZodIssue, above: PropertyKey[]): Found {
	const path = [...above, ...issue.path];
	if (issue.code !== "invalid_union") return { issue, path };
	const inner = issue.errors.flat().map((nested) => deepest(nested, path));
	const best = inner.sort((a, b) => b.path.length - a.path.length)[0];
	return best && best.path.length > path.length ? best : { issue, path };
}

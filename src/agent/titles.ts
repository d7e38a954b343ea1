import { isAbsolute, relative } from "node:path/posix";

const LONGEST = 120;

/** What a tool call does, in plain words for people: "Read src/cart.ts", "Run npm test". */
export function toToolTitle(tool: string, input: Record<string, unknown>, directory: string): string {
	const file = () => toShortPath(input.filePath ?? input.path, directory);
	const quoted = (value: unknown) => `“${toText(value) || "…"}”`;
	switch (tool) {
		case "bash":
			return cut(`Run ${toText(input.command) || "a command"}`);
		case "read":
			return cut(`Read ${file()}`);
		case "edit":
			return cut(`Edit ${file()}`);
		case "write":
			return cut(`Write ${file()}`);
		case "apply_patch":
		case "patch":
			return "Edit several files";
		case "list":
			return cut(`List ${file()}`);
		case "glob":
			return cut(`Find files ${quoted(input.pattern)}`);
		case "grep":
			return cut(`Search for ${quoted(input.pattern)}`);
		case "todowrite":
			return "Update the plan";
		case "task":
			return cut(`Ask a helper: ${toText(input.description) || "a smaller task"}`);
		case "webfetch":
			return cut(`Open ${toText(input.url)}`);
		case "skill":
			return cut(`Use the skill ${toText(input.name)}`);
		case "question":
			return "Ask a question";
		case "open_pull_request":
			return cut(`Open a pull request: ${toText(input.title)}`);
		case "add_screenshot":
			return cut(`Show a picture: ${toText(input.title)}`);
		default:
			return cut(
				toText(tool)
					.replaceAll("_", " ")
					.replace(/^./, (first) => first.toUpperCase()) || "Use a tool",
			);
	}
}

/** A path as it reads from the checkout's root. */
export function toShortPath(path: unknown, directory: string): string {
	const text = toText(path);
	if (text === "") return "the files";
	if (!isAbsolute(text)) return text;
	const inside = relative(directory, text);
	if (inside === "") return "the files";
	return inside.startsWith("..") ? text : inside;
}

function toText(value: unknown): string {
	return typeof value === "string" ? value.toWellFormed().replace(/\s+/g, " ").trim() : "";
}

function cut(title: string): string {
	const characters = [...title];
	return characters.length <= LONGEST ? title : `${characters.slice(0, LONGEST - 1).join("")}…`;
}

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Where GitHub looks, in its order. Source: docs.github.com, "Creating a pull request template for your repository". */
const PLACES = [".github", "", "docs"];
const NAME = /^pull_request_template(\.(md|txt))?$/i;
const FOLDER = /^pull_request_template$/i;
const LONGEST = 20_000;

/** The repository's template, or all of them where it has several to choose from: `{path, text}` each. */
export function readTemplates(directory) {
	const inFolders = [];
	for (const place of PLACES) {
		const entries = list(join(directory, place));
		const file = entries.find((entry) => entry.isFile() && NAME.test(entry.name));
		if (file) return [read(directory, join(place, file.name))];
		for (const folder of entries.filter((entry) => entry.isDirectory() && FOLDER.test(entry.name))) {
			const path = join(place, folder.name);
			const files = list(join(directory, path)).filter(
				(entry) => entry.isFile() && /\.(md|txt)$/i.test(entry.name),
			);
			inFolders.push(...files.map(({ name }) => read(directory, join(path, name))));
		}
	}
	return inFolders;
}

/** Whether a body has all headings of one of the templates, or its lines where it has no heading. */
export function followsTemplate(body, templates) {
	if (templates.length === 0) return true;
	const headings = new Set(findHeadings(body).map(normalize));
	const words = normalize(body);
	return templates.some(({ text }) => {
		const wanted = findHeadings(text);
		if (wanted.length > 0) return wanted.every((heading) => headings.has(normalize(heading)));
		return visibleLines(text).every((line) => words.includes(normalize(line)));
	});
}

/** The headings of a Markdown text, comments and code left out. */
export function findHeadings(text) {
	const lines = visibleLines(text);
	return lines.flatMap((line, index) => {
		const [, heading] = /^ {0,3}#{1,6}\s+(.*?)[\s#]*$/.exec(line) ?? [];
		if (heading) return [heading];
		const isUnderlined = /^ {0,3}(=+|-+)\s*$/.test(lines[index + 1] ?? "");
		return isUnderlined && /^ {0,3}[\p{L}\p{N}]/u.test(line) ? [line.trim()] : [];
	});
}

function visibleLines(text) {
	return text
		.replace(/<!--[\s\S]*?-->/g, "")
		.replace(/^(```|~~~)[\s\S]*?^\1/gm, "")
		.split(/\r?\n/);
}

/** Words only; a box that is ticked off is no word. */
function normalize(heading) {
	return heading
		.toLowerCase()
		.replace(/\[x\]/g, "")
		.replace(/[^\p{L}\p{N}]+/gu, " ")
		.trim();
}

function list(folder) {
	try {
		return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
	} catch (error) {
		if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
		throw error;
	}
}

function read(directory, path) {
	return { path, text: readFileSync(join(directory, path), "utf8").slice(0, LONGEST) };
}

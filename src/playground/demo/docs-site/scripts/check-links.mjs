import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Every Markdown file below a folder. */
export function listPages(folder) {
	return readdirSync(folder, { withFileTypes: true, recursive: true })
		.filter((entry) => entry.isFile() && entry.name.endsWith(".md"))
		.map((entry) => join(entry.parentPath ?? entry.path, entry.name))
		.sort();
}

/** Links that lead nowhere: `{page, line, target, reason}`. Links to other sites are not followed. */
export function findBrokenLinks(folder) {
	return listPages(folder).flatMap((page) => {
		const lines = readFileSync(page, "utf8").split("\n");
		return lines.flatMap((text, index) =>
			[...text.matchAll(/\[[^\]]*\]\(([^)\s]+)\)/g)].flatMap(([, target]) => {
				const reason = whyBroken(page, target);
				return reason ? [{ page: relative(folder, page), line: index + 1, target, reason }] : [];
			}),
		);
	});
}

function whyBroken(page, target) {
	if (/^[a-z]+:/.test(target)) return undefined;
	const [path, anchor] = target.split("#");
	const file = path ? resolve(dirname(page), path) : page;
	if (!existsSync(file)) return "no such page";
	if (anchor && !anchorsOf(file).includes(anchor)) return "no such heading";
	return undefined;
}

/** The anchors of a page's headings. */
function anchorsOf(file) {
	return [...readFileSync(file, "utf8").matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
		heading
			.toLowerCase()
			.replace(/[^\p{L}\p{N} -]/gu, "")
			.replaceAll(" ", "-"),
	);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const broken = findBrokenLinks(process.argv[2] ?? "docs");
	for (const link of broken) console.log(`${link.page}:${link.line}: ${link.target}: ${link.reason}`);
	console.log(`${broken.length} broken`);
	process.exitCode = broken.length > 0 ? 1 : 0;
}

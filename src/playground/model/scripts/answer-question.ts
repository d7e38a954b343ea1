import type { Script } from "../agent/replay.ts";
import { bash, read, step, toFileText } from "../agent/tools.ts";
import { inCheckout, type Job } from "./job.ts";
import { ABOUT_THE_MODEL } from "./leave-note.ts";

const COMMON = new Set(
	"what where which when does this that these those with from have here there about explain describe show tell code file files repository repo project work works working please could would should into your their they is the and are for how why who can you of in on it do an me to a i we us our".split(
		" ",
	),
);

/** Long words are cut here, so that "pagination" finds "paginate". */
const STEM_CHARS = 7;

/** Answers a question by looking its words up in the repository. Changes nothing. */
export function* answerQuestion(job: Job): Script {
	// Only letters and digits get into the command: the words come from a thread.
	const words = [...new Set(job.text.toLowerCase().match(/[a-z0-9]{3,30}/g) ?? [])]
		.filter((word) => !COMMON.has(word))
		.slice(0, 6)
		.map((word) => word.slice(0, STEM_CHARS));
	const pattern = words.map((word) => `-e ${word}`).join(" ");
	const [readme, names, hits] = yield* step(
		"I look for it in the repository.",
		read(inCheckout(job, "README.md")),
		bash("git ls-files"),
		bash(words.length === 0 ? "git ls-files" : `git grep -n -i -I ${pattern}`),
	);
	const found =
		words.length === 0 ? [] : rankFiles(`${hits?.text}\n${toNameHits(names?.text ?? "", words)}`, words);
	const top = found.slice(0, 3);
	const texts =
		top.length === 0
			? []
			: yield* step("I read what fits best.", ...top.map((hit) => read(inCheckout(job, hit.file))));
	if (top.length === 0) {
		const intro = firstParagraph(toFileText(readme) ?? "");
		return `I found nothing in the repository about that.${intro ? ` Its README says: ${intro}` : ""}\n\n${ABOUT_THE_MODEL}`;
	}
	const lines = top.map((hit, index) => {
		const about = describeFile(toFileText(texts[index]) ?? "");
		return `- \`${hit.file}:${hit.line}\`${about ? `: ${about}` : ""}`;
	});
	const more =
		found.length > top.length
			? `\n\nAlso mentioned in ${found
					.slice(3, 8)
					.map((hit) => `\`${hit.file}\``)
					.join(", ")}.`
			: "";
	return `These fit your question best (I looked for ${words.map((word) => `“${word}”`).join(", ")}):\n\n${lines.join("\n")}${more}\n\nI changed nothing. ${ABOUT_THE_MODEL}`;
}

/** Files whose path holds one of the words, written like hits of their first line. */
function toNameHits(names: string, words: readonly string[]): string {
	return names
		.split("\n")
		.filter((name) => words.some((word) => name.toLowerCase().includes(word)))
		.map((name) => `${name}:1:`)
		.join("\n");
}

interface Hit {
	file: string;
	line: string;
	score: number;
}

/** Files by how many of the words they hold, then how often; a word in the path counts as well. */
function rankFiles(output: string, words: readonly string[]): Hit[] {
	const files = new Map<string, { line: string; words: Set<string>; count: number }>();
	for (const [, file = "", line = "", text = ""] of output.matchAll(/^([^:\n]+):(\d+):(.*)$/gm)) {
		const entry = files.get(file) ?? { line, words: new Set<string>(), count: 0 };
		const lower = `${file} ${text}`.toLowerCase();
		for (const word of words) if (lower.includes(word)) entry.words.add(word);
		entry.count += 1;
		files.set(file, entry);
	}
	return [...files]
		.map(([file, entry]) => ({
			file,
			line: entry.line,
			score:
				entry.words.size * 10 +
				Math.min(entry.count, 8) +
				(words.some((word) => file.toLowerCase().includes(word)) ? 8 : 0) -
				(/^(test|tests)\//.test(file) ? 6 : 0),
		}))
		.sort((a, b) => b.score - a.score || (a.file < b.file ? -1 : 1));
}

/** What a file says about itself: its first doc comment, docstring or heading. */
function describeFile(text: string): string {
	const found =
		/\/\*\*\s*([\s\S]*?)\*\//.exec(text)?.[1]?.replace(/^\s*\* ?/gm, "") ??
		/^"""([\s\S]*?)"""/m.exec(text)?.[1] ??
		/^# (.+)$/m.exec(text)?.[1] ??
		"";
	return found.replace(/\s+/g, " ").trim().slice(0, 200);
}

function firstParagraph(text: string): string {
	return (
		text
			.split(/\n\s*\n/)
			.map((part) => part.trim())
			.find((part) => part !== "" && !part.startsWith("#"))
			?.replace(/\s+/g, " ")
			.slice(0, 300) ?? ""
	);
}

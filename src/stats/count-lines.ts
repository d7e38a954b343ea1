/** One file of a commit or of a pull request. */
export interface FilePatch {
	path: string;
	/** What it was called before, if this renamed it. */
	previousPath: string | null;
	additions: number;
	/** Hunks of a unified diff, without a header; null or cut short where GitHub finds it too large, or it is binary. */
	patch: string | null;
}

export interface LineCount {
	/** Lines that the pull request adds as it is merged. */
	addedLines: number;
	/** Lines that the agent added on the way, also those that it or somebody took out again. */
	agentLines: number;
	/** Lines of `addedLines` that the agent wrote. */
	survivingLines: number;
}

/**
 * Which lines of a pull request are the agent's: a line that it adds is one if the agent added the same text in that
 * file, as often as it did. So it does not matter who squashed, rebased or merged. A commit that was moved or reworded
 * comes again as it was and counts once. Where a patch is left out, lines count without their text.
 */
export function countLines(input: { commits: FilePatch[][]; final: FilePatch[] }): LineCount {
	const written = new Map<string, Map<string, number>>();
	const linesOf = (path: string) => {
		const lines = written.get(path) ?? new Map<string, number>();
		written.set(path, lines);
		return lines;
	};
	let agentLines = 0;
	const commits = new Map(input.commits.map((files) => [toFingerprint(files), files]));
	for (const file of [...commits.values()].flat()) {
		if (file.previousPath !== null) {
			const lines = linesOf(file.path);
			for (const [text, count] of linesOf(file.previousPath)) add(lines, text, count);
			written.delete(file.previousPath);
		}
		for (const text of readAddedLines(file)) {
			add(linesOf(file.path), text, 1);
			agentLines++;
		}
	}
	let addedLines = 0;
	let survivingLines = 0;
	for (const file of input.final) {
		const lines = linesOf(file.path);
		for (const text of readAddedLines(file)) {
			addedLines++;
			if ((lines.get(text) ?? 0) === 0) continue;
			add(lines, text, -1);
			survivingLines++;
		}
	}
	return { addedLines, agentLines, survivingLines };
}

/** Alike for commits that change the same lines of the same files, wherever those are by then. */
function toFingerprint(files: FilePatch[]): string {
	const changes = files.map(({ path, previousPath, additions, patch }) => {
		const lines = patch?.split("\n").filter((line) => line.startsWith("+") || line.startsWith("-"));
		return [path, previousPath, additions, lines];
	});
	return JSON.stringify(changes);
}

function add(lines: Map<string, number>, text: string, count: number): void {
	lines.set(text, (lines.get(text) ?? 0) + count);
}

// No line holds a line feed, so this is none.
const UNKNOWN = "\n";

function readAddedLines({ additions, patch }: FilePatch): string[] {
	const texts = (patch ?? "").split("\n").flatMap((line) => (line.startsWith("+") ? [line.slice(1)] : []));
	const missing = Math.max(0, additions - texts.length);
	return [...texts, ...Array.from({ length: missing }, () => UNKNOWN)];
}

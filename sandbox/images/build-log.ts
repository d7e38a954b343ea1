export interface BuildLog {
	add(lines: readonly string[]): void;
	/** Hands the log on, if it has changed. */
	flush(): void;
	text(): string;
}

const EVERY_MS = 1000;

/**
 * The log of a build. Of one that grows over `maxBytes` the first half and the newest lines are kept.
 *
 * @param onLog gets the whole log, once a second at most
 */
export function createBuildLog(deps: {
	maxBytes: number;
	onLog: (log: string) => void;
	now: () => number;
}): BuildLog {
	const { maxBytes, onLog, now } = deps;
	const noteBytes = 64;
	const headBytes = Math.floor((maxBytes - noteBytes) / 2);
	const head: string[] = [];
	let tail: { line: string; bytes: number }[] = [];
	let headLength = 0;
	let tailLength = 0;
	let left = 0;
	let shown: string | null = null;
	let shownAt = Number.NEGATIVE_INFINITY;
	let later: NodeJS.Timeout | null = null;

	const add = (line: string) => {
		const bytes = Buffer.byteLength(line) + 1;
		if (tail.length === 0 && headLength + bytes <= headBytes) {
			head.push(line);
			headLength += bytes;
			return;
		}
		tail.push({ line, bytes });
		tailLength += bytes;
		let gone = 0;
		while (tailLength > headBytes) {
			tailLength -= tail[gone]?.bytes ?? 0;
			gone++;
		}
		left += gone;
		if (gone > 0) tail = tail.slice(gone);
	};
	const text = () =>
		[
			...head,
			...(left > 0 ? [`[... ${left} lines left out ...]`] : []),
			...tail.map(({ line }) => line),
		].join("\n");
	const flush = () => {
		if (later !== null) clearTimeout(later);
		later = null;
		const next = text();
		shownAt = now();
		if (next === shown) return;
		shown = next;
		onLog(next);
	};
	return {
		add(lines) {
			if (lines.length === 0) return;
			for (const line of lines) add(line);
			const waitMs = EVERY_MS - (now() - shownAt);
			// What a command said before it fell silent is what people look for.
			if (waitMs > 0) later ??= setTimeout(flush, waitMs).unref();
			else flush();
		},
		flush,
		text,
	};
}

import type { Notice } from "../../src/playground/slack/world.ts";

/** What the playground's page is told, each with the time at which it came (`performance.now()`). */
export interface SlackWatch {
	/** When the first notice that `matches` came, also if it came already. */
	seen(matches: (notice: Notice) => boolean): Promise<number>;
	close(): void;
}

export async function watchSlack(origin: string, token: string): Promise<SlackWatch> {
	const closing = new AbortController();
	const notices: { notice: Notice; atMs: number }[] = [];
	const waiting = new Set<() => void>();
	const stream = await fetch(`${origin}/playground/slack/page/stream?token=${token}`, {
		signal: closing.signal,
	});
	const follow = async () => {
		const decoder = new TextDecoder();
		let text = "";
		for await (const chunk of stream.body ?? []) {
			text += decoder.decode(chunk, { stream: true });
			const atMs = performance.now();
			const lines = text.split("\n");
			text = lines.pop() ?? "";
			for (const line of lines.filter((one) => one.startsWith("data: ")))
				notices.push({ notice: JSON.parse(line.slice("data: ".length)) as Notice, atMs });
			for (const look of waiting) look();
		}
	};
	follow().catch(() => {});
	return {
		seen: (matches) =>
			new Promise((resolve) => {
				let from = 0;
				const look = () => {
					const found = notices.slice(from).find(({ notice }) => matches(notice));
					from = notices.length;
					if (found === undefined) return;
					waiting.delete(look);
					resolve(found.atMs);
				};
				waiting.add(look);
				look();
			}),
		close: () => closing.abort(),
	};
}

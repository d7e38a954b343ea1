import { z } from "zod";
import type { Seal } from "../secrets/seal.ts";
import { type Chart, chart } from "./chart.ts";

const DAY_MS = 86_400_000;
const PURPOSE = "charts.address";
const signed = z.object({ ...chart.shape, goodUntilMs: z.number() });

/** Addresses of pictures. One says all that its picture shows, so that whoever asks for it causes no question to the database. */
export interface ChartAddresses {
	/** A path; the same for the same figures of one day. Good for one to two days. */
	pathOf(figures: Chart): string;
	/** What a path's name says; null: it is not one of ours, or too old. */
	read(name: string): Chart | null;
}

export function createChartAddresses(deps: {
	seal: Pick<Seal, "sign" | "isSigned">;
	now: () => number;
}): ChartAddresses {
	const { seal, now } = deps;
	return {
		pathOf(figures) {
			const goodUntilMs = (Math.floor(now() / DAY_MS) + 2) * DAY_MS;
			const words = Buffer.from(JSON.stringify({ ...figures, goodUntilMs })).toString("base64url");
			return `/charts/${words}.${seal.sign(PURPOSE, words)}.png`;
		},
		read(name) {
			const [words = "", signature = "", ending] = name.split(".");
			if (ending !== "png" || !seal.isSigned(PURPOSE, words, signature)) return null;
			const { goodUntilMs, ...figures } = signed.parse(
				JSON.parse(Buffer.from(words, "base64url").toString()),
			);
			return goodUntilMs > now() ? figures : null;
		},
	};
}

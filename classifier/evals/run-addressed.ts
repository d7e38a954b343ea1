import { createAddressedJudge } from "../addressed.ts";
import type { FastModel } from "../fast-model.ts";
import { median } from "./report.ts";
import { type LabelledReply, replies, toSaid } from "./talk.ts";

/** The least share of right judgements, and the greatest share of requests that are taken for talk. */
const REQUIRED = {
	// In a crowd the rules alone take what they cannot tell for talk.
	rules: { accuracy: 0.8, missedRate: 0.15 },
	// The stand-in looks at words; they were chosen on these very replies.
	scripted: { accuracy: 0.95, missedRate: 0.04 },
	real: { accuracy: 0.9, missedRate: 0.05 },
};

export interface AddressedEvalResult {
	total: number;
	accuracy: number;
	/** Of all: requests that were taken for talk, and talk that was taken for requests. */
	missedRate: number;
	needlessRate: number;
	passed: boolean;
	wrong: string[];
}

/** Judges every labelled reply and writes a report. */
export async function runAddressedEvals(input: {
	model: FastModel | null;
	kind: keyof typeof REQUIRED;
	write: (line: string) => void;
}): Promise<AddressedEvalResult> {
	const { model, kind, write } = input;
	const judge = createAddressedJudge({
		model,
		now: Date.now,
		log: { warn: (fields) => write(`! ${JSON.stringify(fields)}`) },
	});
	const wrong: LabelledReply[] = [];
	const latencies: number[] = [];
	for (const reply of replies) {
		const startedAt = performance.now();
		const got = await judge.judge(toSaid(reply));
		if (got.how === "model") latencies.push(performance.now() - startedAt);
		if (got.addressed === reply.expected) continue;
		wrong.push(reply);
		write(`${reply.expected ? "MISSED  " : "needless"}  ${reply.id}: ${reply.message} (by ${got.how})`);
	}
	const share = (expected: boolean) =>
		wrong.filter((reply) => reply.expected === expected).length / replies.length;
	const result = {
		total: replies.length,
		accuracy: 1 - wrong.length / replies.length,
		missedRate: share(true),
		needlessRate: share(false),
		wrong: wrong.map(({ id }) => id),
	};
	const { accuracy, missedRate } = REQUIRED[kind];
	const passed = result.accuracy >= accuracy && result.missedRate <= missedRate;
	const percent = (value: number) => `${(value * 100).toFixed(1)} %`;
	write(
		`for whom a reply is, ${model?.name ?? "no model"} (${kind}), ${replies.length} replies: accuracy ` +
			`${percent(result.accuracy)} (at least ${percent(accuracy)}), missed ${percent(result.missedRate)} (at most ` +
			`${percent(missedRate)}), needless ${percent(result.needlessRate)}; model asked ${latencies.length} times, ` +
			`median ${median(latencies).toFixed(0)} ms: ${passed ? "passed" : "NOT PASSED"}`,
	);
	return { ...result, passed };
}

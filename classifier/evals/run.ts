import { createClassifier } from "../classify.ts";
import type { FastCall, FastModel } from "../fast-model.ts";
import { catalogue } from "./catalogue.ts";
import { type EvalResult, type Judged, judge, tally, toId } from "./judge.ts";
import { median, printReport } from "./report.ts";
import { type LabelledThread, threads } from "./threads.ts";

/** What answers where the rules do not: nobody, the scripted stand-in, or a real model. */
type ModelKind = "rules" | "scripted" | "real";

/** The least share of right ends and the greatest share of wrong ones. */
const REQUIRED: Record<ModelKind, { accuracy: number; wrongRate: number }> = {
	rules: { accuracy: 0.3, wrongRate: 0 },
	// The stand-in counts shared words; its rules were tuned on these very threads.
	scripted: { accuracy: 0.82, wrongRate: 0.03 },
	real: { accuracy: 0.88, wrongRate: 0.03 },
};

/** US dollars per million tokens (platform.claude.com, prices of October 2026, prompts under 100,000 tokens). */
const PRICES: Record<string, { input: number; output: number }> = {
	"claude-haiku-5-5": { input: 0.1, output: 0.5 },
	"claude-haiku-4-5": { input: 1, output: 5 },
	"claude-sonnet-5-5": { input: 2, output: 10 },
};

/**
 * Classifies every labelled thread and writes a report.
 *
 * @param input.concurrency questions under way at once; 1 gives the honest latency
 */
export async function runEvals(input: {
	model: FastModel | null;
	kind: ModelKind;
	write: (line: string) => void;
	concurrency?: number;
}): Promise<EvalResult> {
	const { model, kind, write, concurrency = 4 } = input;
	const calls: FastCall[] = [];
	const classifier = createClassifier({
		model,
		log: { warn: (fields) => write(`! ${JSON.stringify(fields)}`) },
	});
	const judged: Judged[] = [];
	const queue = [...threads];
	async function work(): Promise<void> {
		for (let thread = queue.shift(); thread !== undefined; thread = queue.shift()) {
			const startedAt = performance.now();
			const got = await classifier.classify(toInput(thread), undefined, (call) => calls.push(call));
			judged.push({ thread, got, verdict: judge(thread, got), latencyMs: performance.now() - startedAt });
		}
	}
	await Promise.all(Array.from({ length: concurrency }, work));
	judged.sort((a, b) => threads.indexOf(a.thread) - threads.indexOf(b.thread));

	const all = tally(judged);
	const accuracy = all.right / all.total;
	const wrongRate = all.wrong / all.total;
	const required = REQUIRED[kind];
	const tags = [...new Set(threads.flatMap((thread) => thread.tags))];
	const result: EvalResult = {
		score: accuracy - wrongRate,
		total: all.total,
		accuracy,
		wrongRate,
		passed: accuracy >= required.accuracy && wrongRate <= required.wrongRate,
		byTag: Object.fromEntries(
			tags.map((tag) => [tag, tally(judged.filter(({ thread }) => thread.tags.includes(tag)))]),
		),
	};
	const price = model === null ? undefined : PRICES[model.name];
	printReport(write, {
		title: `${model?.name ?? "no model"} (${kind}), ${threads.length} threads, ${catalogue.length} repositories`,
		judged,
		result,
		required,
		modelCalls: calls.length,
		medianLatencyMs: median(calls.map((call) => call.durationMs)),
		medianTokens: {
			input: median(calls.map((call) => call.inputTokens)),
			output: median(calls.map((call) => call.outputTokens)),
		},
		medianCostUsd:
			kind === "real" && price !== undefined
				? median(
						calls.map((call) => (call.inputTokens * price.input + call.outputTokens * price.output) / 1e6),
					)
				: null,
	});
	return result;
}

function toInput(thread: LabelledThread) {
	return {
		text: thread.message,
		channel: thread.channel ?? null,
		thread: thread.thread ?? [],
		repositories: catalogue,
		threadRepositoryId: thread.threadRepository === undefined ? null : toId(thread.threadRepository),
		channelRepositoryId: thread.channelRepository === undefined ? null : toId(thread.channelRepository),
		corrections: (thread.corrections ?? []).map(({ words, from, to, scope = "channel", daysAgo = 3 }) => ({
			...{ words, scope, daysAgo, by: "Noor" },
			fromRepositoryId: from === undefined ? null : toId(from),
			toRepositoryId: catalogue.find(({ name }) => name === to)?.id ?? `not theirs: ${to}`,
		})),
	};
}

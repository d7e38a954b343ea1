import type { Classification } from "../classify.ts";
import type { EvalResult, Judged, Tally } from "./judge.ts";

interface Report {
	title: string;
	judged: Judged[];
	result: EvalResult;
	required: { accuracy: number; wrongRate: number };
	modelCalls: number;
	medianLatencyMs: number;
	medianTokens: { input: number; output: number };
	/** null where there is no price: a stand-in costs nothing. */
	medianCostUsd: number | null;
}

/** Writes what went wrong, the score by tag, the confusion of ends and the total. */
export function printReport(write: (line: string) => void, report: Report): void {
	const { judged, result, required } = report;
	write(report.title);
	write("");
	for (const { thread, got, verdict } of judged) {
		if (verdict === "right") continue;
		write(`${verdict === "wrong" ? "WRONG" : "asked"}  ${thread.id}: expected ${toLabel(thread.expected)}`);
		write(`       got ${describe(got)} (${got.reason})`);
	}
	write("");
	write("tag               right  asked  wrong  of");
	for (const [tag, tally] of Object.entries(result.byTag)) write(toRow(tag, tally));
	write("");
	write("expected ↓ / got →   repository   none   ask");
	for (const kind of ["repository", "none", "ask"] as const) {
		const rows = judged.filter(({ thread }) => kind in thread.expected);
		const count = (outcome: Classification["outcome"]) =>
			String(rows.filter(({ got }) => got.outcome === outcome).length);
		write(
			`${kind.padEnd(20)} ${count("chosen").padStart(10)} ${count("none").padStart(6)} ${count("ask").padStart(5)}`,
		);
	}
	write("");
	write(
		`model asked ${report.modelCalls} of ${result.total} times; median ${report.medianLatencyMs.toFixed(0)} ms`,
	);
	write(
		`median tokens ${report.medianTokens.input} in, ${report.medianTokens.output} out` +
			(report.medianCostUsd === null ? "" : `; median cost $${report.medianCostUsd.toFixed(6)}`),
	);
	write(
		`accuracy ${percent(result.accuracy)} (at least ${percent(required.accuracy)}), ` +
			`wrong choices ${percent(result.wrongRate)} (at most ${percent(required.wrongRate)}), ` +
			`score ${result.score.toFixed(3)}: ${result.passed ? "passed" : "NOT PASSED"}`,
	);
}

/** 0 for nothing. */
export function median(values: number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = sorted[Math.floor(sorted.length / 2)] ?? 0;
	const before = sorted[Math.ceil(sorted.length / 2) - 1] ?? middle;
	return (middle + before) / 2;
}

function toRow(tag: string, { right, asked, wrong, total }: Tally): string {
	const column = (value: number) => String(value).padStart(5);
	return `${tag.padEnd(17)} ${column(right)}  ${column(asked)}  ${column(wrong)}  ${total}`;
}

function toLabel(expected: Judged["thread"]["expected"]): string {
	if ("repository" in expected) return expected.repository;
	if ("none" in expected) return "none";
	return expected.candidates?.length ? `ask, with ${expected.candidates.join(" and ")}` : "ask";
}

function describe(got: Classification): string {
	if (got.outcome === "chosen") return `${got.repositoryId} by ${got.how}`;
	return got.outcome === "ask" ? `ask [${got.candidates.join(" ")}]` : "none";
}

function percent(share: number): string {
	return `${(share * 100).toFixed(1)} %`;
}

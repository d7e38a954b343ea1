import type { KnownBlock } from "@slack/types";
import type { Chart } from "../../charts/chart.ts";
import type { FirstResponse } from "../../contract/stats.ts";
import { button, contextLine, section } from "../blocks/message.ts";
import { codeSpan } from "../text/escape.ts";
import { durationWords } from "../text/words.ts";
import { PERIODS_DAYS } from "./home-state.ts";
import { welcomeBlocks } from "./home-view.ts";
import type { HomeFigures } from "./read-figures.ts";
import { sparkline } from "./sparkline.ts";

const MOST_REPOSITORIES = 10;
const DAY_MS = 86_400_000;

/** Pure. The figures of a workspace. `pictureUrl` null: Slack does not reach us, and signs stand in for the picture. */
export function statsTab(
	figures: HomeFigures,
	{ botUserId, pictureUrlOf }: { botUserId: string; pictureUrlOf: ((chart: Chart) => string) | null },
): KnownBlock[] {
	const { days, funnel, before, usage } = figures;
	const isEmpty = funnel.sessions + before.sessions === 0 && usage.every(({ prompts }) => prompts === 0);
	if (isEmpty) {
		return [
			...welcomeBlocks(botUserId),
			{ type: "divider" },
			...periodRow(days),
			contextLine(`Nobody asked me for anything in the last ${days} days. Figures will stand here.`),
			section(`*Prompting now*\n${peopleWords(figures.peoplePrompting)}`),
		];
	}
	return [
		{
			type: "header",
			text: {
				type: "plain_text",
				text: `${count(funnel.sessions, "session")} → ${count(funnel.merged, "merged pull request")}`,
			},
		},
		contextLine(comparison(figures)),
		...periodRow(days),
		...usageBlocks(figures, pictureUrlOf),
		{
			type: "section",
			fields: [
				`*Prompting now*\n${peopleWords(figures.peoplePrompting)}`,
				`*Time to first response*\n${responseWords(figures.firstResponse)}`,
				`*With a pull request*\n${figure(funnel.withPullRequest)} of ${count(funnel.sessions, "session")}`,
				`*Prompts*\n${figure(usage.reduce((sum, step) => sum + step.prompts, 0))}`,
			].map((text) => ({ type: "mrkdwn" as const, text })),
		},
		{ type: "divider" },
		...repositoryBlocks(figures),
		contextLine(
			"Sessions of this workspace that began in these days (UTC) and had a turn; merged: one of their pull requests was, by now. The first response is the model's first word; waiting for people is no part of it.",
		),
	];
}

function periodRow(chosen: number): KnownBlock[] {
	return [
		{
			type: "actions",
			block_id: "home_periods",
			elements: PERIODS_DAYS.map((days) =>
				button(`${days} days`, `home_days_${days}`, String(days), days === chosen ? "primary" : undefined),
			),
		},
	];
}

/** Pure. "65% of them · 12% more merged than in the 30 days before (74)". */
export function comparison({
	days,
	funnel,
	before,
}: Pick<HomeFigures, "days" | "funnel" | "before">): string {
	const share =
		funnel.sessions === 0 ? [] : [`${Math.round((100 * funnel.merged) / funnel.sessions)}% led to a merge`];
	if (before.sessions === 0)
		return [`Last ${days} days`, ...share, `nothing to compare with in the ${days} days before`].join(" · ");
	const then = `in the ${days} days before (${count(before.sessions, "session")} → ${figure(before.merged)} merged)`;
	return [`Last ${days} days`, ...share, `${changeWords(funnel.merged, before.merged)} ${then}`].join(" · ");
}

/** How many were merged, against how many before. */
function changeWords(merged: number, before: number): string {
	if (merged === before) return "as many merged as";
	if (before === 0) return "more merged than";
	const percent = Math.round((100 * (merged - before)) / before);
	if (percent === 0) return "about as many merged as";
	return percent > 0 ? `▲ ${figure(percent)}% more merged than` : `▼ ${-percent}% fewer merged than`;
}

function usageBlocks(
	{ days, funnel, usage }: HomeFigures,
	pictureUrlOf: ((chart: Chart) => string) | null,
): KnownBlock[] {
	const [first, second] = usage;
	if (first === undefined) return [];
	const stepDays =
		second === undefined ? 1 : Math.round((Date.parse(second.at) - Date.parse(first.at)) / DAY_MS);
	const sessions = usage.map((step) => step.sessions);
	const merged = usage.map((step) => step.merged);
	const each = stepDays === 1 ? "day" : "week";
	if (pictureUrlOf === null) {
		return [
			section(
				`Sessions by ${each}\n\`${sparkline(sessions)}\` up to ${Math.max(...sessions)}\nMerged by ${each}\n\`${sparkline(merged)}\` up to ${Math.max(...merged)}`,
			),
		];
	}
	return [
		{
			type: "image",
			image_url: pictureUrlOf({ from: first.at.slice(0, 10), stepDays, sessions, merged }),
			alt_text: `Bars of the last ${days} days: ${count(funnel.sessions, "session")}, ${Math.max(...sessions)} in the busiest ${each}; ${count(
				merged.reduce((sum, one) => sum + one, 0),
				"pull request",
			)} merged, ${Math.max(...merged)} in the best ${each}.`,
		},
	];
}

function repositoryBlocks({ repositories, hasMoreRepositories }: HomeFigures): KnownBlock[] {
	if (repositories === null)
		return [contextLine("GitHub does not answer just now, so I cannot say which repositories you may see.")];
	const rows = repositories
		.slice(0, MOST_REPOSITORIES)
		.map(
			({ repository, sessions, merged }) =>
				`${codeSpan(repository, 100)} ${count(sessions, "session")} → ${figure(merged)} merged`,
		);
	const hidden =
		repositories.length > MOST_REPOSITORIES
			? `The ${MOST_REPOSITORIES} most used of those that you may read at GitHub.`
			: "Repositories that you may not read at GitHub are not listed.";
	return [
		...(rows.length > 0 ? [section(`*By repository*\n${rows.join("\n")}`)] : []),
		...(hasMoreRepositories || repositories.length > MOST_REPOSITORIES ? [contextLine(hidden)] : []),
	];
}

function peopleWords(people: number): string {
	return people === 0
		? "Nobody in the last 5 minutes"
		: `${count(people, "person", "people")} in the last 5 minutes`;
}

function responseWords({ prompts, medianSeconds, p95Seconds }: FirstResponse): string {
	if (medianSeconds === null || p95Seconds === null) return "Not known yet";
	return `p50 ${secondsWords(medianSeconds)} · p95 ${secondsWords(p95Seconds)} · of ${count(prompts, "prompt")}`;
}

function secondsWords(seconds: number): string {
	return seconds < 10 ? `${seconds.toFixed(1)} s` : durationWords(seconds * 1000);
}

function count(number: number, one: string, many = `${one}s`): string {
	return `${figure(number)} ${number === 1 ? one : many}`;
}

/** "2,470" */
function figure(number: number): string {
	return number.toLocaleString("en-US");
}

import type { Octokit } from "@octokit/core";
import { z } from "zod";
import { AppError } from "../errors.ts";
import type { Log } from "../log.ts";
import { askGithub } from "./github-error.ts";

const PAGE = 100;
/** So far back it is looked. GitHub keeps deliveries for a few days. */
const REACH_MS = 3 * 24 * 60 * 60_000;
const MOST_PAGES = 20;
/** One that is this young may still be on its way. */
const YOUNG_MS = 60_000;
/** What failed so often fails for another reason than ours being away. */
const MOST_ATTEMPTS = 5;

/**
 * Asks GitHub to send again what nobody took: it does not do so by itself. A delivery that is sent again has its old id,
 * so what was taken after all is not taken twice. Calls at the same time share one look.
 */
export function createRedeliver(deps: {
	/** As the App itself. */
	app: Octokit;
	log: Log;
	now: () => number;
}): () => Promise<{ asked: number }> {
	let looking: Promise<{ asked: number }> | null = null;

	async function readAttempts(): Promise<Attempt[]> {
		const attempts: Attempt[] = [];
		let cursor: string | undefined;
		for (let page = 0; page < MOST_PAGES; page++) {
			const { data, headers } = await askGithub("reading what webhooks were sent", () =>
				deps.app.request("GET /app/hook/deliveries", {
					per_page: PAGE,
					...(cursor === undefined ? {} : { cursor }),
				}),
			);
			attempts.push(...z.array(attempt).parse(data));
			cursor = /[?&]cursor=([^&>]+)[^>]*>;\s*rel="next"/.exec(headers.link ?? "")?.[1];
			const oldest = attempts.at(-1);
			if (cursor === undefined || oldest === undefined) break;
			if (Date.parse(oldest.delivered_at) < deps.now() - REACH_MS) break;
		}
		return attempts;
	}

	async function look(): Promise<{ asked: number }> {
		let asked = 0;
		for (const id of findMissed(await readAttempts(), deps.now())) if (await askAgain(id)) asked++;
		if (asked > 0) deps.log.info({ count: asked }, "GitHub was asked for webhooks again");
		return { asked };
	}

	/** False: GitHub will not send this one. It must not keep back those after it. */
	async function askAgain(id: string): Promise<boolean> {
		try {
			await askGithub("asking for a webhook again", () =>
				deps.app.request(`POST /app/hook/deliveries/${id}/attempts`),
			);
			return true;
		} catch (error) {
			if (!(error instanceof AppError) || error.retryable) throw error;
			deps.log.warn({ err: error, attempt: id }, "GitHub does not send a webhook again");
			return false;
		}
	}

	return () => {
		looking ??= look().finally(() => {
			looking = null;
		});
		return looking;
	};
}

const attempt = z.object({
	/** Larger than a number holds; Octokit gives those as bigint. Source: octokit/request.js, issue 797. */
	id: z.union([z.number().int(), z.bigint()]).transform(String),
	guid: z.string(),
	delivered_at: z.string(),
	/** 0 where nothing answered. */
	status_code: z.number().int(),
});

type Attempt = z.infer<typeof attempt>;

/** Pure. The last attempt of each delivery that nobody took, oldest first. */
export function findMissed(attempts: Attempt[], nowMs: number): string[] {
	const missed = [...Map.groupBy(attempts, ({ guid }) => guid).values()].flatMap((all) => {
		const [last] = all.sort((a, b) => Date.parse(b.delivered_at) - Date.parse(a.delivered_at));
		const isTaken = all.some(({ status_code: status }) => status >= 200 && status < 300);
		if (last === undefined || isTaken || all.length >= MOST_ATTEMPTS) return [];
		const ageMs = nowMs - Date.parse(last.delivered_at);
		return ageMs >= YOUNG_MS && ageMs <= REACH_MS ? [last] : [];
	});
	return missed.sort((a, b) => Date.parse(a.delivered_at) - Date.parse(b.delivered_at)).map(({ id }) => id);
}

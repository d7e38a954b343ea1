import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import type { BuildSite } from "./build-context.ts";
import { BuildFailure } from "./build-failure.ts";
import type { BuildStep } from "./build-input.ts";
import { explainExit, toWords } from "./explain-exit.ts";
import { runAct } from "./run-act.ts";
import { type CommandResult, startCommand } from "./run-command.ts";
import { LOG_SHARE } from "./run-step.ts";

const listSchema = z.array(z.int());
const answerSchema = z.object({
	port: z.int().nullable(),
	status: z.int().nullable(),
	listening: z.array(z.int()),
});
/** An app has this long to answer; one without a named port, to open one. */
const ANSWER_MS = 180_000;
const LOOK_MS = 30_000;
/** After the wait the app is let end by its own limit, so that its last lines are there. */
const BEYOND_MS = 1000;
/** A start command that ended well may have put the app in the background. */
const BACKGROUND_MS = 3000;

type Answer = z.infer<typeof answerSchema>;

interface App {
	start: string;
	ports: readonly number[];
	cwd: string;
	env: Record<string, string>;
}

/**
 * Starts the app, waits until it answers once, and ends it.
 *
 * @param app.survives the words that are said where a failure does not end the build; null: it does
 * @returns the ports that it listened on
 */
export async function startApp(site: BuildSite, app: App & { survives: string | null }): Promise<number[]> {
	const run = (note: (more: Partial<BuildStep>) => void) => tryApp(site, app, note);
	if (app.survives === null) return site.step("start", app.start, run);
	return (await site.tryStep("start", app.start, app.survives, run)) ?? [];
}

async function tryApp(
	site: BuildSite,
	app: App,
	note: (more: Partial<BuildStep>) => void,
): Promise<number[]> {
	const { provider, sandbox, signal } = site;
	const ask = <T>(request: object, schema: z.ZodType<T>, stop: AbortSignal) =>
		runAct(provider, sandbox, {
			...{ key: site.nextKey(), program: "wait-for-answer.mjs", args: [JSON.stringify(request)] },
			...{ schema, signal: stop },
		});
	const before = await ask({ list: true }, listSchema, signal);
	const limitMs = Math.min(site.limitMs(), app.ports.length > 0 ? ANSWER_MS : LOOK_MS);
	const [port] = app.ports;
	const named = port === undefined ? "a port" : `port ${port}`;
	const running = await startCommand(provider, sandbox, {
		...{ key: site.nextKey(), command: app.start, cwd: app.cwd, limitMs: limitMs + BEYOND_MS },
		env: { ...(port === undefined ? {} : { PORT: String(port) }), ...app.env },
		logBytes: Math.floor(site.input.limits.logBytes * LOG_SHARE),
		secrets: site.secrets,
		onLines: site.log.add,
		signal,
	});
	const waiting = new AbortController();
	const request = { ports: app.ports, before, limitMs };
	const answer = ask(request, answerSchema, AbortSignal.any([signal, waiting.signal]));
	// Whoever comes second is not waited for, and may fail.
	answer.catch(() => {});
	running.ended.catch(() => {});
	try {
		const ended = running.ended.then((result) => awaitBackground(result, answer));
		ended.catch(() => {});
		const earlier = await Promise.race([answer, ended]);
		if ("bytes" in earlier && !earlier.timedOut) {
			note({ exitCode: earlier.exitCode });
			throw new BuildFailure(
				"start",
				describeEnd(app.start, { ...earlier, limitMs }, named),
				earlier.lastLines,
			);
		}
		// Ended at its limit: the wait ends then too.
		const first = "bytes" in earlier ? await answer : earlier;
		if (first.port === null) {
			const { lastLines } = await running.ended;
			const instead = first.listening.length > 0 ? ` It listens on ${first.listening.join(", ")}.` : "";
			const message = `Nothing answered on ${named} within ${toWords(limitMs)} of \`${app.start}\`.${instead}`;
			if (port !== undefined) throw new BuildFailure("start", message, lastLines);
			note({ warning: `${message} If it should, say which in "ports".` });
			return [];
		}
		if (first.status === null)
			note({ warning: `Port ${first.port} takes connections but does not speak HTTP.` });
		else site.log.add([`   Port ${first.port} answered with ${first.status}.`]);
		return [...new Set([first.port, ...first.listening])];
	} finally {
		waiting.abort();
		await running.kill();
	}
}

function describeEnd(start: string, result: CommandResult & { limitMs: number }, named: string): string {
	const how = result.exitCode === 0 ? `\`${start}\` ended with exit code 0.` : explainExit(start, result);
	return `${how} Nothing had answered on ${named} by then.`;
}

/** What it put in the background may yet answer. */
async function awaitBackground(
	ended: CommandResult,
	answer: Promise<Answer>,
): Promise<CommandResult | Answer> {
	if (ended.exitCode !== 0) return ended;
	return Promise.race([answer, delay(BACKGROUND_MS, ended)]);
}

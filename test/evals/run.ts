import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { runEvals } from "../../classifier/evals/run.ts";
import { runAddressedEvals } from "../../classifier/evals/run-addressed.ts";
import { createFastModel, type FastModel } from "../../classifier/fast-model.ts";
import { loadConfig } from "../../src/config.ts";
import { createLog } from "../../src/log.ts";
import { createPlaygroundModel } from "../../src/playground/model/create-playground-model.ts";

const write = (line: string) => void process.stdout.write(`${line}\n`);

/** `npm run evals`: the labelled threads against the configured model, or the scripted one where none is. */
async function main(): Promise<{ passed: boolean }> {
	const config = loadConfig();
	if (config.model !== null) {
		const model = createFastModel({ ...config.model, model: config.fastModel });
		return runAll(model, "real");
	}
	write(
		"ANTHROPIC_API_KEY is not set: the scripted stand-in answers. Its score tells nothing about a real model.",
	);
	const app = new Hono();
	const { promise, resolve } = Promise.withResolvers<number>();
	const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => resolve(port));
	const playground = createPlaygroundModel({
		origin: `http://127.0.0.1:${await promise}`,
		delayMs: 0,
		tokensPerSecond: 0,
		log: createLog({ level: "warn", pretty: false }),
	});
	app.route("/playground/model", playground.app);
	try {
		const model = createFastModel({ ...playground.connection, model: config.fastModel });
		return await runAll(model, "scripted");
	} finally {
		server.close();
	}
}

async function runAll(model: FastModel, kind: "real" | "scripted"): Promise<{ passed: boolean }> {
	const threads = await runEvals({ model, kind, write });
	write("");
	const replies = await runAddressedEvals({ model, kind, write });
	return { passed: threads.passed && replies.passed };
}

const result = await main();
process.exitCode = result.passed ? 0 : 1;

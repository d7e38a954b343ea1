import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { pino } from "pino";
import { afterAll, expect, test } from "vitest";
import { runEvals } from "../../classifier/evals/run.ts";
import { runAddressedEvals } from "../../classifier/evals/run-addressed.ts";
import { createFastModel } from "../../classifier/fast-model.ts";
import { createPlaygroundModel } from "../../src/playground/model/create-playground-model.ts";

const app = new Hono();
const { promise, resolve } = Promise.withResolvers<number>();
const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => resolve(port));
afterAll(() => server.close());

test("the scripted model reaches its score over the Messages protocol", async () => {
	const playground = createPlaygroundModel({
		origin: `http://127.0.0.1:${await promise}`,
		delayMs: 0,
		tokensPerSecond: 0,
		log: pino({ level: "silent" }),
	});
	app.route("/playground/model", playground.app);
	const model = createFastModel({ ...playground.connection, model: "claude-haiku-5-5", timeoutMs: 60_000 });
	const lines: string[] = [];
	const result = await runEvals({ model, kind: "scripted", write: (line) => lines.push(line) });
	expect(lines.filter((line) => line.startsWith("!"))).toEqual([]);
	expect(result, lines.join("\n")).toMatchObject({ passed: true });
	expect(result.byTag.attack?.wrong).toBe(0);
	const talk: string[] = [];
	const replies = await runAddressedEvals({ model, kind: "scripted", write: (line) => talk.push(line) });
	expect(talk.filter((line) => line.startsWith("!"))).toEqual([]);
	expect(replies, talk.join("\n")).toMatchObject({ passed: true });
});

import { pino } from "pino";
import { expect, test } from "vitest";
import { AppError } from "../../src/errors.ts";
import type { GithubStore } from "../../src/github/store.ts";
import { createProcessor } from "../../src/github/webhooks/processor.ts";

const UNDER_WAY = new AppError("opening_under_way", "It is being opened just now.", { retryable: true });

test.each<[string, unknown, number, string, "open" | "done"]>([
	["tells quietly of what is taken up again", UNDER_WAY, 1, "info", "open"],
	["warns of what still fails after a while", UNDER_WAY, 4, "warn", "open"],
	["warns of what can never succeed", new AppError("forbidden", "No."), 1, "warn", "done"],
	["warns of a bug at once", new TypeError("a bug"), 1, "warn", "open"],
])("%s", async (_what, error, attempts, level, end) => {
	const lines: { level: number }[] = [];
	const ends: string[] = [];
	const store = {
		claimDelivery: async (id: number) => ({ id, key: "d", body: {}, attempts }),
		finishDelivery: async () => void ends.push("done"),
		postponeDelivery: async () => void ends.push("open"),
	} as Partial<GithubStore> as GithubStore;
	const processor = createProcessor({
		store,
		process: () => Promise.reject(error),
		log: pino({ level: "info" }, { write: (line) => void lines.push(JSON.parse(line)) }),
		now: Date.now,
	});
	await processor.begin(1);
	await processor.drain();
	expect(lines.map((line) => pino.levels.labels[line.level])).toEqual([level]);
	expect(ends).toEqual([end]);
});

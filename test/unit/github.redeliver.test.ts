import { Octokit } from "@octokit/core";
import { pino } from "pino";
import { expect, test } from "vitest";
import { createRedeliver, findMissed } from "../../src/github/redeliver.ts";

const NOW = Date.parse("2026-03-04T12:00:00Z");
const attempt = (id: number, guid: string, ageSeconds: number, status_code: number) => ({
	id: String(id),
	guid,
	delivered_at: new Date(NOW - ageSeconds * 1000).toISOString(),
	status_code,
});
const HOUR = 3600;

test.each<[string, ReturnType<typeof attempt>[], number[]]>([
	["nothing", [], []],
	["what was taken", [attempt(1, "a", HOUR, 202)], []],
	["what nobody took, oldest first", [attempt(2, "b", HOUR, 502), attempt(1, "a", 2 * HOUR, 0)], [1, 2]],
	["what was taken at last", [attempt(2, "a", HOUR, 202), attempt(1, "a", 2 * HOUR, 0)], []],
	["the last attempt of one", [attempt(2, "a", HOUR, 500), attempt(1, "a", 2 * HOUR, 0)], [2]],
	["what is on its way", [attempt(1, "a", 5, 500)], []],
	["what is too old", [attempt(1, "a", 100 * HOUR, 500)], []],
	["what fails always", [1, 2, 3, 4, 5].map((id) => attempt(id, "a", HOUR + id, 500)), []],
])("asks again for: %s", (_, attempts, expected) => {
	expect(findMissed(attempts, NOW)).toEqual(expected.map(String));
});

test("one that GitHub will not send again keeps none of the others back", async () => {
	const asked: string[] = [];
	const fetch = async (url: string, { method }: RequestInit) => {
		if (method === "GET") {
			const missed = [
				attempt(3, "c", HOUR, 500),
				attempt(2, "b", 2 * HOUR, 500),
				attempt(1, "a", 3 * HOUR, 0),
			];
			return Response.json(missed.map((one) => ({ ...one, id: Number(one.id) })));
		}
		asked.push(new URL(url).pathname);
		return Response.json({}, { status: asked.length === 1 ? 422 : 202 });
	};
	const app = new Octokit({ request: { fetch } });
	const redeliver = createRedeliver({ app, log: pino({ level: "silent" }), now: () => NOW });
	expect(await redeliver()).toEqual({ asked: 2 });
	expect(asked).toEqual([1, 2, 3].map((id) => `/app/hook/deliveries/${id}/attempts`));
});

import { expect, test } from "vitest";
import { soak } from "../harness/soak.ts";

test("many sessions of one workspace: every answer arrives soon, Slack never says that it is too much", async () => {
	const figures = await soak({ sessions: 24, durationMs: 6_000, patienceMs: 20_000 });
	expect(figures.lost).toBe(0);
	expect(figures.refused).toBe(0);
	expect(figures.toolCalls).toBeGreaterThan(30);
	expect(figures.busiestMinute["chat.update"]).toBeLessThanOrEqual(48);
	expect(Math.max(...figures.finalMs)).toBeLessThan(15_000);
});

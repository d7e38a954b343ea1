import { expect, test } from "vitest";
import { PATIENCE_MS } from "../config/patience.ts";
import { fastest } from "../harness/fastest.ts";
import { soak } from "../harness/soak.ts";

test("many sessions of one workspace: every answer arrives soon, Slack never says that it is too much", async () => {
	async function soakOnce(): Promise<number> {
		const figures = await soak({ sessions: 24, durationMs: 6_000, patienceMs: PATIENCE_MS });
		expect(figures.lost).toBe(0);
		expect(figures.refused).toBe(0);
		expect(figures.toolCalls).toBeGreaterThan(30);
		expect(figures.busiestMinute["chat.update"]).toBeLessThanOrEqual(48);
		return Math.max(...figures.finalMs);
	}
	expect(await fastest(15_000, soakOnce)).toBeLessThan(15_000);
});

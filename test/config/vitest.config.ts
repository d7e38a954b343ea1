import { defineConfig } from "vitest/config";
import { LongestFirst } from "./longest-first.ts";
import { PATIENCE_MS, TEST_LIMIT_MS } from "./patience.ts";

const UNIT = "test/unit/**/*.test.ts";

export default defineConfig({
	test: {
		root: new URL("../..", import.meta.url).pathname,
		testTimeout: TEST_LIMIT_MS,
		hookTimeout: TEST_LIMIT_MS,
		expect: { poll: { timeout: PATIENCE_MS, interval: 20 } },
		maxWorkers: 2,
		sequence: { sequencer: LongestFirst },
		reporters: ["default"],
		projects: [
			// They keep nothing, so their files share what they import: that takes longer than the tests.
			{ extends: true, test: { name: "unit", include: [UNIT], isolate: false } },
			{
				extends: true,
				test: {
					name: "parts",
					include: ["test/**/*.test.ts"],
					exclude: [UNIT],
					globalSetup: ["test/config/global-setup.ts"],
				},
			},
		],
	},
});

import { defineConfig } from "vitest/config";
import { PATIENCE_MS, TEST_LIMIT_MS } from "./patience.ts";

export default defineConfig({
	test: {
		root: new URL("../..", import.meta.url).pathname,
		include: ["test/**/*.test.ts"],
		globalSetup: ["test/config/global-setup.ts"],
		testTimeout: TEST_LIMIT_MS,
		hookTimeout: TEST_LIMIT_MS,
		expect: { poll: { timeout: PATIENCE_MS, interval: 20 } },
		maxWorkers: 2,
		reporters: ["default"],
	},
});

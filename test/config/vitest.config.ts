import { defineConfig } from "vitest/config";

export default defineConfig({
	test: {
		root: new URL("../..", import.meta.url).pathname,
		include: ["test/**/*.test.ts"],
		globalSetup: ["test/config/global-setup.ts"],
		testTimeout: 20_000,
		hookTimeout: 60_000,
		maxWorkers: 2,
		reporters: ["default"],
	},
});

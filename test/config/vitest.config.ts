import { defineConfig } from "vitest/config";

export default defineConfig({
	test: {
		root: new URL("../..", import.meta.url).pathname,
		include: ["test/**/*.test.ts"],
		globalSetup: ["test/config/global-setup.ts"],
		testTimeout: 20_000,
		hookTimeout: 60_000,
		maxWorkers: 2,
		// Real agents on a shared machine: a start may come late once. The reporter names what was tried again.
		retry: process.env.CI ? 1 : 0,
		reporters: ["default"],
	},
});

import { defineConfig } from "vitest/config";

/** `npm run shots`: each scene is one file, played in a workspace of its own. */
export default defineConfig({
	test: {
		root: new URL("../..", import.meta.url).pathname,
		include: ["test/shots/**/*.shots.ts"],
		globalSetup: ["test/config/global-setup.ts", "test/shots/contact-sheet.ts"],
		testTimeout: 120_000,
		hookTimeout: 60_000,
		maxWorkers: 2,
		reporters: ["default"],
	},
});

// node run-vite.ts <directory of the page's sources> <directory to build into>
import react from "@vitejs/plugin-react";
import { build } from "vite";

const [root, outDir] = process.argv.slice(2);
if (root === undefined || outDir === undefined) throw new Error("needs two directories");

await build({
	configFile: false,
	envDir: false,
	logLevel: "warn",
	root,
	base: "/playground/slack/",
	plugins: [react()],
	build: {
		outDir,
		emptyOutDir: true,
		modulePreload: false,
		reportCompressedSize: false,
		assetsInlineLimit: 0,
	},
});

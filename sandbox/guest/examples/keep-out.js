// A hook for `.bobbin/hooks/`: keeps the agent's editing tools out of folders that another program writes.
// It guards against mistakes; a shell command can still write there. What must never happen belongs into a check of
// the pull request.
import { relative, resolve } from "node:path";

const KEPT = ["vendor", "src/generated"];
const root = process.cwd();

/** The files that a call of an editing tool names. */
function filesOf({ tool, args }) {
	if (tool === "edit" || tool === "write") return [args.filePath];
	if (tool !== "apply_patch") return [];
	return [...args.patchText.matchAll(/^\*\*\* (?:Add|Update|Delete) File: (.+)$/gm)].map(([, path]) => path);
}

export default {
	beforeTool(call) {
		for (const file of filesOf(call)) {
			const path = relative(root, resolve(root, file));
			const folder = KEPT.find((kept) => path === kept || path.startsWith(`${kept}/`));
			if (folder)
				return { block: `${folder}/ is generated. Change what it is made from, then run npm run generate.` };
		}
	},
};

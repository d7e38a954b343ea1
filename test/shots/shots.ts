/**
 * The pictures of Bobbin in Slack, by scene, each with what can be seen in it. A test compares the list with the code
 * (`inventory.ts`): whatever people see or use is in one picture at least.
 */
export const SHOTS = {
	commands: {
		typing: [],
		help: ["command help"],
		typo: [],
		new: ["command new", "draws askedMessage"],
		spawn: ["command spawn"],
		status: ["command status", "action stop_listed_session", "draws listMessage"],
		"status-of-one": ["command status"],
		sessions: ["command sessions"],
		stop: ["command stop"],
		"stop-which": ["command stop"],
		repo: ["command repo"],
		"repo-unknown": ["command repo"],
		"repo-set": ["command repo"],
		stats: ["command stats"],
		budget: ["command budget"],
		"budget-set": ["command budget"],
		"budget-refused": ["command budget"],
		link: ["command link"],
	},
} as const;

export type SceneName = keyof typeof SHOTS;

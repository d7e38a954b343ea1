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
	thread: {
		begun: ["draws statusMessage"],
		working: ["action stop_session", "action wrong_repository"],
		verbose: ["word verbose"],
		queued: ["action cancel_prompt"],
		cancelled: [],
		done: ["draws pullRequestMessage", "draws answerMessages"],
		reviewed: ["draws pullRequestMessage"],
		merged: ["draws pullRequestEndMessage", "word normal"],
	},
	trouble: {
		edited: [],
		stopped: ["action retry_prompt"],
		failed: ["action retry_prompt"],
		"model-waits": [],
		masked: ["draws withCareLine"],
		"long-answer": ["draws longAnswer"],
		quiet: ["word quiet"],
		"held-back": [],
	},
	questions: {
		asked: ["draws questionMessage", "action answer_question_0", "action answer_otherwise"],
		"own-words": ["draws answerView", "view answer_question"],
		several: ["draws questionMessage"],
		choose: ["view answer_question"],
		answered: ["draws questionMessage"],
	},
	budget: {
		paused: ["draws budgetMessage", "action continue_budget", "action stop_session"],
		continued: ["draws budgetMessage"],
		stopped: ["draws budgetMessage"],
	},
	attempts: {
		begun: ["draws comparisonMessage"],
		channel: ["draws askedMessage"],
		compared: ["action pick_attempt_1"],
		picked: ["draws comparisonMessage"],
		closed: ["draws closedAttemptMessage"],
	},
} as const;

export type SceneName = keyof typeof SHOTS;

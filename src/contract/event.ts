import { z } from "zod";
import { budgetScope } from "./budget.ts";
import { routingHow } from "./session.ts";

const promptId = z.string();
const partId = z.string();
const callId = z.string();

/** A file that a turn changed. `diff` is a unified diff, cut at 64 KiB. */
export const fileChange = z.object({
	path: z.string(),
	change: z.enum(["added", "changed", "deleted"]),
	additions: z.number().int(),
	deletions: z.number().int(),
	diff: z.string().nullable(),
});

export const todo = z.object({
	content: z.string(),
	status: z.enum(["pending", "in_progress", "completed", "cancelled"]),
});

/** What went wrong, as a person may read it. `code` is stable; `message` says what to do. */
export const problem = z.object({ code: z.string(), message: z.string(), retryable: z.boolean() });

/** What an agent does during a turn, in our own words: every driver translates into these. */
export const agentEventSchemas = [
	/** A piece of an answer while it is written. Several pieces of one part are merged before they are kept. */
	z.object({ type: z.literal("text.delta"), data: z.object({ promptId, partId, text: z.string() }) }),
	/** A whole part of an answer, Markdown. Replaces its deltas. */
	z.object({ type: z.literal("text"), data: z.object({ promptId, partId, text: z.string() }) }),
	z.object({ type: z.literal("reasoning.delta"), data: z.object({ promptId, partId, text: z.string() }) }),
	z.object({ type: z.literal("reasoning"), data: z.object({ promptId, partId, text: z.string() }) }),
	/** A tool call began. `title` is plain words for people: "Read src/cart.ts", "Run npm test". */
	z.object({
		type: z.literal("tool.started"),
		data: z.object({ promptId, callId, tool: z.string(), title: z.string(), input: z.unknown() }),
	}),
	/** The last lines of what a running tool printed, at most 4 KiB. */
	z.object({
		type: z.literal("tool.progress"),
		data: z.object({ promptId, callId, title: z.string(), tail: z.string() }),
	}),
	/** A tool call ended. `output` is cut at 16 KiB. */
	z.object({
		type: z.literal("tool.finished"),
		data: z.object({
			promptId,
			callId,
			tool: z.string(),
			title: z.string(),
			outcome: z.enum(["done", "failed"]),
			output: z.string(),
			/** Of a command in the shell; left out: it was none, or it came to no end of its own. */
			exitCode: z.int().exactOptional(),
			durationMs: z.number(),
		}),
	}),
	z.object({ type: z.literal("file.changed"), data: z.object({ promptId, file: fileChange }) }),
	/** The agent's plan, whole, each time it changes. */
	z.object({ type: z.literal("todos.changed"), data: z.object({ promptId, todos: z.array(todo) }) }),
	/** Tokens and money of one model call. */
	z.object({
		type: z.literal("usage"),
		data: z.object({
			promptId,
			model: z.string(),
			inputTokens: z.number(),
			outputTokens: z.number(),
			cacheReadTokens: z.number(),
			cacheWriteTokens: z.number(),
			costUsd: z.number(),
		}),
	}),
	/** The model asked the agent to wait (overload, rate limit) and it is trying again. */
	z.object({
		type: z.literal("agent.retrying"),
		data: z.object({ promptId, attempt: z.number(), message: z.string() }),
	}),
	z.object({ type: z.literal("agent.error"), data: z.object({ promptId, problem }) }),
	/** The agent asks a person, and its turn waits. `questionId` is the agent's; `multiple`: several options may be chosen. */
	z.object({
		type: z.literal("question.asked"),
		data: z.object({
			promptId,
			questionId: z.string(),
			text: z.string(),
			options: z.array(z.object({ label: z.string(), description: z.string() })),
			multiple: z.boolean(),
		}),
	}),
	/** The agent wants no answer any more. */
	z.object({ type: z.literal("question.dropped"), data: z.object({ promptId, questionId: z.string() }) }),
] as const;

/** The steps before an agent can work; each is timed. `clone` is waited for, `sync` goes on beside the agent. */
export const startupStep = z.enum(["sandbox", "clone", "sync", "agent", "prompt"]);

const sessionEventSchemas = [
	z.object({
		type: z.literal("session.created"),
		data: z.object({ title: z.string(), personId: z.string().nullable() }),
	}),
	/** Somebody gave it another title. */
	z.object({
		type: z.literal("session.renamed"),
		data: z.object({ title: z.string(), personId: z.string().nullable() }),
	}),
	/** The repository is settled; `repositoryId` null: no repository is needed. `reason` is one line for people. */
	z.object({
		type: z.literal("session.routed"),
		data: z.object({
			repositoryId: z.string().nullable(),
			repository: z.string().nullable(),
			how: routingHow,
			reason: z.string(),
			confidence: z.number().nullable(),
		}),
	}),
	/**
	 * A person moved the session to another repository, where `promptId` is begun anew; `from` null: it had none. Its
	 * sandbox was let go; `isKept` false: what was not pushed could not be kept.
	 */
	z.object({
		type: z.literal("repository.moved"),
		data: z.object({
			from: z.object({ repositoryId: z.string(), repository: z.string() }).nullable(),
			to: z.object({ repositoryId: z.string(), repository: z.string() }),
			personId: z.string().nullable(),
			reason: z.string(),
			promptId: promptId.nullable(),
			isKept: z.boolean(),
		}),
	}),
	/** We could not tell the repository: the thread was asked. `candidates` are best first. */
	z.object({
		type: z.literal("session.asked"),
		data: z.object({
			reason: z.string(),
			candidates: z.array(z.object({ repositoryId: z.string(), repository: z.string() })),
		}),
	}),
	z.object({ type: z.literal("prompt.queued"), data: z.object({ promptId, position: z.number().int() }) }),
	/** Secrets in what came with a prompt were masked before anybody read it. `kinds` are plain words, each once. */
	z.object({
		type: z.literal("secrets.masked"),
		data: z.object({ promptId, count: z.number().int(), kinds: z.array(z.string()) }),
	}),
	/** Files that the agent does not get. */
	z.object({
		type: z.literal("files.left_out"),
		data: z.object({ promptId, files: z.array(z.object({ name: z.string(), why: z.string() })) }),
	}),
	z.object({ type: z.literal("prompt.started"), data: z.object({ promptId, attempt: z.number().int() }) }),
	z.object({
		type: z.literal("prompt.finished"),
		data: z.object({
			promptId,
			status: z.enum(["done", "failed", "stopped", "cancelled"]),
			problem: problem.nullable(),
			durationMs: z.number().nullable(),
			costUsd: z.number(),
		}),
	}),
	z.object({
		type: z.literal("startup.step"),
		data: z.object({
			promptId,
			step: startupStep,
			state: z.enum(["started", "done"]),
			durationMs: z.number().nullable(),
		}),
	}),
	/** The agent made a picture that people may see; its bytes are not in the log. `title` is one line of its own words. */
	z.object({
		type: z.literal("picture.added"),
		data: z.object({ promptId, pictureId: z.string(), title: z.string() }),
	}),
	/** What people have to know of the checkout, a sentence each. */
	z.object({ type: z.literal("checkout.noted"), data: z.object({ notes: z.array(z.string()) }) }),
	/** No snapshot of the sandbox could be taken, so its uncommitted work was pushed to a branch. */
	z.object({ type: z.literal("work.saved"), data: z.object({ branch: z.string(), problem }) }),
	z.object({
		type: z.literal("pull_request.opened"),
		data: z.object({
			promptId: promptId.nullable(),
			pullRequestId: z.string(),
			repository: z.string(),
			number: z.number().int(),
			url: z.string(),
			title: z.string(),
			branch: z.string(),
			base: z.string(),
		}),
	}),
	/** `chosen`: labels of options, or a person's own words. */
	z.object({
		type: z.literal("question.answered"),
		data: z.object({
			promptId,
			questionId: z.string(),
			chosen: z.array(z.string()),
			personId: z.string().nullable(),
		}),
	}),
	/** `link`: its author must connect a GitHub account before it may run; `budget`: see `budget.reached`. */
	z.object({
		type: z.literal("prompt.held"),
		data: z.object({ promptId, why: z.enum(["link", "budget", "gone"]) }),
	}),
	/** A cap lets no more model calls through: the prompt is paused until people decide. */
	z.object({
		type: z.literal("budget.reached"),
		data: z.object({ promptId, scope: budgetScope, spentUsd: z.number(), capUsd: z.number() }),
	}),
	/** A person let it go on; `raisedUsd` was added to the cap. */
	z.object({
		type: z.literal("budget.raised"),
		data: z.object({
			promptId,
			scope: budgetScope,
			raisedUsd: z.number(),
			personId: z.string().nullable(),
		}),
	}),
	z.object({ type: z.literal("prompt.released"), data: z.object({ promptId }) }),
	/** The branch is pushed; it is opened when this person has connected a GitHub account. */
	z.object({
		type: z.literal("pull_request.waiting"),
		data: z.object({
			promptId: promptId.nullable(),
			branch: z.string(),
			title: z.string(),
			personId: z.string(),
		}),
	}),
	/** GitHub refused it after the turn; asked for again it is tried again. */
	z.object({
		type: z.literal("pull_request.refused"),
		data: z.object({ promptId: promptId.nullable(), branch: z.string(), title: z.string(), problem }),
	}),
	z.object({
		type: z.literal("pull_request.reviewed"),
		data: z.object({
			pullRequestId: z.string(),
			login: z.string(),
			state: z.enum(["approved", "changes_requested", "commented", "dismissed"]),
		}),
	}),
	/** Failing checks of a commit of the session's were looked at. */
	z.object({
		type: z.literal("checks.judged"),
		data: z.object({
			pullRequestId: z.string(),
			headSha: z.string(),
			findings: z.array(
				z.object({
					name: z.string(),
					verdict: z.enum(["caused", "before", "flaky", "unknown"]),
					reason: z.string(),
				}),
			),
			/** `fixing`: a prompt mends them; `handed_back`: people are asked; `none`: nothing is to be done. */
			next: z.enum(["fixing", "handed_back", "none"]),
		}),
	}),
	/** Its head or state moved: more commits, merged, closed. */
	z.object({
		type: z.literal("pull_request.changed"),
		data: z.object({
			pullRequestId: z.string(),
			state: z.enum(["open", "merged", "closed"]),
			additions: z.number().int(),
			deletions: z.number().int(),
		}),
	}),
] as const;

export const agentEvent = z.discriminatedUnion("type", agentEventSchemas);
/** One line of a session's log, without its place in it. */
export const sessionEvent = z.discriminatedUnion("type", [...agentEventSchemas, ...sessionEventSchemas]);

/**
 * One line of a session's log as clients get it. `seq` starts at 1 and rises by one; numbers are missing only where the
 * pieces of a finished turn's parts were removed.
 */
export const loggedEvent = z.intersection(
	sessionEvent,
	z.object({ sessionId: z.string(), seq: z.number().int(), at: z.iso.datetime() }),
);

export type FileChange = z.infer<typeof fileChange>;
export type Todo = z.infer<typeof todo>;
export type Problem = z.infer<typeof problem>;
export type StartupStep = z.infer<typeof startupStep>;
export type AgentEvent = z.infer<typeof agentEvent>;
export type SessionEvent = z.infer<typeof sessionEvent>;
export type LoggedEvent = z.infer<typeof loggedEvent>;

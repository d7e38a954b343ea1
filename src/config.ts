import { existsSync, readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import type { PoolLimits } from "../sandbox/pool.ts";
import type { BudgetDefaults } from "./budget/decide-budget.ts";
import { type RealDaytona, toDaytona } from "./config/daytona.ts";
import { type Environment, environment } from "./config/environment.ts";
import { type RealGithub, toGithub } from "./config/github.ts";
import { type RealModel, toAgentModels, toModel } from "./config/model.ts";
import { toPoolLimits } from "./config/pool.ts";
import { type RealSlack, toSlack } from "./config/slack.ts";
import { AppError } from "./errors.ts";
import { parseKeys } from "./secrets/parse-keys.ts";
import type { SealKey } from "./secrets/seal.ts";

/** Everything that can be set. A part that is `null` is embedded: the playground or the local engine stands in. */
export interface Config {
	port: number;
	host: string;
	publicUrl: string | null;
	dataDir: string;
	logLevel: Environment["LOG_LEVEL"];
	databaseUrl: string | null;
	/** What secrets in the database are sealed with, the current one first; null: a file in the data folder has them. */
	encryptionKeys: SealKey[] | null;
	slack: RealSlack | null;
	/** Where people use Slack. */
	slackUrl: string;
	github: RealGithub | null;
	model: RealModel | null;
	agentModel: string;
	/** What people may choose instead of it; it is the first of them. */
	agentModels: readonly string[];
	fastModel: string;
	sandbox: {
		provider: "local" | "docker" | "daytona";
		/** null: another provider is used. */
		daytona: RealDaytona | null;
		/** Where the Docker engine is reached, and what sandboxes are made from; null: the image of our Dockerfile. */
		docker: { host: string; image: string | null };
		isolation: "full" | "none";
		allowHosts: string[];
		memoryMiB: number;
		/** What all files of one sandbox may take, where the provider and the system allow a limit; null: no limit. */
		diskMiB: number | null;
		/** A sandbox with nothing to do for so long is stopped; its files stay. */
		idleMs: number;
		/** A sandbox with nothing to do for so long is deleted once a snapshot holds everything in it. 0: never. */
		keepMs: number;
	};
	/** How long rows stay that only tell of things that are over; `src/db/README.md` has which. */
	keep: { inboxMs: number; historyMs: number; auditMs: number };
	images: {
		/** How often it is looked whether a repository needs a new image. 0: no images are built. */
		everyMs: number;
		/** A repository on which no session began for so long gets no new images. */
		activeMs: number;
	};
	/** By what GitHub says of their size: larger ones are refused, and of large ones older file versions stay there. */
	repositories: { maxKib: number; wholeKib: number };
	/** What the warm pool may have. */
	pool: PoolLimits;
	/** What work may cost where nobody set anything, in US dollars; null: as much as it takes. */
	budget: BudgetDefaults;
	playgroundModel: { delayMs: number; tokensPerSecond: number };
}

/**
 * Reads the configuration from an environment. A part that is half set is refused, with the name of what is missing,
 * so that a typing error never falls back to the playground in silence.
 *
 * @throws AppError `bad_config` with one line per problem
 */
export function loadConfig(env: Record<string, string | undefined> = readEnvironment()): Config {
	const filled = Object.fromEntries(
		Object.entries(env).filter(([, value]) => value !== undefined && value !== ""),
	);
	const parsed = environment.safeParse(filled);
	if (!parsed.success) {
		const lines = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
		throw new AppError("bad_config", `Settings that cannot be used:\n  ${lines.join("\n  ")}`);
	}
	const e = parsed.data;
	return {
		port: e.PORT,
		host: e.HOST,
		publicUrl: e.PUBLIC_URL?.replace(/\/+$/, "") ?? null,
		dataDir: e.DATA_DIR,
		logLevel: e.LOG_LEVEL,
		databaseUrl: checkDatabaseUrl(e.DATABASE_URL),
		encryptionKeys: e.ENCRYPTION_KEYS === undefined ? null : parseKeys(e.ENCRYPTION_KEYS, "ENCRYPTION_KEYS"),
		slack: checkAccounts(e, toSlack(e)),
		slackUrl: e.SLACK_URL.replace(/\/+$/, ""),
		github: toGithub(e),
		model: toModel(e),
		agentModel: e.AGENT_MODEL,
		agentModels: toAgentModels(e),
		fastModel: e.FAST_MODEL,
		sandbox: {
			provider: e.SANDBOX_PROVIDER,
			daytona: e.SANDBOX_PROVIDER === "daytona" ? toDaytona(e) : null,
			docker: {
				host: e.SANDBOX_DOCKER_HOST ?? e.DOCKER_HOST ?? "unix:///var/run/docker.sock",
				image: e.SANDBOX_DOCKER_IMAGE ?? null,
			},
			isolation: e.SANDBOX_ISOLATION,
			allowHosts: e.SANDBOX_ALLOW_HOSTS,
			memoryMiB: e.SANDBOX_MEMORY_MIB,
			diskMiB: e.SANDBOX_DISK_MIB === 0 ? null : e.SANDBOX_DISK_MIB,
			idleMs: e.SANDBOX_IDLE_MINUTES * 60_000,
			keepMs: e.SANDBOX_KEEP_HOURS * 3_600_000,
		},
		keep: {
			inboxMs: e.KEEP_INBOX_DAYS * 86_400_000,
			historyMs: e.KEEP_HISTORY_DAYS * 86_400_000,
			auditMs: e.KEEP_AUDIT_DAYS * 86_400_000,
		},
		images: {
			everyMs: e.IMAGE_EVERY_MINUTES * 60_000,
			activeMs: e.IMAGE_ACTIVE_DAYS * 86_400_000,
		},
		repositories: { maxKib: e.REPOSITORY_MAX_MIB * 1024, wholeKib: e.REPOSITORY_WHOLE_MIB * 1024 },
		pool: toPoolLimits(e),
		budget: {
			prompt: e.BUDGET_PROMPT_USD || null,
			session: e.BUDGET_SESSION_USD || null,
			person: e.BUDGET_PERSON_MONTH_USD || null,
			channel: e.BUDGET_CHANNEL_MONTH_USD || null,
			workspace: e.BUDGET_WORKSPACE_MONTH_USD || null,
		},
		playgroundModel: {
			delayMs: e.PLAYGROUND_MODEL_DELAY_MS,
			tokensPerSecond: e.PLAYGROUND_MODEL_TOKENS_PER_SECOND,
		},
	};
}

/** The process's environment over what `.env` says. */
function readEnvironment(): Record<string, string | undefined> {
	return { ...(existsSync(".env") ? parseEnv(readFileSync(".env", "utf8")) : {}), ...process.env };
}

function checkDatabaseUrl(url: string | undefined): string | null {
	if (url === undefined) return null;
	if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url)) {
		throw new AppError(
			"bad_config",
			"DATABASE_URL is not a PostgreSQL address; it looks like postgres://user:password@host:5432/name. Leave it empty to use the embedded database.",
		);
	}
	return url;
}

/** Without accounts whoever Slack lets in may use every repository: never where strangers can install the app. */
function checkAccounts(e: Environment, slack: RealSlack | null): RealSlack | null {
	const hasAccounts = toGithub(e) === null || (e.GITHUB_CLIENT_ID && e.GITHUB_CLIENT_SECRET);
	if (slack?.oauth && !hasAccounts) {
		throw new AppError(
			"bad_config",
			"GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET are missing: where several workspaces use Bobbin (SLACK_CLIENT_ID), people need their own GitHub accounts.",
		);
	}
	return slack;
}

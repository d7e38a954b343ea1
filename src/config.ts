import { existsSync, readFileSync } from "node:fs";
import { totalmem } from "node:os";
import { parseEnv } from "node:util";
import { z } from "zod";
import type { PoolLimits } from "../sandbox/pool.ts";
import type { BudgetDefaults } from "./budget/decide-budget.ts";
import { AppError } from "./errors.ts";
import { parseKeys } from "./secrets/parse-keys.ts";
import type { SealKey } from "./secrets/seal.ts";

const text = z.string().trim().min(1);

const environment = z.object({
	PORT: z.coerce.number().int().min(0).max(65535).default(3000),
	HOST: text.default("127.0.0.1"),
	PUBLIC_URL: z.url().optional(),
	DATA_DIR: text.default(".data"),
	LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info"),

	DATABASE_URL: text.optional(),
	ENCRYPTION_KEYS: text.optional(),

	SLACK_BOT_TOKEN: text.optional(),
	SLACK_SIGNING_SECRET: text.optional(),
	SLACK_APP_TOKEN: text.optional(),
	SLACK_CLIENT_ID: text.optional(),
	SLACK_CLIENT_SECRET: text.optional(),
	SLACK_CONFIG_TOKEN: text.optional(),
	SLACK_CODE_CHANNELS: z.enum(["on", "off"]).default("off"),
	SLACK_API_URL: z.url().optional(),
	SLACK_URL: z.url().default("https://slack.com"),

	GITHUB_APP_ID: text.optional(),
	GITHUB_PRIVATE_KEY: text.optional(),
	GITHUB_WEBHOOK_SECRET: text.optional(),
	GITHUB_CLIENT_ID: text.optional(),
	GITHUB_CLIENT_SECRET: text.optional(),
	GITHUB_API_URL: z.url().default("https://api.github.com"),
	GITHUB_URL: z.url().default("https://github.com"),

	ANTHROPIC_API_KEY: text.optional(),
	ANTHROPIC_BASE_URL: z.url().optional(),
	AGENT_MODEL: text.default("claude-sonnet-5-5"),
	AGENT_MODELS: z.string().default(""),
	FAST_MODEL: text.default("claude-haiku-5-5"),

	SANDBOX_PROVIDER: z.enum(["local", "docker", "daytona"]).default("local"),
	DAYTONA_API_KEY: text.optional(),
	DAYTONA_API_URL: z.url().default("https://app.daytona.io/api"),
	DAYTONA_TARGET: text.default("us"),
	DAYTONA_IMAGE: text.optional(),
	DAYTONA_TOOLS_DIR: text.default("/opt/bobbin"),
	SANDBOX_DOCKER_HOST: text.optional(),
	DOCKER_HOST: text.optional(),
	SANDBOX_DOCKER_IMAGE: text.optional(),
	SANDBOX_ISOLATION: z.enum(["full", "none"]).default("full"),
	SANDBOX_ALLOW_HOSTS: z
		.string()
		.default(
			"registry.npmjs.org,pypi.org,files.pythonhosted.org,proxy.golang.org,sum.golang.org,static.crates.io,index.crates.io,rubygems.org",
		)
		.transform((list) =>
			list
				.split(",")
				.map((host) => host.trim())
				.filter((host) => host !== ""),
		),
	SANDBOX_IDLE_MINUTES: z.coerce.number().min(1).default(30),
	SANDBOX_KEEP_HOURS: z.coerce.number().min(0).default(72),
	// Slack repeats for minutes, and GitHub's deliveries can be sent again for three days.
	KEEP_INBOX_DAYS: z.coerce.number().min(4).default(7),
	KEEP_HISTORY_DAYS: z.coerce.number().min(1).default(90),
	KEEP_AUDIT_DAYS: z.coerce.number().min(1).default(365),
	IMAGE_EVERY_MINUTES: z.coerce.number().min(0).default(30),
	IMAGE_ACTIVE_DAYS: z.coerce.number().min(1).default(14),
	REPOSITORY_MAX_MIB: z.coerce.number().int().min(1).default(10_240),
	REPOSITORY_WHOLE_MIB: z.coerce.number().int().min(0).default(512),
	SANDBOX_MEMORY_MIB: z.coerce.number().int().min(256).default(4096),
	SANDBOX_DISK_MIB: z.coerce
		.number()
		.int()
		.refine((mebibytes) => mebibytes === 0 || mebibytes >= 256, "must be 0 (no limit) or at least 256")
		.default(10_240),
	SANDBOX_USD_PER_HOUR: z.coerce.number().min(0).default(0),
	POOL_MAX_SANDBOXES: z.coerce.number().int().min(0).optional(),
	POOL_MEMORY_MIB: z.coerce.number().int().min(0).optional(),
	POOL_USD_PER_HOUR: z.coerce.number().min(0).optional(),

	// US dollars. 0: no cap.
	BUDGET_PROMPT_USD: z.coerce.number().min(0).default(0),
	BUDGET_SESSION_USD: z.coerce.number().min(0).default(20),
	BUDGET_PERSON_MONTH_USD: z.coerce.number().min(0).default(0),
	BUDGET_CHANNEL_MONTH_USD: z.coerce.number().min(0).default(0),
	BUDGET_WORKSPACE_MONTH_USD: z.coerce.number().min(0).default(0),

	PLAYGROUND_MODEL_DELAY_MS: z.coerce.number().int().min(0).default(0),
	PLAYGROUND_MODEL_TOKENS_PER_SECOND: z.coerce.number().min(0).default(0),
});

type Environment = z.infer<typeof environment>;

interface RealSlack {
	/** Of one workspace; null: every workspace comes by an install. */
	botToken: string | null;
	signingSecret: string | null;
	appToken: string | null;
	apiUrl: string | null;
	/** By which people install the app in their workspaces; null: they cannot. */
	oauth: { clientId: string; clientSecret: string; authorizeUrl: string; redirectUrl: string } | null;
	/** By which the doctor reads how the app is registered; good for twelve hours. */
	configToken: string | null;
	/** The app asks for code channels, too: Slack gives them to some workspaces only. */
	codeChannels: boolean;
}

interface RealGithub {
	appId: string;
	privateKey: string;
	webhookSecret: string;
	clientId: string | null;
	clientSecret: string | null;
	apiUrl: string;
	url: string;
}

interface RealModel {
	apiKey: string;
	baseUrl: string;
}

interface RealDaytona {
	apiKey: string;
	apiUrl: string;
	/** The region. */
	target: string;
	/** What sandboxes are made from, with a tag or digest; null: the image of our Dockerfile. */
	image: string | null;
	/** Where Bobbin's programs lie inside. */
	toolsDir: string;
	/** Where sandboxes reach this Bobbin. */
	publicUrl: string;
}

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

/** Memory of a sandbox whose agent waits for its first prompt. */
const WARM_SANDBOX_MIB = 600;

/** Where no number is set, a quarter of this machine's memory may be taken, by four sandboxes at most. */
function toPoolLimits(e: Environment): PoolLimits {
	const fitting = Math.floor(totalmem() / 4 / (WARM_SANDBOX_MIB * 1024 * 1024));
	return {
		sandboxes: e.POOL_MAX_SANDBOXES ?? Math.min(4, fitting),
		memoryMiB: e.POOL_MEMORY_MIB ?? null,
		usdPerHour: e.POOL_USD_PER_HOUR ?? null,
		each: { memoryMiB: WARM_SANDBOX_MIB, usdPerHour: e.SANDBOX_USD_PER_HOUR },
		makingAtOnce: 1,
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

function toSlack(e: Environment): RealSlack | null {
	const all = [
		e.SLACK_BOT_TOKEN,
		e.SLACK_SIGNING_SECRET,
		e.SLACK_APP_TOKEN,
		e.SLACK_CLIENT_ID,
		e.SLACK_CLIENT_SECRET,
	];
	if (all.every((one) => !one)) return null;
	const oauth = toSlackOauth(e);
	if (!e.SLACK_BOT_TOKEN && oauth === null)
		throw new AppError(
			"bad_config",
			"SLACK_BOT_TOKEN is missing: Slack is only half set. For many workspaces set SLACK_CLIENT_ID and SLACK_CLIENT_SECRET instead.",
		);
	if (!e.SLACK_SIGNING_SECRET && !e.SLACK_APP_TOKEN) {
		throw new AppError(
			"bad_config",
			"Slack needs SLACK_SIGNING_SECRET (events over HTTP) or SLACK_APP_TOKEN (Socket Mode) beside SLACK_BOT_TOKEN or SLACK_CLIENT_ID.",
		);
	}
	return {
		botToken: e.SLACK_BOT_TOKEN ?? null,
		signingSecret: e.SLACK_SIGNING_SECRET ?? null,
		appToken: e.SLACK_APP_TOKEN ?? null,
		apiUrl: e.SLACK_API_URL ?? null,
		oauth,
		configToken: e.SLACK_CONFIG_TOKEN ?? null,
		codeChannels: e.SLACK_CODE_CHANNELS === "on",
	};
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

function toSlackOauth(e: Environment): RealSlack["oauth"] {
	if (!e.SLACK_CLIENT_ID && !e.SLACK_CLIENT_SECRET) return null;
	if (!e.SLACK_CLIENT_ID || !e.SLACK_CLIENT_SECRET) {
		const missing = e.SLACK_CLIENT_ID ? "SLACK_CLIENT_SECRET" : "SLACK_CLIENT_ID";
		throw new AppError("bad_config", `${missing} is missing: both stand on the Slack app's page.`);
	}
	if (!e.PUBLIC_URL) {
		throw new AppError(
			"bad_config",
			"PUBLIC_URL is missing: after an install Slack sends people back there. Set it to this server's public address.",
		);
	}
	return {
		clientId: e.SLACK_CLIENT_ID,
		clientSecret: e.SLACK_CLIENT_SECRET,
		authorizeUrl: `${e.SLACK_URL.replace(/\/+$/, "")}/oauth/v2/authorize`,
		redirectUrl: `${e.PUBLIC_URL.replace(/\/+$/, "")}/slack/oauth_redirect`,
	};
}

/** A proxy may need no key of ours: an address alone is enough. */
function toModel(e: Environment): RealModel | null {
	if (!e.ANTHROPIC_API_KEY && !e.ANTHROPIC_BASE_URL) return null;
	return {
		apiKey: e.ANTHROPIC_API_KEY ?? "not-set",
		baseUrl: (e.ANTHROPIC_BASE_URL ?? "https://api.anthropic.com").replace(/\/+$/, ""),
	};
}

/** Unless others are named, the two that are in use anyway: of those it is known that the provider has them. */
function toAgentModels(e: Environment): readonly string[] {
	const named = e.AGENT_MODELS.split(",")
		.map((name) => name.trim())
		.filter((name) => name !== "");
	return [...new Set([e.AGENT_MODEL, ...(named.length > 0 ? named : [e.FAST_MODEL])])];
}

function toDaytona(e: Environment): RealDaytona {
	if (!e.DAYTONA_API_KEY) {
		throw new AppError("bad_config", "DAYTONA_API_KEY is missing: SANDBOX_PROVIDER=daytona needs it.");
	}
	if (!e.PUBLIC_URL) {
		throw new AppError(
			"bad_config",
			"PUBLIC_URL is missing: sandboxes at Daytona reach Bobbin's gateway there. Set it to this server's public address.",
		);
	}
	return {
		apiKey: e.DAYTONA_API_KEY,
		apiUrl: e.DAYTONA_API_URL.replace(/\/+$/, ""),
		target: e.DAYTONA_TARGET,
		image: e.DAYTONA_IMAGE ?? null,
		toolsDir: e.DAYTONA_TOOLS_DIR.replace(/\/+$/, ""),
		publicUrl: e.PUBLIC_URL.replace(/\/+$/, ""),
	};
}

function toGithub(e: Environment): RealGithub | null {
	if (!e.GITHUB_APP_ID && !e.GITHUB_PRIVATE_KEY && !e.GITHUB_WEBHOOK_SECRET) return null;
	const missing = (["GITHUB_APP_ID", "GITHUB_PRIVATE_KEY", "GITHUB_WEBHOOK_SECRET"] as const).filter(
		(name) => !e[name],
	);
	if (!e.GITHUB_APP_ID || !e.GITHUB_PRIVATE_KEY || !e.GITHUB_WEBHOOK_SECRET) {
		throw new AppError("bad_config", `GitHub is only half set: ${missing.join(", ")} missing.`);
	}
	return {
		appId: e.GITHUB_APP_ID,
		privateKey: e.GITHUB_PRIVATE_KEY.replaceAll("\\n", "\n"),
		webhookSecret: e.GITHUB_WEBHOOK_SECRET,
		clientId: e.GITHUB_CLIENT_ID ?? null,
		clientSecret: e.GITHUB_CLIENT_SECRET ?? null,
		apiUrl: e.GITHUB_API_URL.replace(/\/+$/, ""),
		url: e.GITHUB_URL.replace(/\/+$/, ""),
	};
}

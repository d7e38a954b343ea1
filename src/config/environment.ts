import { z } from "zod";

const text = z.string().trim().min(1);

/** What may be set: names as in `.env.example`. */
export const environment = z.object({
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

export type Environment = z.infer<typeof environment>;

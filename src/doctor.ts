import { findModelEnd } from "../classifier/ending-models.ts";
import { chooseProvider } from "./choose-provider.ts";
import { type Config, loadConfig } from "./config.ts";
import { prepareDataDir } from "./data-dir.ts";
import { connectDatabase } from "./db/connect.ts";
import { AppError, coerceError } from "./errors.ts";
import { createGithub } from "./github/app.ts";
import { checkGithub } from "./github/check.ts";
import { createGithubSignIn } from "./github/sign-in.ts";
import { createLog } from "./log.ts";
import { findPrograms } from "./programs.ts";
import { openKeyFile } from "./secrets/key-file.ts";
import { openSeal } from "./secrets/open-seal.ts";
import { createInstallationStore } from "./slack/install/installation-store.ts";
import { checkSlack } from "./slack/web-api/check.ts";

interface Finding {
	part: string;
	/** What is in use. */
	inUse: string;
	problems: { message: string; fix: string | null }[];
}

const log = createLog({ level: "silent", pretty: false });
const programs = findPrograms();

/** Each check says what is in use; what it throws becomes the problem of that part. */
const CHECKS: { part: string; look: (config: Config) => Promise<Omit<Finding, "part">> }[] = [
	{ part: "node", look: async () => ({ inUse: process.version, problems: [] }) },
	{ part: "database", look: lookAtDatabase },
	{ part: "slack", look: lookAtSlack },
	{ part: "github", look: lookAtGithub },
	{ part: "accounts", look: lookAtAccounts },
	{ part: "secrets", look: lookAtSecrets },
	{ part: "model", look: lookAtModel },
	{ part: "budget", look: lookAtBudget },
	{ part: "agent", look: lookAtAgent },
	{ part: "sandboxes", look: lookAtSandboxes },
];

async function lookAtDatabase(config: Config): Promise<Omit<Finding, "part">> {
	const { sharedDir } = await prepareDataDir(config.dataDir);
	const database = await connectDatabase({ databaseUrl: config.databaseUrl, sharedDir });
	const { rows } = await database.pool.query<{ server_version: string }>("show server_version");
	await database.close();
	if (!database.foundRunning) await database.stopServer();
	const version = Number.parseInt(rows[0]?.server_version ?? "0", 10);
	const tooOld = { message: `PostgreSQL ${version} is too old`, fix: "use PostgreSQL 15 or newer" };
	return {
		inUse: `${database.embedded ? "embedded" : "real"} PostgreSQL ${rows[0]?.server_version ?? "?"}`,
		problems: version >= 15 ? [] : [tooOld],
	};
}

async function lookAtSlack(config: Config): Promise<Omit<Finding, "part">> {
	if (!config.slack) return { inUse: "playground", problems: [] };
	const { slack, publicUrl } = config;
	const own =
		slack.botToken === null
			? []
			: [{ name: null, token: slack.botToken, again: "install it again on the app's page at Slack" }];
	const installations = [...own, ...(slack.oauth === null ? [] : await readInstallations(config))];
	const { configToken } = slack;
	const { teams, problems } = await checkSlack({ connection: slack, installations, publicUrl, configToken });
	const how = slack.signingSecret ? "HTTP events" : "Socket Mode";
	const unseen = configToken === null ? "; with SLACK_CONFIG_TOKEN its events are compared too" : "";
	const noAddress = {
		message: "Slack cannot reach this server",
		fix: "set PUBLIC_URL to its public address",
	};
	const nowhere = {
		message: "the app is installed nowhere yet",
		fix: `open ${publicUrl}/slack/install`,
	};
	return {
		inUse: `real, ${teams.length === 0 ? "no workspace" : teams.join(", ")}, ${how}${unseen}`,
		problems: [
			...problems,
			...(installations.length === 0 ? [nowhere] : []),
			...(slack.signingSecret && !publicUrl ? [noAddress] : []),
		],
	};
}

/** Those that people installed and did not take out again. */
async function readInstallations(config: Config) {
	const { dir, sharedDir } = await prepareDataDir(config.dataDir);
	const database = await connectDatabase({ databaseUrl: config.databaseUrl, sharedDir });
	try {
		const seal = openSeal({ keys: config.encryptionKeys, dataDir: dir });
		const all = await createInstallationStore({ db: database.db, seal }).list();
		return all
			.filter(({ source, endedWhy }) => source === "oauth" && endedWhy !== "uninstalled")
			.map(({ name, botToken }) => ({
				name,
				token: botToken ?? "",
				again: `let somebody of ${name} install it again at ${config.publicUrl}/slack/install`,
			}));
	} finally {
		await database.close();
		if (!database.foundRunning) await database.stopServer();
	}
}

async function lookAtGithub(config: Config): Promise<Omit<Finding, "part">> {
	if (!config.github) return { inUse: "playground", problems: [] };
	const { publicUrl } = config;
	const webhooksUrl = publicUrl && `${publicUrl}/github/webhooks`;
	const { problems } = await checkGithub({ ...config.github, webhooksUrl });
	const repositories = await createGithub({ ...config.github, log, now: Date.now }).listRepositories();
	const noAddress = {
		message: "GitHub's webhooks cannot reach this server",
		fix: "set PUBLIC_URL to its public address",
	};
	const none = {
		message: "the App is installed on no repository",
		fix: "install it on the repositories to work on",
	};
	return {
		inUse: `real, ${config.github.url}, ${repositories.length} repositories`,
		problems: [...problems, ...(publicUrl ? [] : [noAddress]), ...(repositories.length === 0 ? [none] : [])],
	};
}

/** Whether people can connect their GitHub accounts. */
async function lookAtAccounts(config: Config): Promise<Omit<Finding, "part">> {
	if (!config.github) return { inUse: "playground", problems: [] };
	const { clientId, clientSecret } = config.github;
	if (clientId === null || clientSecret === null) {
		const nobody = {
			message:
				"nobody can connect a GitHub account: whoever may write to Bobbin may use every repository that the App has, and the App opens all pull requests",
			fix: "set GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET, which the App's page at GitHub shows",
		};
		return { inUse: "none, the App acts for everybody", problems: [nobody] };
	}
	const signIn = createGithubSignIn({ ...config.github, clientId, clientSecret, now: Date.now });
	// Any text will do: GitHub looks at the client id and secret first.
	await signIn.isLive("bobbin-doctor");
	const callback = `${config.publicUrl ?? "your PUBLIC_URL"}/github/callback`;
	return { inUse: `people connect their own; the App's callback URL must be ${callback}`, problems: [] };
}

async function lookAtSecrets(config: Config): Promise<Omit<Finding, "part">> {
	const { encryptionKeys } = config;
	if (encryptionKeys !== null) {
		const [current, ...older] = encryptionKeys;
		return {
			inUse: `sealed with the key ${current?.id}${older.length === 0 ? "" : `, ${older.length} older`}`,
			problems: [],
		};
	}
	const { dir } = await prepareDataDir(config.dataDir);
	const { path, read } = openKeyFile(dir);
	read();
	const elsewhere = config.databaseUrl
		? "; other servers on this database need the same: ENCRYPTION_KEYS"
		: "";
	return { inUse: `sealed with the keys in ${path}${elsewhere}`, problems: [] };
}

async function lookAtModel(config: Config): Promise<Omit<Finding, "part">> {
	const ending = [config.agentModel, config.fastModel].flatMap((model) => {
		const end = findModelEnd(model);
		return end
			? [{ message: `${model} ends on ${end}`, fix: "set AGENT_MODEL or FAST_MODEL to a current one" }]
			: [];
	});
	if (!config.model) return { inUse: "playground (a script)", problems: ending };
	const answer = await fetch(`${config.model.baseUrl}/v1/models/${config.agentModel}`, {
		headers: { "x-api-key": config.model.apiKey, "anthropic-version": "2023-06-01" },
		signal: AbortSignal.timeout(10_000),
	});
	const refused = {
		message: `${config.model.baseUrl} answered ${answer.status}`,
		fix: "check ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL and AGENT_MODEL",
	};
	return {
		inUse: `real, ${config.agentModel} and ${config.fastModel}`,
		problems: answer.ok ? ending : [refused, ...ending],
	};
}

/** What counts where nobody set anything in Slack or by the API. */
async function lookAtBudget({ budget }: Config): Promise<Omit<Finding, "part">> {
	const caps = Object.entries(budget).flatMap(([scope, usd]) => (usd === null ? [] : [`${scope} $${usd}`]));
	const months = budget.person ?? budget.channel ?? budget.workspace;
	const inUse = caps.length === 0 ? "no caps" : `caps: ${caps.join(", ")}`;
	return {
		inUse: months === null ? inUse : `${inUse} (of people, channels, workspaces: a month)`,
		problems: [],
	};
}

async function lookAtAgent(): Promise<Omit<Finding, "part">> {
	const missing = {
		message: "the OpenCode binary is not installed",
		fix: `there is no opencode-${process.platform}-${process.arch} package; run Bobbin on Linux x64`,
	};
	return programs.opencodeBinary
		? { inUse: `OpenCode ${programs.opencodeVersion}`, problems: [] }
		: { inUse: "none", problems: [missing] };
}

async function lookAtSandboxes(config: Config): Promise<Omit<Finding, "part">> {
	const { sharedDir } = await prepareDataDir(config.dataDir);
	const provider = await chooseProvider(config, {
		sharedDir,
		programs,
		gateway: (_request, response) => response.writeHead(503).end(),
		log,
	});
	const report = await provider.doctor();
	await provider.close();
	const { isolation, limitsEnforced, diskLimited } = report.capabilities;
	return {
		inUse: `${provider.name}, isolation: ${isolation}, limits: ${limitsEnforced ? "enforced" : "not enforced"}, disk: ${diskLimited ? "limited" : "not limited"}`,
		problems: report.problems.map((problem) => ({ message: problem.message, fix: problem.fix ?? null })),
	};
}

async function examine(config: Config): Promise<Finding[]> {
	const findings: Finding[] = [];
	for (const { part, look } of CHECKS) {
		try {
			findings.push({ part, ...(await look(config)) });
		} catch (thrown) {
			const { message } = coerceError(thrown);
			findings.push({ part, inUse: "not usable", problems: [{ message, fix: null }] });
		}
	}
	return findings;
}

function print(findings: Finding[]): void {
	for (const { part, inUse, problems } of findings) {
		console.log(`${problems.length === 0 ? "ok  " : "FAIL"} ${part.padEnd(10)} ${inUse}`);
		for (const { message, fix } of problems)
			console.log(`       ${message}${fix ? `\n       fix: ${fix}` : ""}`);
	}
}

try {
	const findings = await examine(loadConfig());
	print(findings);
	process.exit(findings.every(({ problems }) => problems.length === 0) ? 0 : 1);
} catch (thrown) {
	console.error(`bobbin: ${thrown instanceof AppError ? thrown.message : coerceError(thrown).stack}`);
	process.exit(1);
}

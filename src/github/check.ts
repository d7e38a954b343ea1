import { App } from "@octokit/app";
import { Octokit } from "@octokit/core";
import { z } from "zod";
import manifest from "../../manifests/github-app.json" with { type: "json" };
import { AppError } from "../errors.ts";
import { askGithub, readStatus } from "./github-error.ts";

const ANSWER_WITHIN_MS = 20_000;
const PAGE = 100;
const LEVELS = ["read", "write", "admin"];
/** Granted by each person when they sign in, or not; an App and its installations do not list it. */
const OF_PEOPLE = new Set(["emails"]);
/** A person's own account has none. */
const OF_ORGANIZATIONS = new Set(["members"]);

interface Wanted {
	default_permissions: Record<string, string>;
	default_events: string[];
}

interface Problem {
	message: string;
	fix: string;
}

const registered = z.object({
	html_url: z.string(),
	permissions: z.record(z.string(), z.string()),
	events: z.array(z.string()),
});
const installations = z.array(
	z.object({
		html_url: z.string(),
		permissions: z.record(z.string(), z.string()),
		suspended_at: z.string().nullish(),
		account: z.object({ login: z.string(), type: z.string().optional() }).nullish(),
	}),
);
const hook = z.object({ url: z.string().optional() });

/**
 * Looks at the App as it is registered and installed: has it each permission and event of the manifest, did everybody
 * who installed it accept them, do its webhooks go to `webhooksUrl` (null: not known). Facts: REST, "Apps".
 *
 * @throws AppError `github_unavailable`, `github_unauthorized`
 */
export async function checkGithub(
	settings: { appId: string; privateKey: string; apiUrl: string; webhooksUrl: string | null },
	wanted: Wanted = manifest,
): Promise<{ app: string; problems: Problem[] }> {
	const Client = Octokit.defaults({
		baseUrl: settings.apiUrl,
		userAgent: "bobbin",
		request: {
			fetch: (url: string, init: RequestInit) =>
				fetch(url, { ...init, signal: AbortSignal.timeout(ANSWER_WITHIN_MS) }),
		},
	});
	const { octokit } = new App({ appId: settings.appId, privateKey: settings.privateKey, Octokit: Client });
	const app = await askGithub("the App as it is registered", async () =>
		registered.parse((await octokit.request("GET /app")).data),
	).catch((error: unknown) => {
		if (readStatus(error) !== 404) throw error;
		throw new AppError("github_unauthorized", "GitHub knows no such App. Check GITHUB_APP_ID.");
	});
	const installed = await askGithub("where the App is installed", async () =>
		installations.parse((await octokit.request("GET /app/installations", { per_page: PAGE })).data),
	);
	const webhooks = await askGithub("where the App's webhooks go", () =>
		octokit.request("GET /app/hook/config").then(
			({ data }) => hook.parse(data).url ?? null,
			(error: unknown) => {
				if (readStatus(error) === 404) return null;
				throw error;
			},
		),
	);
	return {
		app: app.html_url,
		problems: [
			...lacks(app, wanted),
			...installed.flatMap((installation) => hasNotAccepted(installation, wanted)),
			...goElsewhere(webhooks, settings.webhooksUrl),
		],
	};
}

function lacks(app: z.infer<typeof registered>, wanted: Wanted): Problem[] {
	const permissions = findMissing(app.permissions, wanted);
	const events = wanted.default_events.filter((event) => !app.events.includes(event));
	const fix = `add it at ${app.html_url} under Edit, "Permissions & events"`;
	return [
		...(permissions.length === 0 ? [] : [{ message: `the App lacks ${permissions.join(", ")}`, fix }]),
		...(events.length === 0 ? [] : [{ message: `the App is not subscribed to ${events.join(", ")}`, fix }]),
	];
}

/** What is added later must be accepted by each account that the App is installed on. */
function hasNotAccepted(
	{ account, html_url, permissions, suspended_at }: z.infer<typeof installations>[number],
	wanted: Wanted,
): Problem[] {
	const where = account?.login ?? html_url;
	if (suspended_at)
		return [{ message: `${where} has suspended the App`, fix: `unsuspend it at ${html_url}` }];
	const needless = account?.type === "User" ? OF_ORGANIZATIONS : new Set<string>();
	const missing = findMissing(permissions, wanted, needless);
	if (missing.length === 0) return [];
	return [
		{ message: `${where} has not granted ${missing.join(", ")}`, fix: `accept the request at ${html_url}` },
	];
}

function goElsewhere(found: string | null, wanted: string | null): Problem[] {
	if (found === null || wanted === null || found === wanted) return [];
	return [{ message: `webhooks go to ${found}`, fix: `set the App's webhook URL to ${wanted}` }];
}

function findMissing(
	granted: Record<string, string>,
	wanted: Wanted,
	needless: ReadonlySet<string> = new Set(),
): string[] {
	return Object.entries(wanted.default_permissions)
		.filter(([name]) => !OF_PEOPLE.has(name) && !needless.has(name))
		.filter(([name, level]) => LEVELS.indexOf(granted[name] ?? "") < LEVELS.indexOf(level))
		.map(([name, level]) => `${name}: ${level}`);
}

import { createPrivateKey } from "node:crypto";
import { App } from "@octokit/app";
import { Octokit } from "@octokit/core";
import { AppError } from "../errors.ts";
import type { Log } from "../log.ts";
import { createAskAsApp } from "./ask-as-app.ts";
import { createBranchHead } from "./branch-head.ts";
import { createCheckResults } from "./check-results.ts";
import { createChecks } from "./checks.ts";
import { createComments } from "./comments.ts";
import type { Github } from "./github.ts";
import { createInstallationTokens } from "./installation-tokens.ts";
import { listRepositories } from "./list-repositories.ts";
import { createMergedChanges } from "./merged-changes.ts";
import { createOpenPullRequest } from "./open-pull-request.ts";
import { createReadPermission } from "./permission.ts";
import { createPullRequests } from "./pull-requests.ts";
import { createPutFiles } from "./put-files.ts";
import { createReadDiff } from "./read-diff.ts";
import { createRedeliver } from "./redeliver.ts";
import { createReviews } from "./reviews.ts";

const ANSWER_WITHIN_MS = 20_000;

export interface GithubDeps {
	appId: string;
	/** PEM, PKCS#1 or PKCS#8. */
	privateKey: string;
	webhookSecret: string;
	/** REST: `https://api.github.com`, or `https://<host>/api/v3` of an Enterprise Server. */
	apiUrl: string;
	/** Pages and git: `https://github.com`. */
	url: string;
	log: Log;
	now: () => number;
}

/**
 * Bobbin's GitHub App over the real Octokit. Nothing is called until it is asked something.
 *
 * @throws AppError `bad_config` if the private key is none
 */
export function createGithub(deps: GithubDeps): Github {
	checkPrivateKey(deps.privateKey);
	const log = deps.log.child({ part: "github" });
	const Client = Octokit.defaults({
		baseUrl: deps.apiUrl,
		userAgent: "bobbin",
		// Octokit warns of deprecations and the like; its failures reach us as errors.
		log: {
			debug: () => {},
			info: () => {},
			warn: (message: string) => log.warn(message),
			error: (message: string) => log.debug(message),
		},
		request: { fetch: fetchInTime },
	});
	const app = new App({
		appId: deps.appId,
		privateKey: deps.privateKey,
		webhooks: { secret: deps.webhookSecret },
		Octokit: Client,
	});
	const tokens = createInstallationTokens({ app: app.octokit, now: deps.now });
	const clientFor = async (
		address: { owner: string; name: string },
		permissions: Record<string, "read" | "write">,
	) => new Client({ auth: (await tokens.get({ ...address, permissions })).token });
	const clientWith = (auth: string) => new Client({ auth });
	const ask = createAskAsApp({ clientFor, forget: tokens.forget });
	const comments = createComments({ app: app.octokit, ask });
	const pullRequests = createPullRequests({ ask });
	const opening = createOpenPullRequest({ ask, clientWith, find: pullRequests.find });

	return {
		listRepositories: () => listRepositories(app),
		installationToken: tokens.get,
		readPermission: createReadPermission({
			app: app.octokit,
			clientWith,
			now: deps.now,
		}),
		forgetTokens: tokens.forget,
		gitUrl: ({ owner, name }) => `${deps.url}/${encodeURIComponent(owner)}/${encodeURIComponent(name)}.git`,
		readDiff: createReadDiff({ ask }),
		readBranchHead: createBranchHead({ clientFor, forget: tokens.forget }),
		findPullRequest: pullRequests.find,
		createPullRequest: opening.open,
		changePullRequestBody: opening.changeBody,
		putFiles: createPutFiles({ ask, url: deps.url }),
		readPullRequest: pullRequests.read,
		closePullRequest: pullRequests.close,
		readAppSlug: comments.readAppSlug,
		readComment: comments.read,
		readSubject: comments.readSubject,
		isBranchProtected: comments.isBranchProtected,
		react: comments.react,
		findComment: comments.find,
		postComment: comments.post,
		listReviews: createReviews({ ask }).list,
		...createCheckResults({ ask }),
		...createMergedChanges({ ask }),
		redeliver: createRedeliver({ app: app.octokit, log, now: deps.now }),
		publishCheck: createChecks({ appId: deps.appId, clientFor, forget: tokens.forget }).publish,
	};
}

function checkPrivateKey(pem: string): void {
	try {
		createPrivateKey(pem);
	} catch (cause) {
		throw new AppError(
			"bad_config",
			"GITHUB_PRIVATE_KEY is not a private key: paste the whole .pem file that GitHub gave, line ends as \\n.",
			{ cause },
		);
	}
}

/** Octokit waits for ever by itself. */
function fetchInTime(url: string, init: RequestInit = {}): Promise<Response> {
	const limit = AbortSignal.timeout(ANSWER_WITHIN_MS);
	return fetch(url, { ...init, signal: init.signal ? AbortSignal.any([init.signal, limit]) : limit });
}

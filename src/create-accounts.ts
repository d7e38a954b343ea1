import { randomBytes } from "node:crypto";
import type { Db, Tx } from "./db/client.ts";
import { createGithubSignIn } from "./github/sign-in.ts";
import { createUserTokens } from "./github/user-tokens.ts";
import { createGithubSignInRoutes } from "./http/routes/github-sign-in.ts";
import type { Enqueue } from "./jobs/queue.ts";
import type { Log } from "./log.ts";
import { createLinking } from "./people/create-linking.ts";
import type { Release } from "./people/linking.ts";
import type { Seal } from "./secrets/seal.ts";
import { createReleaseHeld } from "./sessions/queue/release-held.ts";

/** Joins the parts that know which GitHub account is whose, and that hold people's tokens. */
export function createAccounts(deps: {
	db: Db;
	enqueue: Enqueue;
	github: { clientId: string | null; clientSecret: string | null; apiUrl: string; url: string };
	/** For tokens. */
	seal: Seal;
	/** Where browsers reach Bobbin. */
	publicUrl: string;
	/** What else waits for accounts, beside held prompts. */
	releases: Release[];
	log: Log;
	now: () => number;
	newId: () => string;
}) {
	const { db, log, now } = deps;
	const { clientId, clientSecret } = deps.github;
	const signIn =
		clientId === null || clientSecret === null
			? null
			: createGithubSignIn({ ...deps.github, clientId, clientSecret, now });
	const releases = [createReleaseHeld(deps), ...deps.releases];
	const newSecret = () => randomBytes(32).toString("base64url");
	const linking = signIn && createLinking({ ...deps, signIn, releases, newSecret });

	return {
		/** False: the GitHub App has no client id and secret, so nobody can connect an account. */
		canLink: linking !== null,
		linking,
		userTokens: createUserTokens({ db, seal: deps.seal, signIn, log, now }),
		/** Lets everything go on that waited for a person's account. */
		async release(tx: Tx, personId: string): Promise<void> {
			for (const release of releases) await release(tx, personId);
		},
		createRoutes: (workspaceName: (teamId: string) => Promise<string | null>) =>
			createGithubSignInRoutes({ linking, workspaceName, publicUrl: deps.publicUrl, log }),
	};
}

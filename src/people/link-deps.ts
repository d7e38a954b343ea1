import type { Db } from "../db/client.ts";
import type { Enqueue } from "../jobs/queue.ts";
import type { Log } from "../log.ts";
import type { Seal } from "../secrets/seal.ts";
import type { Release } from "./linking.ts";
import type { SignIn } from "./sign-in-port.ts";

export interface LinkDeps {
	db: Db;
	seal: Seal;
	signIn: SignIn;
	enqueue: Enqueue;
	/** What waits for accounts. */
	releases: Release[];
	/** Where people's browsers reach Bobbin, for example `https://bobbin.example.com`. */
	publicUrl: string;
	log: Log;
	now: () => number;
	newId: () => string;
	/** An unguessable string of 43 characters or more, good in addresses; also a PKCE verifier (RFC 7636, 4.1). */
	newSecret: () => string;
}

export const CALLBACK_PATH = "/github/callback";
export const CONNECT_PATH = "/github/connect";

export interface DaytonaLog {
	info(fields: object, message: string): void;
	warn(fields: object, message: string): void;
}

export interface DaytonaProviderDeps {
	apiKey: string;
	/** For example `https://app.daytona.io/api`. */
	apiUrl: string;
	/** A region, for example `us`. */
	target: string;
	/** Where a sandbox in the cloud reaches Bobbin's gateway. null: nothing can be created. */
	publicUrl: string | null;
	/** Tells the sandboxes and snapshots of this Bobbin from those of another in the same organisation. `[a-z0-9-]{1,16}` */
	scope: string;
	tools: ToolSources;
	/** Exact host names, or `.example.com` for all below it, that every sandbox may reach. */
	allowHosts: string[];
	/** A sandbox is stopped by Daytona after this time without a `touch`, in case that nobody of ours is left to do it. */
	autoStopMs: number;
	memoryMiB: number;
	log: DaytonaLog;
	now?: () => number;
	newId?: () => string;
	/** What the base snapshot is built on, with a tag or digest. null: the image of our Dockerfile. */
	image: string | null;
	/** Absolute path inside, of a folder that the agent's user may make or write. */
	toolsRoot: string;
	limits?: Partial<Limits>;
}

/** Programs of this machine that go into every sandbox; they must run on Linux x64. */
export interface ToolSources {
	nodeBinary: string;
	opencodeBinary: string | null;
	ripgrepBinary: string | null;
	guestDir: string;
}

/** How long Daytona may take. */
export interface Limits {
	startMs: number;
	deleteMs: number;
	/** From the request for a snapshot until sandboxes can be made from it. */
	snapshotMs: number;
	/** Of those, how long it may be unknown: a snapshot that failed is never heard of again. */
	snapshotAppearsMs: number;
	/** From the image to the base snapshot. */
	baseMs: number;
	pollMs: number;
}

export const LIMITS: Limits = {
	startMs: 120_000,
	deleteMs: 120_000,
	snapshotMs: 15 * 60_000,
	snapshotAppearsMs: 120_000,
	baseMs: 20 * 60_000,
	pollMs: 250,
};

/** That our image has. */
export const USER = "agent";
export const HOME = `/home/${USER}`;

/** In memory, so that a stop forgets it and no snapshot holds it. */
export const OWN_DIR = "/dev/shm/bobbin";
export const SECRETS_DIR = `${OWN_DIR}/secrets`;

/** Containers have 64 MB of such memory: what is larger than this passes through the disk, and is no secret. */
const MAX_IN_MEMORY_BYTES = 1024 * 1024;

/** Where an upload goes that is read once. */
export function toInbox(name: string, bytes: number): string {
	return bytes <= MAX_IN_MEMORY_BYTES ? `${OWN_DIR}/in/${name}` : `/tmp/bobbin-input-${name}`;
}

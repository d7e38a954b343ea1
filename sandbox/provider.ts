import type { Duplex } from "node:stream";

type SandboxState = "creating" | "started" | "stopping" | "stopped" | "error" | "deleted" | "unknown";

export interface SandboxInfo {
	/** The provider's own id. */
	id: string;
	/** Ours, chosen by the caller, unique per provider: creating the same name twice gives the same sandbox. */
	name: string;
	state: SandboxState;
	errorReason?: string;
	labels: Record<string, string>;
	createdAt: Date;
	/** Where code inside reaches Bobbin's gateway, for example `http://127.0.0.1:8701`. No slash at the end. */
	gatewayUrl: string;
	/** Absolute path, inside, of the folder that holds Node, OpenCode and `guest/`. Read-only. */
	toolsDir: string;
	/** Absolute path, inside, of the agent's home. Survives stop and start, and is what a snapshot holds. */
	homeDir: string;
	/**
	 * Absolute path, inside, of a folder that only the agent's user may enter and that is in no snapshot: what a stop
	 * forgets. The place for the sandbox's token. Processes inside find it as `BOBBIN_SECRETS_DIR`.
	 */
	secretsDir: string;
	/** The snapshot that it was made from; null: it began with an empty home. */
	snapshot: string | null;
}

export interface SnapshotInfo {
	/** Ours, chosen by the caller, unique per provider. */
	name: string;
	createdAt: Date;
	/** What it takes beside the snapshots that it builds on; null where the provider does not tell. */
	sizeBytes: number | null;
}

export interface CreateSpec {
	/** Deterministic: makes create idempotent. `[a-z0-9-]{1,63}`. */
	name: string;
	/** Begin with the home of this snapshot instead of an empty one. `not_found` where there is none. */
	snapshot?: string;
	labels?: Record<string, string>;
	env?: Record<string, string>;
	limits?: { memoryMiB?: number; cpus?: number; processes?: number };
	/** Host names that may be reached (443 and 80 only), beside the gateway. */
	allowHosts?: string[];
}

export interface Capabilities {
	isolation: "vm" | "container" | "namespace" | "none";
	limitsEnforced: boolean;
	/** A sandbox cannot fill the disk of others. */
	diskLimited: boolean;
	networkPolicy: boolean;
	/** Survives the death of the process that created it, and can be found and used again by another. */
	survivesOwner: boolean;
	/** How a snapshot is made: in milliseconds by sharing files, or by copying all of them. */
	snapshots: "layers" | "copies";
	/** Takes snapshots of a running sandbox; its processes go on. */
	snapshotsRunning: boolean;
}

export interface DoctorReport {
	ok: boolean;
	capabilities: Capabilities;
	problems: { code: string; message: string; fix?: string }[];
}

/** Names a started process. Plain data: survives a restart of Bobbin. */
export interface ProcRef {
	key: string;
}

interface LogOffsets {
	stdout: number;
	stderr: number;
}

interface ExecResult {
	exitCode: number;
	stdout: string;
	stderr: string;
	/** Output beyond 1 MiB a stream is cut. */
	truncated: boolean;
}

export type PortTarget =
	| { kind: "http"; origin: string; headers: Record<string, string> }
	| { kind: "socket"; connect(): Promise<Duplex> };

/**
 * Where code runs. One implementation per kind of machine, one contract suite for all of them
 * (`test/contract/sandbox-*.contract.ts`). Everything throws SandboxError.
 */
export interface SandboxProvider {
	readonly name: string;
	doctor(): Promise<DoctorReport>;
	/** Resolves when commands can run inside. Idempotent by `spec.name`. */
	create(spec: CreateSpec, signal?: AbortSignal): Promise<SandboxInfo>;
	/** null: there is no such sandbox. A failed look-up throws. */
	get(idOrName: string): Promise<SandboxInfo | null>;
	list(labels?: Record<string, string>): Promise<SandboxInfo[]>;
	/** Starts a stopped sandbox; its home folder is as it was, its processes are gone. */
	ensureStarted(id: string, signal?: AbortSignal): Promise<SandboxInfo>;
	/** Ends every process inside; the files stay. */
	stop(id: string): Promise<void>;
	/** Ends every process inside and removes the files. Idempotent; by its name also where nobody saw it being made. */
	delete(idOrName: string): Promise<void>;
	/** Runs a short command with bash and waits for it; a time-out kills it with all its children. */
	exec(
		id: string,
		command: {
			command: string;
			cwd?: string;
			env?: Record<string, string>;
			timeoutMs: number;
			stdin?: string;
		},
	): Promise<ExecResult>;
	/** Starts a long-lived process whose output goes to a journal. Idempotent by `key` while it runs. */
	spawn(
		id: string,
		process: { key: string; command: string; cwd?: string; env?: Record<string, string> },
	): Promise<ProcRef>;
	/** null: never started, or forgotten with a stop. */
	proc(id: string, ref: ProcRef): Promise<{ running: boolean; exitCode?: number } | null>;
	/** What the journal holds from the given byte offsets on. */
	readLogs(
		id: string,
		ref: ProcRef,
		from: LogOffsets,
	): Promise<{ stdout: Uint8Array; stderr: Uint8Array; next: LogOffsets }>;
	/** Kills the process and all its children. */
	kill(id: string, ref: ProcRef): Promise<void>;
	/** Kills every process inside except the provider's own and those of the given keys. */
	killStrays(id: string, keep: ProcRef[]): Promise<void>;
	readFile(id: string, path: string): Promise<Uint8Array>;
	writeFile(id: string, path: string, data: Uint8Array | string, mode?: number): Promise<void>;
	/**
	 * Keeps the home of a sandbox, running or stopped, under a name; resolves when sandboxes can be made from it.
	 * A snapshot of that name that is there already is given back as it is. Writes of running processes are held
	 * meanwhile, so that it holds one moment.
	 */
	snapshot(id: string, name: string, signal?: AbortSignal): Promise<SnapshotInfo>;
	/** null: there is no such snapshot. A failed look-up throws. */
	getSnapshot(name: string): Promise<SnapshotInfo | null>;
	listSnapshots(prefix?: string): Promise<SnapshotInfo[]>;
	/** Sandboxes and snapshots that were made from it live on. Idempotent. */
	deleteSnapshot(name: string): Promise<void>;
	/** Says that the sandbox is in use, where a provider would otherwise stop it. */
	touch(id: string): Promise<void>;
	/** How Bobbin itself reaches a port inside. */
	portTarget(id: string, port: number): Promise<PortTarget>;
	/** Lets go of everything this process holds (sockets, proxies); sandboxes live on where they can. */
	close(): Promise<void>;
}

export type SandboxErrorCode =
	| "not_found"
	| "conflict"
	| "rate_limited"
	| "quota"
	| "unsupported"
	| "timeout"
	| "unavailable"
	| "disk_full"
	| "invalid";

export class SandboxError extends Error {
	override readonly name = "SandboxError";
	readonly code: SandboxErrorCode;
	readonly retryable: boolean;
	readonly retryAfterMs: number | null;

	constructor(
		code: SandboxErrorCode,
		message: string,
		options: { retryable?: boolean; retryAfterMs?: number; cause?: unknown } = {},
	) {
		super(message, options.cause === undefined ? undefined : { cause: options.cause });
		this.code = code;
		this.retryable = options.retryable ?? false;
		this.retryAfterMs = options.retryAfterMs ?? null;
	}
}

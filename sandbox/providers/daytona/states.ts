import type { Sandbox } from "@daytona/sdk";
import type { SandboxInfo } from "../../provider.ts";

/** By the SDK's value of SandboxState. `destroyed` and `destroying` are told as "there is none". */
const STATES: Record<string, SandboxInfo["state"]> = {
	creating: "creating",
	restoring: "creating",
	starting: "creating",
	pending_build: "creating",
	building_snapshot: "creating",
	pulling_snapshot: "creating",
	resuming: "creating",
	started: "started",
	resizing: "started",
	snapshotting: "started",
	forking: "started",
	stopping: "stopping",
	pausing: "stopping",
	archiving: "stopping",
	stopped: "stopped",
	paused: "stopped",
	archived: "stopped",
	error: "error",
	build_failed: "error",
	destroyed: "deleted",
	destroying: "deleted",
};

export function toState(sandbox: Sandbox): SandboxInfo["state"] {
	return STATES[sandbox.state ?? "unknown"] ?? "unknown";
}

export const isGone = (sandbox: Sandbox): boolean => toState(sandbox) === "deleted";

import { z } from "zod";
import { type Capabilities, type DoctorReport, SandboxError } from "../../provider.ts";
import type { Engine } from "./engine.ts";

const info = z.object({
	OSType: z.string(),
	MemoryLimit: z.boolean(),
	PidsLimit: z.boolean(),
	CpuCfsQuota: z.boolean(),
});

type Problem = DoctorReport["problems"][number];

/** Asks the engine what it is and has; starts nothing. */
export async function examine(engine: Engine): Promise<DoctorReport> {
	const problems: Problem[] = [];
	let limitsEnforced = false;
	if (process.platform !== "linux") problems.push(notLinux());
	try {
		const found = await engine.ask(info, { method: "GET", path: "/info" });
		limitsEnforced = found.MemoryLimit && found.PidsLimit && found.CpuCfsQuota;
		if (found.OSType !== "linux") {
			problems.push({
				code: "not_linux",
				message: `The Docker engine runs ${found.OSType} containers; sandboxes are Linux.`,
				fix: "Switch the engine to Linux containers.",
			});
		}
	} catch (error) {
		if (!(error instanceof SandboxError)) throw error;
		problems.push({
			code: "engine_unusable",
			message: error.message,
			fix: "Install Docker (or podman with `podman system service`), and let Bobbin's user speak with its socket.",
		});
	}
	const capabilities: Capabilities = {
		isolation: "container",
		limitsEnforced,
		diskLimited: false,
		networkPolicy: true,
		survivesOwner: true,
		snapshots: "layers",
		snapshotsRunning: true,
	};
	return { ok: problems.length === 0, capabilities, problems };
}

function notLinux(): Problem {
	return {
		code: "engine_in_vm",
		message: `On ${process.platform} the Docker engine runs in a virtual machine, which does not share unix sockets with us.`,
		fix: "Run Bobbin itself on Linux (a virtual machine will do), beside the engine.",
	};
}

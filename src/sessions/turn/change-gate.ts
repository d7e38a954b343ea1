import type { Sandboxes } from "../ports.ts";
import type { ReadySandbox } from "../sandbox/ensure-sandbox.ts";
import type { SyncReport } from "./sync-report.ts";
import { toSandboxCode } from "./to-problem.ts";

/**
 * The gate in front of the agent's tools that change something. The plugin in the sandbox (`sandbox/guest/plugin`)
 * holds them until the file says that this very attempt of this prompt may go on; an older file opens nothing. It lies
 * with the secrets: in no snapshot, forgotten with a stop.
 */
export interface GatedTurn {
	promptId: string;
	attempt: number;
}

type Gated = Pick<ReadySandbox, "info">;

/** Lets the agent change things from now on (not in a turn that may only read), and tells it what the sync found. */
export async function openGate(
	deps: { sandboxes: Pick<Sandboxes, "writeFile"> },
	sandbox: Gated,
	turn: GatedTurn,
	report: Pick<SyncReport, "moved" | "notes"> & { readOnly: boolean },
): Promise<void> {
	const { moved, notes, readOnly } = report;
	const text = JSON.stringify({ turn: toTurnKey(turn), moved, notes, readOnly });
	await deps.sandboxes.writeFile(sandbox.info.id, toPath(sandbox), text, 0o600);
}

/** Whether it was opened for this attempt already, perhaps by an instance that is gone. */
export async function isGateOpen(
	deps: { sandboxes: Pick<Sandboxes, "readFile"> },
	sandbox: Gated,
	turn: GatedTurn,
): Promise<boolean> {
	try {
		const bytes = await deps.sandboxes.readFile(sandbox.info.id, toPath(sandbox));
		return new TextDecoder().decode(bytes).includes(JSON.stringify(toTurnKey(turn)));
	} catch (error) {
		if (toSandboxCode(error) === "not_found") return false;
		throw error;
	}
}

function toPath({ info }: Gated): string {
	return `${info.secretsDir}/synced.json`;
}

function toTurnKey({ promptId, attempt }: GatedTurn): string {
	return `${promptId}#${attempt}`;
}

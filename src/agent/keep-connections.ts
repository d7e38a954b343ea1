import type { AgentConnection, AgentDriver, AgentTarget } from "./agent.ts";

interface Kept {
	/** What the connection was made for: with anything else another one is needed. */
	madeFor: string;
	connection: AgentConnection;
	timer: NodeJS.Timeout;
}

/**
 * A driver whose connections outlive their `close` by `keepMs`: the next turn of a sandbox takes up the one of the turn
 * before with a single question to the agent, where connecting reads files and asks several.
 */
export function keepConnections(
	driver: AgentDriver,
	keepMs: number,
): AgentDriver & { closeAll(): Promise<void> } {
	const idle = new Map<string, Kept>();
	let isClosed = false;

	function take(sandboxId: string): Kept | undefined {
		const kept = idle.get(sandboxId);
		if (kept === undefined) return undefined;
		clearTimeout(kept.timer);
		idle.delete(sandboxId);
		return kept;
	}

	async function giveBack(sandboxId: string, madeFor: string, connection: AgentConnection): Promise<void> {
		if (isClosed) return connection.close();
		const earlier = take(sandboxId);
		const timer = setTimeout(() => void take(sandboxId)?.connection.close(), keepMs).unref();
		idle.set(sandboxId, { madeFor, connection, timer });
		await earlier?.connection.close();
	}

	return {
		async connect(target, signal) {
			const { id } = target.sandbox;
			const madeFor = describe(target);
			const kept = take(id);
			const isUsable = kept?.madeFor === madeFor && (await kept.connection.answers());
			if (kept && !isUsable) await kept.connection.close();
			const connection = kept && isUsable ? kept.connection : await driver.connect(target, signal);
			return { ...connection, close: () => giveBack(id, madeFor, connection) };
		},
		async closeAll() {
			isClosed = true;
			await Promise.all([...idle.keys()].map((id) => take(id)?.connection.close()));
		},
	};
}

function describe({ provider, sandbox, ...settings }: AgentTarget): string {
	return JSON.stringify([provider.name, sandbox.id, sandbox.gatewayUrl, settings]);
}

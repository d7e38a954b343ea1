import type { Sandbox } from "@daytona/sdk";
import type { Connection } from "./connection.ts";
import { isGone } from "./states.ts";

const PAGE = 100;

/** All that carry these labels, but those that are being deleted. What a list gives lacks `env`. */
export async function listSandboxes(
	connection: Connection,
	labels: Record<string, string>,
): Promise<Sandbox[]> {
	return connection.ask(async (daytona) => {
		const found: Sandbox[] = [];
		for await (const sandbox of daytona.list({ labels, limit: PAGE })) {
			if (!isGone(sandbox)) found.push(sandbox);
		}
		return found;
	});
}

/** Ports of Bobbin's own inside a sandbox: the agent's server, the gateway, the way out. */
const OWN_PORTS = new Set([4096, 8701, 3128]);

export interface PreviewAddress {
	port: number;
	/** The first 8 hex digits of the session's id. */
	session: string;
}

/**
 * Reads `{port}--{session}.<any domain>` from a `Host` header; null: it asks for no preview. Browsers resolve every
 * name under `localhost` to this machine (RFC 6761, section 6.3), so no domain has to be set up.
 */
export function readPreviewAddress(host: string): PreviewAddress | null {
	const [, digits, session] = /^(\d{1,5})--([0-9a-f]{8})\./.exec(host.toLowerCase()) ?? [];
	if (digits === undefined || session === undefined) return null;
	return { port: Number(digits), session };
}

export function isPreviewPort(port: number): boolean {
	return port >= 1 && port <= 65_535 && !OWN_PORTS.has(port);
}

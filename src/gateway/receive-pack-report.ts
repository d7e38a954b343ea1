/**
 * Reads which refs GitHub took from the answer of `git-receive-pack`: packets, inside side band 1 where the client speaks
 * side bands, with `unpack ok` and then `ok <ref>` or `ng <ref> <reason>` for each. Null: it says nothing of the kind.
 * The format: git's documentation, gitprotocol-pack, "Report Status".
 */
export function readTakenRefs(answer: Buffer, capabilities: string[]): Set<string> | null {
	if (!capabilities.some((name) => name === "report-status" || name === "report-status-v2")) return null;
	const hasBands = capabilities.some((name) => name === "side-band-64k" || name === "side-band");
	const packets = readPackets(answer);
	const report = hasBands
		? readPackets(Buffer.concat(packets.filter((it) => it[0] === 1).map((it) => it.subarray(1))))
		: packets;
	const lines = report.map((packet) => packet.toString("utf8").replace(/\n$/, ""));
	if (!lines[0]?.startsWith("unpack ")) return null;
	if (lines[0] !== "unpack ok") return new Set();
	return new Set(lines.flatMap((line) => (line.startsWith("ok ") ? [line.slice("ok ".length)] : [])));
}

/** A line that git shows as the server's, for a client that speaks side bands; it goes before the rest of the answer. */
export function toRemark(line: string, capabilities: string[]): Buffer {
	if (!capabilities.some((name) => name === "side-band-64k" || name === "side-band")) return Buffer.alloc(0);
	const content = Buffer.concat([Buffer.from([2]), Buffer.from(`${line}\n`)]);
	return Buffer.concat([Buffer.from((content.length + 4).toString(16).padStart(4, "0")), content]);
}

/** The packets up to a flush packet or to what is none. */
function readPackets(bytes: Buffer): Buffer[] {
	const packets: Buffer[] = [];
	let at = 0;
	while (bytes.length >= at + 4) {
		const digits = bytes.toString("latin1", at, at + 4);
		const size = /^[0-9a-f]{4}$/i.test(digits) ? Number.parseInt(digits, 16) : 0;
		if (size < 5 || bytes.length < at + size) break;
		packets.push(bytes.subarray(at + 4, at + size));
		at += size;
	}
	return packets;
}

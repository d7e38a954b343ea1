/**
 * Reads which refs GitHub took from the answer of `git-receive-pack`: packets, inside side band 1 where the client speaks
 * side bands, with `unpack ok` and then `ok <ref>` or `ng <ref> <reason>` for each. Null: it says nothing of the kind.
 * The format: git's documentation, gitprotocol-pack, "Report Status".
 */
export function readTakenRefs(answer: Buffer, capabilities: string[]): Set<string> | null {
	if (!asksForReport(capabilities)) return null;
	const packets = readPackets(answer);
	const report = hasSideBands(capabilities)
		? readPackets(Buffer.concat(packets.filter((it) => it[0] === 1).map((it) => it.subarray(1))))
		: packets;
	const lines = report.map((packet) => packet.toString("utf8").replace(/\n$/, ""));
	if (!lines[0]?.startsWith("unpack ")) return null;
	if (lines[0] !== "unpack ok") return new Set();
	return new Set(lines.flatMap((line) => (line.startsWith("ok ") ? [line.slice("ok ".length)] : [])));
}

/** A line that git shows as the server's, for a client that speaks side bands; it goes before the rest of the answer. */
export function toRemark(line: string, capabilities: string[]): Buffer {
	if (!hasSideBands(capabilities)) return Buffer.alloc(0);
	const content = Buffer.concat([Buffer.from([2]), Buffer.from(`${line}\n`)]);
	return toPacket(content);
}

export function asksForReport(capabilities: string[]): boolean {
	return capabilities.some((name) => name === "report-status" || name === "report-status-v2");
}

function hasSideBands(capabilities: string[]): boolean {
	return capabilities.some((name) => name === "side-band-64k" || name === "side-band");
}

/** What GitHub's side said beside its report, as it came. */
export function keepRemarks(answer: Buffer, capabilities: string[]): Buffer {
	if (!hasSideBands(capabilities)) return Buffer.alloc(0);
	return Buffer.concat(
		readPackets(answer)
			.filter((packet) => packet[0] === 2)
			.map(toPacket),
	);
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

/**
 * The answer of git-receive-pack that refuses every ref of a push, as git prints it beside each ref: a status report,
 * inside side band 1 where the client speaks side bands.
 */
export function toRefusal(refused: Map<string, string>, capabilities: string[]): Buffer {
	const report = Buffer.concat([
		toPacket("unpack ok\n"),
		...[...refused].map(([ref, reason]) => toPacket(`ng ${ref} ${reason}\n`)),
		Buffer.from("0000"),
	]);
	if (!hasSideBands(capabilities)) return report;
	const bandBytes = capabilities.includes("side-band-64k") ? 65_515 : 995;
	const bands: Buffer[] = [];
	for (let at = 0; at < report.length; at += bandBytes) {
		bands.push(toPacket(Buffer.concat([Buffer.from([1]), report.subarray(at, at + bandBytes)])));
	}
	return Buffer.concat([...bands, Buffer.from("0000")]);
}

/** Content behind four hex digits of length. */
export function toPacket(content: string | Buffer): Buffer {
	const bytes = Buffer.from(content);
	return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, "0")), bytes]);
}

const OID = "[0-9a-f]{40}(?:[0-9a-f]{24})?";
const COMMAND = new RegExp(`^(${OID}) (${OID}) (refs/[^ \\0\\n]+)$`);
const SHALLOW = new RegExp(`^shallow ${OID}$`);

export interface RefCommand {
	oldOid: string;
	newOid: string;
	ref: string;
}

/** What a push asks for, from the head of its body. */
export type ReceivePackHead =
	/** `length`: bytes up to and with the flush packet; the pack follows. `shallow`: lines of where the history is cut. */
	| { state: "complete"; shallow: string[]; commands: RefCommand[]; capabilities: string[]; length: number }
	| { state: "incomplete" }
	| { state: "malformed"; reason: string };

/**
 * Reads the commands of a `git-receive-pack` request (protocol v0 and v1): packets of four hex digits of length and
 * their content, until a flush packet. `shallow` lines may come first; the first command carries the capabilities
 * behind a NUL. Signed pushes are not taken, since their commands are inside the certificate.
 * The format: git's documentation, gitprotocol-pack.
 */
export function readReceivePackHead(bytes: Buffer): ReceivePackHead {
	const shallow: string[] = [];
	const commands: RefCommand[] = [];
	let capabilities: string[] = [];
	let at = 0;
	for (;;) {
		if (bytes.length < at + 4) return { state: "incomplete" };
		const digits = bytes.toString("latin1", at, at + 4);
		if (!/^[0-9a-f]{4}$/i.test(digits)) return { state: "malformed", reason: "a packet has no length" };
		const size = Number.parseInt(digits, 16);
		if (size === 0) return { state: "complete", shallow, commands, capabilities, length: at + 4 };
		if (size < 5) return { state: "malformed", reason: "a packet has an impossible length" };
		if (bytes.length < at + size) return { state: "incomplete" };
		const content = bytes.toString("utf8", at + 4, at + size);
		at += size;
		const [line = "", offered] = content.split("\0", 2);
		const text = line.replace(/\n$/, "");
		if (text === "push-cert") return { state: "malformed", reason: "signed pushes are not taken" };
		if (commands.length === 0 && SHALLOW.test(text)) {
			shallow.push(text);
			continue;
		}
		const [, oldOid, newOid, ref] = COMMAND.exec(text) ?? [];
		if (oldOid === undefined || newOid === undefined || ref === undefined) {
			return { state: "malformed", reason: "a line is no command" };
		}
		if (offered !== undefined) {
			if (commands.length > 0)
				return { state: "malformed", reason: "capabilities come with the first command" };
			capabilities = offered.trim().split(/\s+/);
		}
		commands.push({ oldOid, newOid, ref });
	}
}

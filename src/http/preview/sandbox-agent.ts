import { Agent, type AgentOptions, type ClientRequestArgs } from "node:http";
import type { Duplex } from "node:stream";

/** Lets Node's HTTP client speak over connections that `connect` makes, whatever host it thinks it speaks to. */
export class SandboxAgent extends Agent {
	readonly #connect: () => Promise<Duplex>;

	constructor(connect: () => Promise<Duplex>, options: AgentOptions = {}) {
		super(options);
		this.#connect = connect;
	}

	override createConnection(
		_options: ClientRequestArgs,
		callback?: (error: Error | null, stream: Duplex) => void,
	): undefined {
		this.#connect().then(
			(socket) => callback?.(null, socket),
			(error: Error) => callback?.(error, undefined as never),
		);
	}
}

import type { SandboxProvider } from "../../../sandbox/provider.ts";
import type { Log } from "../../log.ts";

/** Providers stop what nobody has touched for some minutes. */
const EVERY_MS = 60_000;

/** Says that a sandbox is in use, now and again and again, until the returned function is called. Best effort. */
export function keepAwake(
	deps: { sandboxes: Pick<SandboxProvider, "touch">; log: Log },
	sandboxId: string,
): () => void {
	const touch = () => {
		deps.sandboxes
			.touch(sandboxId)
			.catch((err) => deps.log.warn({ err, sandbox: sandboxId }, "a sandbox at work may be stopped"));
	};
	touch();
	const timer = setInterval(touch, EVERY_MS).unref();
	return () => clearInterval(timer);
}

import { fork } from "node:child_process";
import { once } from "node:events";

/** A part of Bobbin in a process of its own, which tells the points that it comes to. */
export interface InstanceProcess {
	/** Resolves with the moment, of `performance.now()`, at which the point was reached first. */
	reached(point: string): Promise<number>;
	kill(): Promise<void>;
	/** Asks it to end in order. */
	stop(): Promise<void>;
}

/** Starts a program that sends `{point}` for each point, `ready` first; resolves when it is ready. */
export async function startInstance(program: URL, args: string[]): Promise<InstanceProcess> {
	const child = fork(program, args, { stdio: "inherit" });
	const seen = new Map<string, number>();
	const waiting = new Map<string, (atMs: number) => void>();
	child.on("message", ({ point }: { point: string }) => {
		if (!seen.has(point)) seen.set(point, performance.now());
		waiting.get(point)?.(performance.now());
	});
	const end = async (signal: "SIGKILL" | "SIGTERM") => {
		if (child.exitCode !== null || child.signalCode !== null) return;
		const gone = once(child, "exit");
		child.kill(signal);
		await gone;
	};
	const instance: InstanceProcess = {
		reached(point) {
			const atMs = seen.get(point);
			return atMs === undefined
				? new Promise((resolve) => waiting.set(point, resolve))
				: Promise.resolve(atMs);
		},
		kill: () => end("SIGKILL"),
		stop: () => end("SIGTERM"),
	};
	await instance.reached("ready");
	return instance;
}

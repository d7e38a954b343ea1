/** For how long something keeps this thread at work, in ms: what else the machine does meanwhile does not count. */
export async function cpuMs(act: () => unknown): Promise<number> {
	const before = process.threadCpuUsage();
	await act();
	const { user, system } = process.threadCpuUsage(before);
	return (user + system) / 1_000;
}

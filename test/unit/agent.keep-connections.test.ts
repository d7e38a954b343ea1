import { afterEach, expect, test, vi } from "vitest";
import type { AgentConnection, AgentDriver, AgentTarget } from "../../src/agent/agent.ts";
import { keepConnections } from "../../src/agent/keep-connections.ts";

const KEEP_MS = 1_000;
const signal = new AbortController().signal;

afterEach(() => void vi.useRealTimers());

function countingDriver() {
	const made: { target: AgentTarget; closed: boolean; alive: boolean }[] = [];
	const driver = {
		async connect(target: AgentTarget) {
			const state = { target, closed: false, alive: true };
			made.push(state);
			return {
				answers: async () => state.alive,
				async close() {
					state.closed = true;
				},
			} as unknown as AgentConnection;
		},
	} satisfies AgentDriver;
	return { made, driver: keepConnections(driver, KEEP_MS) };
}

function toTarget(more: Partial<AgentTarget> = {}): AgentTarget {
	return {
		provider: { name: "local" },
		sandbox: { id: "sandbox-1", gatewayUrl: "http://127.0.0.1:8701" },
		directory: "/home/agent/repo",
		gatewayToken: "token-1",
		model: "large",
		fastModel: "small",
		...more,
	} as AgentTarget;
}

test("the next turn takes up the connection of the turn before", async () => {
	const { made, driver } = countingDriver();
	await (await driver.connect(toTarget(), signal)).close();
	await driver.connect(toTarget(), signal);
	expect(made).toMatchObject([{ closed: false }]);
});

test("two at once have a connection each", async () => {
	const { made, driver } = countingDriver();
	const [one, two] = [await driver.connect(toTarget(), signal), await driver.connect(toTarget(), signal)];
	await one.close();
	await two.close();
	expect(made).toMatchObject([{ closed: true }, { closed: false }]);
});

test("an agent that does not answer any more is connected to anew", async () => {
	const { made, driver } = countingDriver();
	await (await driver.connect(toTarget(), signal)).close();
	if (made[0]) made[0].alive = false;
	await driver.connect(toTarget(), signal);
	expect(made).toMatchObject([{ closed: true }, { closed: false }]);
});

test.each([{ gatewayToken: "token-2" }, { model: "other" }, { directory: "/home/agent/other" }])(
	"with %o another connection is made",
	async (change) => {
		const { made, driver } = countingDriver();
		await (await driver.connect(toTarget(), signal)).close();
		await driver.connect(toTarget(change), signal);
		expect(made).toMatchObject([{ closed: true }, { closed: false, target: change }]);
	},
);

test("a connection that nobody takes up is closed in the end", async () => {
	vi.useFakeTimers();
	const { made, driver } = countingDriver();
	await (await driver.connect(toTarget(), signal)).close();
	await vi.advanceTimersByTimeAsync(KEEP_MS - 1);
	expect(made[0]?.closed).toBe(false);
	await vi.advanceTimersByTimeAsync(1);
	expect(made[0]?.closed).toBe(true);
});

test("after the end nothing is kept", async () => {
	const { made, driver } = countingDriver();
	const [kept, used] = [await driver.connect(toTarget(), signal), await driver.connect(toTarget(), signal)];
	await kept.close();
	await driver.closeAll();
	await used.close();
	expect(made).toMatchObject([{ closed: true }, { closed: true }]);
});

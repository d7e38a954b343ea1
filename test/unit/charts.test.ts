import { Hono } from "hono";
import { expect, test } from "vitest";
import { createChartAddresses } from "../../src/charts/chart-addresses.ts";
import { chartSvg } from "../../src/charts/chart-svg.ts";
import { createDrawChart } from "../../src/charts/draw-chart.ts";
import { isPublic } from "../../src/charts/is-public.ts";
import { createChartRoutes } from "../../src/http/routes/charts.ts";
import { createSeal } from "../../src/secrets/seal.ts";

const DAY_MS = 86_400_000;
const figures = { from: "2026-01-01", stepDays: 1, sessions: [3, 0, 12], merged: [1, 0, 9] };
const sealOf = (byte: number) => createSeal(() => [{ id: "k", bytes: new Uint8Array(32).fill(byte) }]);

test("an address is the same for the same figures, and good for a day at least", () => {
	let nowMs = 20_000 * DAY_MS + 5;
	const charts = createChartAddresses({ seal: sealOf(1), now: () => nowMs });
	const path = charts.pathOf(figures);
	expect(charts.pathOf(figures)).toBe(path);
	const name = path.slice("/charts/".length);
	expect(charts.read(name)).toEqual(figures);
	nowMs += DAY_MS;
	expect(charts.read(name)).toEqual(figures);
	nowMs += DAY_MS;
	expect(charts.read(name)).toBeNull();
});

test("an address that we did not make shows nothing", async () => {
	const charts = createChartAddresses({ seal: sealOf(1), now: () => 0 });
	const name = charts.pathOf(figures).slice("/charts/".length);
	const other = createChartAddresses({ seal: sealOf(2), now: () => 0 });
	const [words = "", signature = ""] = name.split(".");
	const changed = Buffer.from(words, "base64url").toString().replace("12", "99");
	const forged = `${Buffer.from(changed).toString("base64url")}.${signature}.png`;
	for (const bad of [forged, `${words}..png`, `${words}.${signature}`, `${words}.${signature}.svg`, "", "x"])
		expect(charts.read(bad)).toBeNull();
	expect(other.read(name)).toBeNull();
	const app = new Hono().route(
		"/",
		createChartRoutes({ readChart: charts.read, drawChart: createDrawChart() }),
	);
	expect((await app.request(`/charts/${forged}`)).status).toBe(404);
	const good = await app.request(`/charts/${name}`);
	expect(good.headers.get("content-type")).toBe("image/png");
	const bytes = Buffer.from(await good.arrayBuffer());
	expect(bytes.subarray(1, 4).toString()).toBe("PNG");
	// Twice as wide and high as it is drawn.
	expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([1440, 520]);
});

test("words are drawn with the font that comes along, so that they are not missing anywhere", async () => {
	const draw = createDrawChart();
	const wordless = await draw({ ...figures, from: "2026-01-01" });
	const other = await draw({ ...figures, from: "2026-06-20" });
	expect(Buffer.from(wordless).equals(Buffer.from(other))).toBe(false);
});

test.each([
	[[1], "2"],
	[[7], "8"],
	[[11], "20"],
	[[101], "200"],
	[[950], "1000"],
	[[0], "2"],
])("the scale of %o ends at %s", (sessions, top) => {
	expect(chartSvg({ ...figures, sessions, merged: sessions })).toContain(`>${top}</text>`);
});

test.each([
	["https://bobbin.example", true],
	["http://bobbin.example:3000", true],
	["http://localhost:3000", false],
	["http://127.0.0.1:3000", false],
	["http://10.2.3.4", false],
	["http://172.20.0.1", false],
	["http://172.40.0.1", true],
	["http://bobbin.internal", false],
	["http://[::1]:3000", false],
	["nonsense", false],
])("%s is reached by Slack: %s", (url, answer) => expect(isPublic(url)).toBe(answer));

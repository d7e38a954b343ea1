import { describe, expect, test } from "vitest";
import { SandboxError } from "../../sandbox/provider.ts";
import { isPassing, translateDaytona } from "../../sandbox/providers/daytona/daytona-failure.ts";

/** An error as the SDK throws it. */
function vendorError(statusCode?: number, headers?: Record<string, string>, name = "DaytonaError"): Error {
	return Object.assign(new Error("what it said"), { name, statusCode, headers });
}

describe("an error of Daytona", () => {
	test.each([
		[400, "invalid", false],
		[401, "invalid", false],
		[402, "quota", false],
		[404, "not_found", false],
		[408, "timeout", true],
		[409, "conflict", true],
		[422, "unsupported", false],
		[429, "rate_limited", true],
		[500, "unavailable", true],
		[502, "unavailable", true],
		[418, "unavailable", false],
	])("with status %i is %s", (status, code, retryable) => {
		expect(translateDaytona(vendorError(status))).toMatchObject({ name: "SandboxError", code, retryable });
	});
	test("without a status is a time limit, a broken line or a failed sandbox, by its name", () => {
		const translate = (name: string) => translateDaytona(vendorError(undefined, undefined, name));
		expect(translate("DaytonaTimeoutError")).toMatchObject({ code: "timeout", retryable: true });
		expect(translate("DaytonaConnectionError")).toMatchObject({ code: "unavailable", retryable: true });
	});
	test("of a limit says how long to wait: the longest of its headers", () => {
		const headers = {
			"x-ratelimit-remaining-sandbox-create": "0",
			"retry-after-sandbox-create": "7",
			"Retry-After": "3",
			"retry-after-authenticated": "soon",
		};
		expect(translateDaytona(vendorError(429, headers))).toMatchObject({ retryAfterMs: 7000 });
		expect(translateDaytona(vendorError(429))).toMatchObject({ retryAfterMs: null });
	});
	test("that is none passes as it is", () => {
		const bug = new TypeError("x is not a function");
		expect(translateDaytona(bug)).toBe(bug);
		const ours = new SandboxError("conflict", "ours");
		expect(translateDaytona(ours)).toBe(ours);
		expect(isPassing(ours)).toBe(false);
	});
	test("is worth another try where the service or the line failed", () => {
		expect([500, 502, 503, 504, undefined].map((status) => isPassing(vendorError(status)))).toEqual(
			Array(5).fill(true),
		);
		expect([400, 404, 409, 429].map((status) => isPassing(vendorError(status)))).toEqual(
			Array(4).fill(false),
		);
		expect(isPassing(vendorError(undefined, undefined, "DaytonaTimeoutError"))).toBe(false);
	});
});

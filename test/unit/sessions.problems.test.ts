import { expect, it } from "vitest";
import { SandboxError } from "../../sandbox/provider.ts";
import { AppError } from "../../src/errors.ts";
import { toCloneError, toProblem } from "../../src/sessions/turn/to-problem.ts";

it.each([
	[new AppError("disk_full", "No room.", { retryable: true }), "disk_full"],
	[new SandboxError("disk_full", "ENOSPC: no space left"), "sandbox_disk_full"],
	[new SandboxError("unsupported", "Install bubblewrap: apt-get install bubblewrap"), "sandbox_unsupported"],
	[new Error("secret"), "internal"],
	["thrown text", "internal"],
])("a failure %s becomes the problem %s", (error, code) => {
	expect(toProblem(error).code).toBe(code);
});

it("passes on what a provider says must be installed, and nothing of an unknown error", () => {
	expect(toProblem(new SandboxError("unsupported", "apt-get install bubblewrap")).message).toContain(
		"bubblewrap",
	);
	expect(toProblem(new Error("secret")).message).not.toContain("secret");
});

it("says what a failed clone printed last when its exit code is unknown", () => {
	expect(toCloneError(1, "acme/shop", "main", "fatal: odd").message).toBe(
		"acme/shop could not be fetched (fatal: odd). Try again; if it happens again, look into Bobbin's log.",
	);
});

import { createHash, timingSafeEqual } from "node:crypto";

/** Whether two secrets are equal; how long it takes does not tell how much of them is. */
export function same(a: string, b: string): boolean {
	const [left, right] = [a, b].map((text) => createHash("sha256").update(text).digest());
	return left !== undefined && right !== undefined && timingSafeEqual(left, right);
}

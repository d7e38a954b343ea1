import { expect, test } from "vitest";
import { isAllowedHost, isPublicAddress } from "../../sandbox/providers/local/egress-rules.ts";

test.each(["93.184.216.34", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::5"])(
	"%s is public",
	(address) => expect(isPublicAddress(address)).toBe(true),
);

test.each([
	"0.0.0.0",
	"10.1.2.3",
	"100.64.0.1",
	"127.0.0.1",
	"127.255.255.254",
	"169.254.169.254",
	"172.16.0.1",
	"172.31.255.255",
	"192.168.1.1",
	"198.18.0.1",
	"224.0.0.1",
	"255.255.255.255",
	"::",
	"::1",
	"::ffff:93.184.216.34",
	"::ffff:7f00:1",
	"64:ff9b::7f00:1",
	"fe80::1",
	"fe80::1%eth0",
	"fd12::1",
	"ff02::1",
	"2001:db8::1",
	"2001::1",
	"2002:7f00:1::",
	"localhost",
	"",
	"0x7f.1",
])("%s is not public", (address) => expect(isPublicAddress(address)).toBe(false));

test.each([
	["registry.npmjs.org", true],
	["REGISTRY.npmjs.org.", true],
	["evil-registry.npmjs.org", false],
	["registry.npmjs.org.evil.com", false],
	["x.registry.npmjs.org", false],
	["a.example.com", true],
	["a.b.Example.com", true],
	["example.com", false],
	["evilexample.com", false],
	[".example.com", false],
	["", false],
])("%s is allowed: %s", (host, allowed) => {
	expect(isAllowedHost(host, ["registry.npmjs.org", ".example.com"])).toBe(allowed);
});

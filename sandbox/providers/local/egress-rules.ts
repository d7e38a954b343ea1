import { BlockList, isIPv4, isIPv6 } from "node:net";

/** Not on the public internet, by the IANA special-purpose address registries. */
const NOT_PUBLIC: [network: string, prefix: number, family: "ipv4" | "ipv6"][] = [
	["0.0.0.0", 8, "ipv4"],
	["10.0.0.0", 8, "ipv4"],
	["100.64.0.0", 10, "ipv4"],
	["127.0.0.0", 8, "ipv4"],
	["169.254.0.0", 16, "ipv4"],
	["172.16.0.0", 12, "ipv4"],
	["192.0.0.0", 24, "ipv4"],
	["192.0.2.0", 24, "ipv4"],
	["192.88.99.0", 24, "ipv4"],
	["192.168.0.0", 16, "ipv4"],
	["198.18.0.0", 15, "ipv4"],
	["198.51.100.0", 24, "ipv4"],
	["203.0.113.0", 24, "ipv4"],
	["224.0.0.0", 4, "ipv4"],
	["240.0.0.0", 4, "ipv4"],
	// Tunnels that carry an IPv4 address, and documentation.
	["2001::", 23, "ipv6"],
	["2001:db8::", 32, "ipv6"],
	["2002::", 16, "ipv6"],
	["3fff::", 20, "ipv6"],
];

const notPublic = new BlockList();
for (const [network, prefix, family] of NOT_PUBLIC) notPublic.addSubnet(network, prefix, family);
const globalUnicast = new BlockList();
globalUnicast.addSubnet("2000::", 3, "ipv6");

/** Whether an address (not a name) is reached over the public internet and not inside somebody's network. */
export function isPublicAddress(address: string): boolean {
	if (isIPv4(address)) return !notPublic.check(address, "ipv4");
	if (isIPv6(address)) return globalUnicast.check(address, "ipv6") && !notPublic.check(address, "ipv6");
	return false;
}

/** Whether a host may be reached: named exactly, or below an entry that begins with a dot. */
export function isAllowedHost(host: string, allowHosts: string[]): boolean {
	const name = host.toLowerCase().replace(/\.$/, "");
	return allowHosts.some((entry) => {
		const allowed = entry.toLowerCase();
		return allowed.startsWith(".") ? name.endsWith(allowed) && name !== allowed : name === allowed;
	});
}

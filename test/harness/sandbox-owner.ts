// A process of Bobbin that makes sandboxes and is then killed by its test. Arguments: root folder, guest folder, and what a
// sandbox's disk holds.
import { createLocalProvider } from "../../sandbox/providers/local/local-provider.ts";

const [rootDir = "", guestDir = "", diskMiB] = process.argv.slice(2);
const provider = createLocalProvider({
	rootDir,
	nodeBinary: process.execPath,
	opencodeBinary: null,
	guestDir,
	gateway: (_, response) => response.end("the first owner"),
	isolation: "full",
	allowHosts: [],
	memoryMiB: 512,
	diskMiB: diskMiB === undefined ? null : Number(diskMiB),
	log: { info: () => {}, warn: console.error },
});

console.log("creating");
await Promise.all([provider.create({ name: "kept" }), provider.create({ name: "lost" })]);
await provider.spawn("kept", { key: "tick", command: "for ((i = 1; ; i++)); do echo $i; sleep 0.02; done" });
await provider.spawn("lost", { key: "tick", command: "setsid sleep 4711 & sleep 4711" });
await provider.spawn("kept", {
	key: "caller",
	command: 'until [ -e ~/go ]; do sleep 0.02; done; echo calling; curl -sS "$BOBBIN_GATEWAY_URL/late"',
});
console.log("ready");

// A process of Bobbin that makes containers and is then killed by its test. Arguments: engine, image, root folder.
import { createDockerProvider } from "../../sandbox/providers/docker/docker-provider.ts";

const [host = "", image = "", rootDir = ""] = process.argv.slice(2);
const provider = createDockerProvider({
	host,
	base: { image },
	rootDir,
	nodeBinary: process.execPath,
	opencodeBinary: null,
	guestDir: new URL("../../sandbox/guest", import.meta.url).pathname,
	gateway: (_, response) => response.end("the first owner"),
	allowHosts: [],
	memoryMiB: 512,
	log: { info: () => {}, warn: console.error },
});

console.log("creating");
await Promise.all([provider.create({ name: "kept" }), provider.create({ name: "lost" })]);
await provider.spawn("kept", { key: "tick", command: "for ((i = 1; ; i++)); do echo $i; sleep 0.02; done" });
await provider.spawn("kept", {
	key: "caller",
	command: 'until [ -e ~/go ]; do sleep 0.02; done; echo calling; curl -sS "$BOBBIN_GATEWAY_URL/late"',
});
console.log("ready");

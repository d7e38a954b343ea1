// A process of Bobbin that is killed by its test while it keeps a sandbox's home or makes a sandbox from it. Arguments: root folder, guest folder.
import { createLocalProvider } from "../../sandbox/providers/local/local-provider.ts";

const [rootDir = "", guestDir = ""] = process.argv.slice(2);
const provider = createLocalProvider({
	rootDir,
	nodeBinary: process.execPath,
	opencodeBinary: null,
	guestDir,
	gateway: (_, response) => response.end(),
	isolation: "full",
	allowHosts: [],
	memoryMiB: 512,
	log: { info: () => {}, warn: console.error },
});

await provider.create({ name: "base" });
await provider.exec("base", { command: "echo base > ~/base", timeoutMs: 60_000 });
await provider.snapshot("base", "base");
await provider.delete("base");
await provider.create({ name: "kept", snapshot: "base" });
await provider.exec("kept", {
	command: "cd; head -c 200M /dev/zero > large; echo end >> large",
	timeoutMs: 60_000,
});
await provider.spawn("kept", { key: "tick", command: "for ((i = 1; ; i++)); do echo $i; sleep 0.01; done" });
console.log("ready");
await provider.snapshot("kept", "cut-off");
await provider.create({ name: "copy", snapshot: "cut-off" });
setInterval(() => {}, 1000);

import { startLocalAgent } from "../harness/local-agent.ts";
import { describeAgentDriver } from "./agent-driver.contract.ts";

describeAgentDriver("OpenCode in a local sandbox", startLocalAgent);

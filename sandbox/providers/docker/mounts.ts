import { INSIDE } from "../local/bwrap-arguments.ts";

/** Where the tools of every version are seen; `/opt/bobbin` leads to the one that the sandbox was started with. */
export const TOOLS_MOUNT = `${INSIDE.own}/tools`;

/** In memory: it ends with the container's processes and is part of no image. */
export const MEMORY_MOUNT = `${INSIDE.own}/memory`;

/** As processes inside know it. */
export const SECRETS_DIR = `${MEMORY_MOUNT}/secrets`;

/** Below /tmp, which is a volume: output is on disk, and in no image. */
export const JOURNAL_DIR = "/tmp/.bobbin/journal";

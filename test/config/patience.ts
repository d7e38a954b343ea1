/**
 * How long tests wait for what may never come: a wait ends at its event, so these only bound a failure, and a machine
 * that is busy with other things must not reach them. A test has several waits, so its own limit lies beyond theirs and
 * it is the wait that says what it missed.
 */
export const PATIENCE_MS = 90_000;
export const TEST_LIMIT_MS = 300_000;

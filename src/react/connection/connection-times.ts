// All times are in milliseconds.
export const firstDelay = 25;
export const maxDelay = 5_000;
export const maxDelayWhenLost = 15_000;
export const lostAfter = 30_000;
/** How often a new connection is checked. After the second silent check, nothing is known to arrive. */
export const silenceInterval = 1_000;
/** After this silence, a page that wakes up cannot tell a quiet connection from a dead one, and reconnects. */
export const maxSilence = 10_000;
/**
 * How often a follower checks that the leader is alive. After two silent checks it asks the leader. After three, it
 * takes the lock from the leader.
 */
export const leaderCheckInterval = 500;
/** How often a list is fetched again while an answer is in progress in a chat that this tab does not watch. */
export const pollInterval = 10_000;
